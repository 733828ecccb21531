import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { allConfig, Config } from "../provider/pulumi";
import { type KeyRole, PkiError } from "../provider";
import type { StackSettings } from "../provider/keySources/stackKms";
import { roleOfKey } from "../provider/authority/keyNames";
import { isServedByPlugin } from "../provider/kms/resourceType";
import { kmsRegistry } from "../provider/kms/registry/registry";
import { adoptSetting, contentSettings, PARTS } from "./contentSettings";
import { rootDirectory } from "../provider/words/rootDirectory";
import { certificatesPem, refusePrivateKey } from "../provider/x509/pem";

/** The settings of the stack, which `Pulumi.yaml` describes. */
export const config = new Config("kms-pki");

/** The names of settings in 0.1.0, which are still read. */
const FORMER_NAMES: Readonly<Record<string, string>> = { directory: "keyDirectory" };

/**
 * Reads a setting. An empty string means that it is not set, because the engine requires a default for every described setting.
 *
 * @throws PkiError `CONFIG_INVALID` for a setting that is also set under its former name
 */
export function optional(key: string): string | undefined {
  const [value, former] = [textOf(key), textOf(FORMER_NAMES[key])];
  if (value !== undefined && former !== undefined) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:${key} is set, and so is its former name kms-pki:${String(FORMER_NAMES[key])}`,
      `Remove the former one: pulumi config rm kms-pki:${String(FORMER_NAMES[key])}`,
    );
  }
  return value ?? former;
}

function textOf(key: string | undefined): string | undefined {
  const value = key === undefined ? undefined : config.get(key);
  return value === "" ? undefined : value;
}

/**
 * The content of a file that a setting names.
 *
 * @throws PkiError `FILE_UNUSABLE`
 */
function fileSetting(key: string): string | undefined {
  const file = optional(key);
  return file === undefined ? undefined : settingFile(key, file);
}

/**
 * The content of a file.
 *
 * @param setting that names it, for the message
 * @param file relative to Pulumi.yaml
 * @throws PkiError `FILE_UNUSABLE`
 */
export function settingFile(setting: string, file: string): string {
  try {
    return readFileSync(resolve(rootDirectory(process.cwd()), file), "utf8");
  } catch (cause) {
    throw new PkiError("FILE_UNUSABLE", `kms-pki:${setting} "${file}" cannot be read`, "Name a readable file", {
      cause,
    });
  }
}

/**
 * The certificates in a file that a setting names. Nothing else of the file is kept.
 *
 * @throws PkiError `FILE_UNUSABLE`, `PRIVATE_KEY_GIVEN`, `INPUT_INVALID`
 */
export function pemSetting(key: string): string | undefined {
  const text = fileSetting(key);
  return text === undefined ? undefined : certificatesPem(text, `the file of kms-pki:${key}`);
}

/**
 * The certificates in the files that a setting names, by name. Throws as {@link pemSetting}, and for a setting of another form.
 *
 * @throws PkiError `CONFIG_INVALID`
 */
export function pemSettings(key: string): Record<string, string> {
  let files: unknown;
  try {
    files = config.getObject(key) ?? {};
  } catch {
    files = undefined; // not JSON
  }
  if (
    typeof files !== "object" ||
    files === null ||
    Array.isArray(files) ||
    !Object.values(files).every((each) => typeof each === "string")
  ) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:${key} is not an object of names of files`,
      `Remove it, and name each file: pulumi config set --path 'kms-pki:${key}.NAME' FILE`,
    );
  }
  return Object.fromEntries(
    Object.entries(files as Record<string, string>).map(([name, file]) => [
      name,
      certificatesPem(settingFile(`${key}.${name}`, file), `the file of kms-pki:${key}.${name}`),
    ]),
  );
}

/**
 * The JSON in a file that a setting names.
 *
 * @throws PkiError `FILE_UNUSABLE`, `PRIVATE_KEY_GIVEN`, `CONFIG_INVALID`
 */
function jsonSetting(key: string): string | undefined {
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
    throw new PkiError("CONFIG_INVALID", `the file of kms-pki:${key} is not JSON`, "Correct the file");
  }
}

/** The settings, for the KMSs' parts of the stack. */
export const stackSettings: StackSettings = {
  optional,
  require: (name) => config.require(name),
  requireBoolean: (name) => config.requireBoolean(name),
  requireNumber: (name) => config.requireNumber(name),
  requireObject: (name) => config.requireObject(name),
  getObject: (name) => config.getObject(name),
  byRole,
  ofKms,
  ofPackage: (namespace, name) => new Config(namespace).get(name),
  pem: pemSetting,
  json: jsonSetting,
};

function byRole<Value>(name: string, roles: readonly KeyRole[]): Partial<Record<KeyRole, Value>> | undefined {
  const given = config.getObject<Record<string, Value>>(name);
  const isOthers = (name: string): boolean => {
    const role = roleOfKey(name);
    return role !== undefined && !roles.includes(role);
  };
  return given && Object.fromEntries(Object.entries(given).filter(([key]) => !isOthers(key)));
}

function ofKms(scheme: string, name: string): string | undefined {
  const chosen = [optional("kms"), optional("rootKms")];
  const others = kmsRegistry.all.filter((kms) => kms.scheme !== scheme && kms.settings.includes(name));
  const isOthers = !chosen.includes(scheme) && others.some((kms) => chosen.includes(kms.scheme));
  return isOthers ? undefined : optional(name);
}

/** The settings that Pulumi.yaml cannot describe: it requires a default, and these are objects, lists or secrets. */
const NOT_DESCRIBED = [
  ...PARTS.flatMap((part) => [adoptSetting(part), ...contentSettings(part).map(([, setting]) => setting)]),
  ...[
    "rotation",
    "compromised",
    "crl",
    "revoked",
    "deploy",
    "intermediateCertificates",
    "existing",
    "adopt",
    "overwrite",
    "tags",
    "labels",
    "protectionLevels",
  ],
  ...["passphrase", "provisionerPassword"],
];

/**
 * Refuses to have the plugin serve this stack, whose setting `name` the engine would take for the plugin's name.
 *
 * @throws PkiError `CONFIG_INVALID`
 */
export function refusePlugin(): void {
  if (isServedByPlugin()) {
    throw new PkiError(
      "CONFIG_INVALID",
      "PULUMI_KMS_PKI_PLUGIN=1 is in the environment, but the plugin cannot serve a stack with the setting kms-pki:name",
      "Unset it, or declare the authority in a program of your own",
    );
  }
}

/**
 * Refuses unknown settings. Without this check, a misspelled name would silently leave a default in force.
 *
 * @throws PkiError `CONFIG_INVALID`
 */
export function refuseUnknownSettings(): void {
  const ofDevices = kmsRegistry.all.flatMap(({ deviceSecrets = [] }) => deviceSecrets.map((secret) => secret.config));
  const known = [...describedSettings(), ...NOT_DESCRIBED, ...ofDevices];
  // A secret of one device among several has the serial number in its name.
  const isOfOneDevice = (key: string): boolean =>
    ofDevices.some((name) => key.startsWith(`${name}_`) && /^\d+(?:File)?$/.test(key.slice(name.length + 1)));
  const unknown = Object.keys(allConfig())
    .filter((key) => key.startsWith("kms-pki:"))
    .map((key) => key.slice("kms-pki:".length))
    .filter((key) => !known.includes(key) && !Object.values(FORMER_NAMES).includes(key) && !isOfOneDevice(key));
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
