import { PkiError } from "../errors";
import { databaseUrlPlace, dataSourceOf } from "../stepca/database";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { readSecretFile, withoutTrailingSpace } from "../words/secretFile";
import { findSecret, type SecretSources } from "../words/secrets";

const WHAT = "the URL of the database";

/**
 * The forms of a URL that step-ca's drivers read: that of libpq for PostgreSQL, and `user:password@tcp(host:3306)/name`
 * of Go's driver for MySQL.
 */
const FORMS: Readonly<Record<string, { readonly form: RegExp; readonly example: string }>> = {
  postgresql: { form: /^postgres(?:ql)?:\/\//, example: "postgresql://user:password@host:5432/stepca" },
  mysql: {
    form: /^(?!(?:mysql|mariadb):\/\/)(?:.*@)?(?:(?:tcp[46]?|unix)(?:\([^)]*\))?)?\/[^/\s]*$/,
    example: "user:password@tcp(host:3306)/stepca",
  },
};

/**
 * A ca.json with the URL of its database, which the stack only names a place for.
 *
 * @param sources where to look; the folder is that of Pulumi.yaml
 * @throws PkiError `SECRET_MISSING`, and `CONFIG_INVALID` for a URL that step-ca cannot read; never with the URL
 */
export function withDatabaseUrl(config: JsonObject, sources: Omit<SecretSources, "config">): JsonObject {
  const place = databaseUrlPlace(config);
  const { db } = config;
  if (place === undefined || !isJsonObject(db)) {
    return config;
  }
  const url =
    "file" in place
      ? withoutTrailingSpace(readSecretFile(place.file, "the stack", WHAT, sources.rootDirectory))
      : urlOf(place.variable, sources);
  const { form, example } = FORMS[String(db["type"])] ?? { form: /^/, example: "" };
  const refuse = (reason: string, remedy: string): PkiError =>
    new PkiError("CONFIG_INVALID", `${WHAT} in ${nameOf(place)} ${reason}`, remedy);
  if (!form.test(url)) {
    throw refuse(`is not one that step-ca reads for ${String(db["type"])}`, `Write it as ${example}`);
  }
  if (db["type"] === "mysql" && db["database"] === undefined && /\/(?:\?[^/]*)?$/.test(url)) {
    throw refuse("names no database", `Write it as ${example}, or give the database's name beside its type`);
  }
  return { ...config, db: { ...db, dataSource: url } };
}

/** A ca.json without the password of PostgreSQL, which step-ca then takes from `PGPASSWORD`; the same if it has none. */
export function withoutDatabasePassword(config: JsonObject): JsonObject {
  const { db } = config;
  const [, before, after] =
    /^(postgres(?:ql)?:\/\/[^:@/?#]*):[^/?#]*(@[^@/?#]*(?:[/?#].*)?)$/s.exec(dataSourceOf(config)) ?? [];
  return before === undefined || after === undefined || !isJsonObject(db)
    ? config
    : { ...config, db: { ...db, dataSource: `${before}${after}` } };
}

function urlOf(variable: string, { environment, rootDirectory }: Omit<SecretSources, "config">): string {
  const secret = { env: variable, config: "", what: WHAT };
  const url = findSecret(secret, { environment, config: () => undefined, rootDirectory });
  if (url === undefined) {
    throw new PkiError(
      "SECRET_MISSING",
      `${WHAT} is not given`,
      `Set ${variable}_FILE or ${variable} in the environment of kms-pki export`,
    );
  }
  return url;
}

function nameOf(place: NonNullable<ReturnType<typeof databaseUrlPlace>>): string {
  return "file" in place ? `"${place.file}"` : place.variable;
}
