import { checkDatabase } from "../../inputs/database";
import { checkObject } from "../../inputs/form";
import type { Input } from "../../pulumi";
import { plainValues } from "../../resources/knownInputs";
import { DATABASE_TYPES } from "../../stepca/database";
import { argumentNames, checkArgumentNames } from "../../words/argumentNames";
import { invalid, type Problem } from "../../words/problem";
import { UNKNOWN } from "../../words/unknown";

/**
 * A database that several step-ca of one authority share. Its URL is a secret, so it is never an argument: `kms-pki export` reads it
 * from a file or the environment, and writes it into ca.json. A change of an argument changes ca.json.
 */
export interface DatabaseArgs {
  /** What the database is. */
  type: Input<"postgresql" | "mysql">;
  /** The name of the database, such as `stepca`. step-ca makes it if it may. Default: the name in the URL. */
  name?: Input<string | undefined>;
  /** The file with the URL, relative to the folder of Pulumi.yaml. Default: the URL is in the environment. */
  urlFile?: Input<string | undefined>;
  /**
   * The environment variable with the URL; with `_FILE` appended, it names the URL's file. Default `KMS_PKI_DATABASE_URL`. Not
   * together with `urlFile`.
   */
  urlEnvironment?: Input<string | undefined>;
}

const ARGUMENTS = argumentNames<DatabaseArgs>({ type: true, name: true, urlFile: true, urlEnvironment: true });

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
  return [
    ...checkArgumentNames(database, ARGUMENTS, "database"),
    ...checkDatabase(plainValues(database), DATABASE_TYPES, "database"),
    ...(typeof extra === "object" && extra !== null && "db" in extra
      ? [invalid("caConfig.db", "database is given, too", "Give one of them")]
      : []),
  ];
}
