import { holdsPassword } from "./databaseUrl";
import { isJsonObject, type JsonObject } from "./jsonObject";

/** The databases that several step-ca can share. */
export const DATABASE_TYPES = ["postgresql", "mysql"] as const;

/** A database that several step-ca can share. */
export interface Database {
  readonly type: (typeof DATABASE_TYPES)[number];
  /** Its name; the one in its URL if this gives none. */
  readonly name?: string | undefined;
  /** Its URL, if that holds no password. */
  readonly url?: string | undefined;
  /** The file with its URL, relative to Pulumi.yaml. */
  readonly urlFile?: string | undefined;
  /** The environment variable with its URL. Default {@link DATABASE_URL_VARIABLE}. */
  readonly urlEnvironment?: string | undefined;
}

/** The place of a database's URL. */
export type DatabaseUrlPlace = { readonly file: string } | { readonly variable: string };

/** The environment variable that holds a database's URL, unless the settings name another place. */
const DATABASE_URL_VARIABLE = "KMS_PKI_DATABASE_URL";

/** What a `dataSource` begins with that only names the place of the URL. */
const [IN_FILE, IN_ENVIRONMENT] = ["kms-pki:url-file=", "kms-pki:url-environment="];

/**
 * `db` of ca.json: without a database, files beside ca.json. A URL with a password is a secret, so the name of its place stands for it
 * until `kms-pki export` reads it. No database has such a URL, so step-ca does not start with it.
 */
export function databaseBlock(database: Database | null | undefined): JsonObject {
  if (database === undefined || database === null) {
    return { type: "badgerv2", dataSource: "db" };
  }
  const { type, name, url, urlFile, urlEnvironment } = database;
  const place =
    typeof urlFile === "string"
      ? `${IN_FILE}${urlFile}`
      : `${IN_ENVIRONMENT}${urlEnvironment ?? DATABASE_URL_VARIABLE}`;
  return {
    type,
    dataSource: typeof url === "string" ? url : place,
    ...(typeof name === "string" ? { database: name } : {}),
  };
}

/** Where the URL of a ca.json's database is; undefined if its `db` holds it, or has none. */
export function databaseUrlPlace(config: JsonObject): DatabaseUrlPlace | undefined {
  const source = dataSourceOf(config);
  if (source.startsWith(IN_FILE)) {
    return { file: source.slice(IN_FILE.length) };
  }
  return source.startsWith(IN_ENVIRONMENT) ? { variable: source.slice(IN_ENVIRONMENT.length) } : undefined;
}

/** Whether the `db` of a ca.json holds a password, or may hold one. */
export function holdsDatabasePassword(config: JsonObject): boolean {
  return holdsPassword(dataSourceOf(config));
}

/** Where the database of a ca.json is; empty if it does not say. */
export function dataSourceOf({ db }: JsonObject): string {
  return isJsonObject(db) && typeof db["dataSource"] === "string" ? db["dataSource"] : "";
}
