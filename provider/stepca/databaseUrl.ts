/**
 * The forms of a URL that step-ca's drivers read: that of libpq for PostgreSQL, and `user:password@tcp(host:3306)/name`
 * of Go's driver for MySQL.
 */
const FORMS: Readonly<Record<string, { readonly form: RegExp; readonly example: (user: string) => string }>> = {
  postgresql: { form: /^postgres(?:ql)?:\/\//, example: (user) => `postgresql://${user}@host:5432/stepca` },
  mysql: {
    form: /^(?!(?:mysql|mariadb):\/\/)(?:.*@)?(?:(?:tcp[46]?|unix)(?:\([^)]*\))?)?\/[^/\s]*$/,
    example: (user) => `${user}@tcp(host:3306)/stepca`,
  },
};

/** A URL that step-ca cannot use. */
interface DatabaseUrlProblem {
  /** The end of a sentence that begins with the URL. It does not repeat the URL. */
  readonly reason: string;
  readonly remedy: string;
}

/**
 * What is wrong with the URL of a database; undefined if step-ca can use it.
 *
 * @param type of the database
 * @param name of the database, if it is given beside the URL
 * @param user how the remedy writes the user
 */
export function databaseUrlProblem(
  type: unknown,
  name: unknown,
  url: string,
  user = "user:password",
): DatabaseUrlProblem | undefined {
  const { form, example } = FORMS[String(type)] ?? { form: /^/, example: () => "" };
  if (!form.test(url)) {
    return { reason: `is not one that step-ca reads for ${String(type)}`, remedy: `Write it as ${example(user)}` };
  }
  const isUnnamed = type === "mysql" && (name === undefined || name === null) && /\/(?:\?[^/]*)?$/.test(url);
  return isUnnamed
    ? {
        reason: "names no database",
        remedy: `Write it as ${example(user)}, or give the database's name beside its type`,
      }
    : undefined;
}

/** Whether the URL of a database holds a password, or may hold one. */
export function holdsPassword(url: string): boolean {
  return /:[^@]*@|password/i.test(url.replace(/^\w+:\/\//, ""));
}
