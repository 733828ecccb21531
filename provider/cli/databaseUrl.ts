import { PkiError } from "../errors";
import { databaseUrlPlace, dataSourceOf } from "../stepca/database";
import { databaseUrlProblem } from "../stepca/databaseUrl";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { readSecretFile, withoutTrailingSpace } from "../words/secretFile";
import { findSecret, type SecretSources } from "../words/secrets";

const WHAT = "the URL of the database";

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
  const problem = databaseUrlProblem(db["type"], db["database"], url);
  if (problem !== undefined) {
    throw new PkiError("CONFIG_INVALID", `${WHAT} in ${nameOf(place)} ${problem.reason}`, problem.remedy);
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
