import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Config } from "@pulumi/pulumi";
import { PkiError } from "../provider";
import { rootDirectory } from "../provider/inputs/rootDirectory";
import { certificatesPem, refusePrivateKey } from "../provider/x509/pem";

/** The settings of the stack, which `Pulumi.yaml` describes. */
export const config = new Config("kms-pki");

/** An empty text stands for a setting that was not made: the engine wants a default for every setting it describes. */
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
