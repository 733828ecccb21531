import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { messageOf, PkiError } from "../errors";
import { type Problem, problemsOf } from "./problem";

/** A secret that this package uses. None is ever an input of a resource, so none reaches the state through one. */
export interface Secret {
  /** The environment variable; with `_FILE` behind it that of its file. */
  readonly env: string;
  /** The key of the config; with `File` behind it that of its file. */
  readonly config: string;
  /** For people. */
  readonly what: string;
}

/** Encrypts key files. */
export const PASSPHRASE: Secret = {
  env: "KMS_PKI_PASSPHRASE",
  config: "passphrase",
  what: "the passphrase of the key files",
};

/** Encrypts the private key of the JWK provisioner; the passphrase when it is not given. */
export const PROVISIONER_PASSWORD: Secret = {
  env: "KMS_PKI_PROVISIONER_PASSWORD",
  config: "provisionerPassword",
  what: "the password of the JWK provisioner",
};

/** Where secrets are looked for. */
export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads a key of the config namespace `kms-pki`. */
  readonly config: (key: string) => string | undefined;
  /** The folder that relative paths are relative to. */
  readonly rootDirectory: string;
}

/** Where a secret was found: in a file, whose path is as it was given, or as a value. */
export type FoundSecret = { readonly file: string; readonly source: string } | { readonly value: string };

/**
 * The longest passphrase, in octets of UTF-8: OpenSSL, and so Node, read no more of one.
 */
const LONGEST_PASSPHRASE = 1024;

/** Go's `unicode.IsSpace`, by which step-ca trims its password files and the files of PINs. */
const TRAILING_WHITE_SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/;

/**
 * Finds a secret: in the environment variable, in the file that the environment names, in the file that the
 * config names, in the secret config value; the first that is given counts. The environment comes first because a
 * refresh and a destroy take the config from the state. White space at its end does not belong to a secret: step-ca
 * leaves it out of every file, and what opens a key here must open it there.
 *
 * @param device the serial number of the device whose secret it is: `KMS_PKI_PIN_12345678` and the like come before those
 * without
 * @returns undefined when none is given
 * @throws PkiError `SECRET_MISSING` when the source that counts is empty or cannot be read
 */
export function findSecret(secret: Secret, sources: SecretSources, device?: number): string | undefined {
  const found = locateSecret(secret, sources, device);
  if (found === undefined || "value" in found) {
    return found?.value;
  }
  return withoutTrailingSpace(readSecretFile(found.file, found.source, secret.what, sources));
}

/**
 * The passphrase as release 0.1.0 took it, with white space at its end: a value as it is, a file without its last
 * newline. Keys that it made are under this one.
 *
 * @throws PkiError `SECRET_MISSING`
 */
export function findEarlierPassphrase(sources: SecretSources): string | undefined {
  const found = locateUntrimmed(PASSPHRASE, sources);
  if (found === undefined || "value" in found) {
    return found?.value;
  }
  return readSecretFile(found.file, found.source, PASSPHRASE.what, sources).replace(/\r?\n$/, "");
}

/** Where {@link findSecret} finds a secret. No file is read. */
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

function withoutTrailingSpace(text: string): string {
  return text.replace(TRAILING_WHITE_SPACE, "");
}

/**
 * Finds a secret that must be there.
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
 * The passphrase that a new key is encrypted under.
 *
 * @throws PkiError `SECRET_MISSING`, and as {@link checkNewPassphrase}
 */
export function requireNewPassphrase(sources: SecretSources): string {
  const passphrase = requireSecret(PASSPHRASE, sources);
  checkNewPassphrase(passphrase);
  return passphrase;
}

/**
 * Checks that a key under this passphrase could be opened again, here and by step-ca.
 *
 * @throws PkiError `INPUT_INVALID`, without the passphrase
 */
export function checkNewPassphrase(passphrase: string): void {
  const octets = Buffer.byteLength(passphrase);
  const refuse = (problem: string, remedy: string): PkiError =>
    new PkiError("INPUT_INVALID", `${PASSPHRASE.what} ${problem}`, remedy);
  if (octets > LONGEST_PASSPHRASE) {
    throw refuse(
      `has ${String(octets)} octets, and OpenSSL opens no key whose passphrase has more than ${String(LONGEST_PASSPHRASE)}`,
      "Choose a shorter one; 32 random characters are plenty",
    );
  }
  if (passphrase.includes("\ufffd")) {
    throw refuse("is no UTF-8, and step-ca would read other octets", "Write it to the file as UTF-8, or in ASCII");
  }
}

/**
 * The password of the JWK provisioner, which is the passphrase of the key files when it has none of its own, as with
 * `step ca init`.
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
  if (withoutTrailingSpace(content) === "") {
    throw refuse("is empty");
  }
  return content;
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
