import { PkiError } from "../errors";
import { type Problem, problemsOf } from "./problem";
import { readSecretFile, withoutTrailingSpace } from "./secretFile";

/** A secret that this package uses. Secrets are never inputs of resources, so they never reach the state. */
export interface Secret {
  /** The environment variable. With `_FILE` appended, it names the secret's file. */
  readonly env: string;
  /** The config key. With `File` appended, it names the secret's file. */
  readonly config: string;
  /** A description for messages. */
  readonly what: string;
}

/** Encrypts key files. */
export const PASSPHRASE: Secret = {
  env: "KMS_PKI_PASSPHRASE",
  config: "passphrase",
  what: "the passphrase of the key files",
};

/** Encrypts the private key of the JWK provisioner. Default the passphrase. */
export const PROVISIONER_PASSWORD: Secret = {
  env: "KMS_PKI_PROVISIONER_PASSWORD",
  config: "provisionerPassword",
  what: "the password of the JWK provisioner",
};

/** Proves to the issuer of a certificate who asks. It ends up in the request itself, for everyone to read. */
export const CHALLENGE_PASSWORD: Secret = {
  env: "KMS_PKI_CHALLENGE_PASSWORD",
  config: "challengePassword",
  what: "the challenge password of certificate requests",
};

/** The places to look for secrets. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads a key of the config namespace `kms-pki`. */
  readonly config: (key: string) => string | undefined;
  /** The folder that relative paths start from. */
  readonly rootDirectory: string;
}

/** The place of a secret: a file, with its path as given, or a value. */
export type FoundSecret = { readonly file: string; readonly source: string } | { readonly value: string };

/**
 * The longest passphrase, in octets of UTF-8. OpenSSL, and so Node, reads no more.
 */
const LONGEST_PASSPHRASE = 1024;

/** In characters: RFC 2985, appendix A. */
const LONGEST_CHALLENGE_PASSWORD = 255;

/**
 * Finds a secret. It looks for the environment variable, the file that the environment names, the file that the config
 * names and the secret config value, and the first one given counts. The environment comes first because a refresh and
 * a destroy take the config from the state. Trailing white space is not part of a secret: step-ca trims it from every
 * file, and a passphrase that opens a key here must open it there.
 *
 * @param device the serial number of the secret's device: `KMS_PKI_PIN_12345678` and the like take precedence over
 * those without a serial number
 * @returns undefined if none is given
 * @throws PkiError `SECRET_MISSING` when the source that counts is empty or cannot be read
 */
export function findSecret(secret: Secret, sources: SecretSources, device?: number): string | undefined {
  const found = locateSecret(secret, sources, device);
  if (found === undefined || "value" in found) {
    return found?.value;
  }
  return withoutTrailingSpace(readSecretFile(found.file, found.source, secret.what, sources.rootDirectory));
}

/**
 * The passphrase as release 0.1.0 read it, with its trailing white space: a value as it is, and a file without its last
 * newline. Keys that 0.1.0 made are encrypted under it.
 *
 * @throws PkiError `SECRET_MISSING`
 */
export function findEarlierPassphrase(sources: SecretSources): string | undefined {
  const found = locateUntrimmed(PASSPHRASE, sources);
  if (found === undefined || "value" in found) {
    return found?.value;
  }
  return readSecretFile(found.file, found.source, PASSPHRASE.what, sources.rootDirectory).replace(/\r?\n$/, "");
}

/** The place where {@link findSecret} finds a secret. Reads no file. */
export function locateSecret(secret: Secret, sources: SecretSources, device?: number): FoundSecret | undefined {
  const found = locateUntrimmed(secret, sources, device);
  return found !== undefined && "value" in found ? { value: withoutTrailingSpace(found.value) } : found;
}

function locateUntrimmed(secret: Secret, sources: SecretSources, device?: number): FoundSecret | undefined {
  const ofDevice = device === undefined ? undefined : locate(secret, `_${String(device)}`, sources);
  return ofDevice ?? locate(secret, "", sources);
}

function locate(secret: Secret, suffix: string, { environment, config }: SecretSources): FoundSecret | undefined {
  const [variable, key] = [`${secret.env}${suffix}`, `${secret.config}${suffix}`];
  const direct = environment[variable];
  if (direct !== undefined && withoutTrailingSpace(direct) !== "") {
    return { value: direct };
  }
  const environmentFile = environment[`${variable}_FILE`];
  if (environmentFile !== undefined && environmentFile !== "") {
    return { file: environmentFile, source: `${variable}_FILE` };
  }
  const configFile = config(`${key}File`);
  if (configFile !== undefined && configFile !== "") {
    return { file: configFile, source: `kms-pki:${key}File` };
  }
  const configured = config(key);
  return configured === undefined || withoutTrailingSpace(configured) === "" ? undefined : { value: configured };
}

/**
 * Finds a required secret.
 *
 * @throws PkiError `SECRET_MISSING`
 */
export function requireSecret(secret: Secret, sources: SecretSources, device?: number): string {
  const value = findSecret(secret, sources, device);
  if (value === undefined) {
    const { env, config, what } = secret;
    throw new PkiError(
      "SECRET_MISSING",
      `${what} is not given`,
      `Set ${env}_FILE or ${env} in the environment, "pulumi config set kms-pki:${config}File FILE", or ` +
        `"pulumi config set --secret kms-pki:${config}"`,
    );
  }
  return value;
}

/**
 * The passphrase to encrypt a new key under.
 *
 * @throws PkiError `SECRET_MISSING`, and the errors of {@link checkNewPassphrase}
 */
export function requireNewPassphrase(sources: SecretSources): string {
  const passphrase = requireSecret(PASSPHRASE, sources);
  checkNewPassphrase(passphrase);
  return passphrase;
}

/**
 * Checks that both this package and step-ca could open a key under this passphrase again.
 *
 * @throws PkiError `INPUT_INVALID`, without the passphrase
 */
export function checkNewPassphrase(passphrase: string): void {
  const octets = Buffer.byteLength(passphrase);
  const refuse = (problem: string, remedy: string): PkiError =>
    new PkiError("INPUT_INVALID", `${PASSPHRASE.what} ${problem}`, remedy);
  if (octets > LONGEST_PASSPHRASE) {
    throw refuse(
      `has ${String(octets)} octets, and OpenSSL accepts at most ${String(LONGEST_PASSPHRASE)}`,
      "Choose a shorter passphrase; 32 random characters are plenty",
    );
  }
  if (passphrase.includes("\ufffd")) {
    throw refuse(
      "is not valid UTF-8, and step-ca would read different octets",
      "Write it to the file as UTF-8 or ASCII",
    );
  }
}

/**
 * The password of the JWK provisioner. Without one of its own, this is the passphrase of the key files, as with `step ca init`.
 *
 * @throws PkiError `SECRET_MISSING`
 */
export function requireProvisionerPassword(sources: SecretSources): string {
  return (
    findSecret(PROVISIONER_PASSWORD, sources) ??
    findSecret(PASSPHRASE, sources) ??
    requireSecret(PROVISIONER_PASSWORD, sources)
  );
}

/**
 * The challenge password of certificate requests.
 *
 * @throws PkiError `SECRET_MISSING`, and `INPUT_INVALID` for one that a request cannot hold (RFC 2985, section 5.4.1)
 */
export function requireChallengePassword(sources: SecretSources): string {
  const password = requireSecret(CHALLENGE_PASSWORD, sources);
  if (Array.from(password).length > LONGEST_CHALLENGE_PASSWORD || password.includes("\ufffd")) {
    throw new PkiError(
      "INPUT_INVALID",
      `${CHALLENGE_PASSWORD.what} is longer than ${String(LONGEST_CHALLENGE_PASSWORD)} characters, or not valid UTF-8`,
      "Give the password as the issuer told it to you",
    );
  }
  return password;
}

/**
 * Checks that a secret is available. The problem carries no property, because the engine would print the property's
 * value beside it.
 *
 * @param find looks for the secret
 */
export function checkSecret(find: () => string): Problem[] {
  return problemsOf(find, "");
}
