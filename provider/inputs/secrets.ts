import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { messageOf, PkiError } from "../errors";
import { type Problem, problemsOf } from "./problem";

/** The secrets that this package uses. None is ever an input of a resource, so none reaches the state through one. */
export const SECRETS = {
  /** Encrypts the key files of softkms. */
  passphrase: { env: "KMS_PKI_PASSPHRASE", config: "passphrase", what: "the passphrase of the key files" },
  /** Encrypts the private key of the JWK provisioner; the passphrase when it is not given. */
  provisionerPassword: {
    env: "KMS_PKI_PROVISIONER_PASSWORD",
    config: "provisionerPassword",
    what: "the password of the JWK provisioner",
  },
} as const;

/** The name of a secret. */
export type SecretName = keyof typeof SECRETS;

/** Where secrets are looked for. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads a key of the config namespace `kms-pki`. */
  readonly config: (key: string) => string | undefined;
  /** The folder that relative paths are relative to. */
  readonly rootDirectory: string;
}

/**
 * Finds a secret: in the environment variable, in the file that the environment names, in the file that the
 * config names, in the secret config value; the first that is given counts. The environment comes first because a
 * refresh and a destroy take the config from the state.
 *
 * @returns undefined when none is given
 * @throws PkiError `SECRET_MISSING` when the source that counts is empty or cannot be read
 */
export function findSecret(name: SecretName, sources: SecretSources): string | undefined {
  const { env, config, what } = SECRETS[name];
  const direct = sources.environment[env];
  if (direct !== undefined && direct !== "") {
    return direct;
  }
  const environmentFile = sources.environment[`${env}_FILE`];
  if (environmentFile !== undefined && environmentFile !== "") {
    return readSecretFile(environmentFile, `${env}_FILE`, what, sources);
  }
  const configFile = sources.config(`${config}File`);
  if (configFile !== undefined && configFile !== "") {
    return readSecretFile(configFile, `kms-pki:${config}File`, what, sources);
  }
  const configured = sources.config(config);
  return configured === "" ? undefined : configured;
}

/**
 * Finds a secret that must be there.
 *
 * @throws PkiError `SECRET_MISSING`
 */
export function requireSecret(name: SecretName, sources: SecretSources): string {
  const secret = findSecret(name, sources);
  if (secret === undefined) {
    const { env, config, what } = SECRETS[name];
    throw new PkiError(
      "SECRET_MISSING",
      `${what} is not given`,
      `Set ${env}_FILE or ${env} in the environment, "pulumi config set kms-pki:${config}File FILE", or ` +
        `"pulumi config set --secret kms-pki:${config}"`,
    );
  }
  return secret;
}

/**
 * The password of the JWK provisioner, which is the passphrase of the key files when it has none of its own, as with
 * `step ca init`.
 *
 * @throws PkiError `SECRET_MISSING`
 */
export function requireProvisionerPassword(sources: SecretSources): string {
  return (
    findSecret("provisionerPassword", sources) ??
    findSecret("passphrase", sources) ??
    requireSecret("provisionerPassword", sources)
  );
}

/** A file that cannot be read is an error: falling back to another source would try a wrong secret. */
function readSecretFile(path: string, source: string, what: string, { rootDirectory }: SecretSources): string {
  const refuse = (problem: string, cause?: unknown): PkiError =>
    new PkiError(
      "SECRET_MISSING",
      `the file "${path}" that ${source} names for ${what} ${problem}`,
      "Name a file that holds the secret and nothing else",
      { cause },
    );
  let content: string;
  try {
    content = readFileSync(isAbsolute(path) ? path : join(rootDirectory, path), "utf8");
  } catch (cause) {
    throw refuse(`cannot be read: ${messageOf(cause)}`, cause);
  }
  const secret = content.replace(/\r?\n$/, "");
  if (secret === "") {
    throw refuse("is empty");
  }
  return secret;
}

/**
 * Checks that a secret can be had. Its problem carries no property, because the engine would print the property's
 * value beside it.
 *
 * @param find looks for the secret
 */
export function checkSecret(find: () => string): Problem[] {
  return problemsOf(find, "");
}
