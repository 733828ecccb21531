import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Config, runtime } from "@pulumi/pulumi";
import { PkiError } from "../provider";
import { rootDirectory } from "../provider/words/rootDirectory";
import { certificatesPem, refusePrivateKey } from "../provider/x509/pem";

/** The settings of the stack, which `Pulumi.yaml` describes. */
export const config = new Config("kms-pki");

/** The value of a setting. An empty text means that it is not set, because the engine requires a default for every setting. */
export function optional(key: string): string | undefined {
  const value = config.get(key);
  return value === "" ? undefined : value;
}

/** A property, unless its value is undefined. */
export function defined<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): Partial<Record<Name, Value>> {
  return value === undefined ? {} : ({ [name]: value } as Record<Name, Value>);
}

/**
 * The content of a file that a setting names.
 *
 * @throws PkiError `FILE_UNUSABLE`
 */
export function fileSetting(key: string): string | undefined {
  const file = optional(key);
  if (file === undefined) {
    return undefined;
  }
  try {
    return readFileSync(resolve(rootDirectory(process.cwd()), file), "utf8");
  } catch (cause) {
    throw new PkiError("FILE_UNUSABLE", `kms-pki:${key} "${file}" cannot be read`, "Name a readable file", { cause });
  }
}

/**
 * The certificates in a file that a setting names: all that is kept of it.
 *
 * @throws PkiError `FILE_UNUSABLE`, `PRIVATE_KEY_GIVEN`, `INPUT_INVALID`
 */
export function pemSetting(key: string): string | undefined {
  const text = fileSetting(key);
  return text === undefined ? undefined : certificatesPem(text, `the file of kms-pki:${key}`);
}

/**
 * The JSON in a file that a setting names.
 *
 * @throws PkiError `FILE_UNUSABLE`, `PRIVATE_KEY_GIVEN`, `CONFIG_INVALID`
 */
export function jsonSetting(key: string): string | undefined {
  const text = fileSetting(key);
  if (text === undefined) {
    return undefined;
  }
  refusePrivateKey(text, `the file of kms-pki:${key}`);
  try {
    JSON.parse(text);
    return text;
  } catch {
    // The parser's own message would quote the text.
    throw new PkiError("CONFIG_INVALID", `the file of kms-pki:${key} is no JSON`, "Correct the file");
  }
}

/**
 * The serial number of the YubiKey, if it is set.
 *
 * @throws PkiError `CONFIG_INVALID`
 */
export function serialSetting(): number | undefined {
  const serial = optional("serial");
  if (serial !== undefined && !/^\d{1,10}$/.test(serial)) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:serial is "${serial}", which is no serial number`,
      "Give the number that is printed on the YubiKey, such as 12345678",
    );
  }
  return serial === undefined ? undefined : Number(serial);
}

/** Settings that Pulumi.yaml cannot describe, because it requires a default and these are objects, lists or secrets. */
const NOT_DESCRIBED = [
  ...["rotation", "existing", "adopt", "overwrite", "tags", "labels", "protectionLevels"],
  ...["passphrase", "provisionerPassword", "pin", "managementKey"],
];

/** Secrets of one YubiKey among several have its serial number in their names. */
const OF_ONE_YUBIKEY = /^(?:pin|managementKey)_\d+(?:File)?$/;

/**
 * Refuses unknown settings. Without this check, a misspelled name would silently leave a default in force.
 *
 * @throws PkiError `CONFIG_INVALID`
 */
export function refuseUnknownSettings(): void {
  const known = [...describedSettings(), ...NOT_DESCRIBED];
  const unknown = Object.keys(runtime.allConfig())
    .filter((key) => key.startsWith("kms-pki:"))
    .map((key) => key.slice("kms-pki:".length))
    .filter((key) => !known.includes(key) && !OF_ONE_YUBIKEY.test(key));
  if (unknown.length > 0) {
    const names = unknown.map((key) => `kms-pki:${key}`);
    throw new PkiError(
      "CONFIG_INVALID",
      `there is no setting ${names.join(", ")}`,
      `Remove it (${names.map((name) => `pulumi config rm ${name}`).join(" && ")}), or correct its name: ${known.join(", ")}`,
    );
  }
}

/** The names of the settings, which are the keys below `config:` in Pulumi.yaml. */
function describedSettings(): string[] {
  const file = readFileSync(join(rootDirectory(process.cwd()), "Pulumi.yaml"), "utf8");
  const [, config = ""] = file.split(/^config:\s*$/m);
  const [, indentation = "  "] = /^( +)\S/m.exec(config) ?? [];
  const [section = ""] = config.split(/^\S/m);
  return section.split("\n").flatMap((line) => {
    const [, indented, name] = /^( +)"?([\w-]+)"?:/.exec(line) ?? [];
    return name === undefined || indented !== indentation ? [] : [name];
  });
}
