import { checkDatabase } from "../../inputs/database";
import { checkObject } from "../../inputs/form";
import type { Input } from "../../pulumi";
import { plainValues } from "../../resources/knownInputs";
import { DATABASE_TYPES } from "../../stepca/database";
import { databaseUrlProblem, holdsPassword } from "../../stepca/databaseUrl";
import { argumentNames, checkArgumentNames } from "../../words/argumentNames";
import { invalid, type Problem } from "../../words/problem";
import { UNKNOWN } from "../../words/unknown";

/**
 * A database that several step-ca of one authority share. A URL with a password is never an argument: `kms-pki export` reads it from a
 * file or the environment, and writes it into ca.json. A change of an argument changes ca.json.
 */
export interface DatabaseArgs {
  /** What the database is. */
  type: Input<"postgresql" | "mysql">;
  /** The name of the database, such as `stepca`. step-ca makes it if it may. Default: the name in the URL. */
  name?: Input<string | undefined>;
  /**
   * The URL without a password, such as `postgresql://stepca@db.example.com:5432/`: step-ca takes the password from `PGPASSWORD`. It is in
   * the state and in ca.json. Default: the URL is in a file or the environment.
   */
  url?: Input<string | undefined>;
  /** The file with the URL, relative to the folder of Pulumi.yaml. Default: the URL is in the environment. */
  urlFile?: Input<string | undefined>;
  /**
   * The environment variable with the URL; with `_FILE` appended, it names the URL's file. Default `KMS_PKI_DATABASE_URL`. Only
   * one of `url`, `urlFile` and `urlEnvironment` is given.
   */
  urlEnvironment?: Input<string | undefined>;
}

const ARGUMENTS = argumentNames<DatabaseArgs>({
  ...{ type: true, name: true, url: true, urlFile: true, urlEnvironment: true },
});

/**
 * Checks the database of an authority, as far as it is known.
 *
 * @param extra further fields of ca.json, which may not have a database as well
 */
export function checkAuthorityDatabase(database: unknown, extra: unknown): Problem[] {
  const problems = checkObject(database, "database");
  if (problems.length > 0 || database === undefined || database === null || database === UNKNOWN) {
    return problems;
  }
  const fields: Readonly<Record<string, unknown>> = plainValues(database);
  return [
    ...checkArgumentNames(database, ARGUMENTS, "database"),
    ...checkDatabase(fields, DATABASE_TYPES, "database"),
    ...checkUrl(fields),
    ...(typeof extra === "object" && extra !== null && "db" in extra
      ? [invalid("caConfig.db", "database is given, too", "Give one of them")]
      : []),
  ];
}

/** Checks a URL that the program gives, and does not repeat it. */
function checkUrl({ type, name, url }: Readonly<Record<string, unknown>>): Problem[] {
  if (typeof url !== "string" || [type, name, url].includes(UNKNOWN)) {
    return [];
  }
  if (holdsPassword(url)) {
    const remedy = "Leave the password out, or give the URL in urlFile or the environment";
    return [invalid("database.url", "it holds a password, which would be in the state", remedy)];
  }
  const problem = databaseUrlProblem(type, name, url, "user");
  return problem === undefined ? [] : [invalid("database.url", `it ${problem.reason}`, problem.remedy)];
}
