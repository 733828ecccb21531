import { basename, isAbsolute, join, posix } from "node:path";
import { PkiError } from "../errors";
import { kmsRegistry } from "../kms/registry/registry";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";

/** The places where a ca.json finds its files. */
export interface Placement {
  /** The path of a file beside ca.json. */
  readonly beside: (path: string) => string;
  /** The path of a file relative to the folder of Pulumi.yaml: a key file, a credentials file or a PIN file. */
  readonly projectFile: (path: string) => string;
  /** The path of a database that is files, if it is not beside ca.json. */
  readonly database?: (path: string) => string;
}

/** A key file that a ca.json names. */
export interface KeyFile {
  /** The current path of the key. */
  readonly source: string;
  /** The path in ca.json. */
  readonly target: string;
}

/** The databases of step-ca that are files. The `dataSource` of any other is an address. */
const FILE_DATABASE = /^(?:badger|bbolt)/i;

/**
 * The placement on this host.
 *
 * @param directory the folder of ca.json, absolute
 * @param rootDirectory the folder that paths of keys start from, absolute
 */
export function localPlacement(directory: string, rootDirectory: string): Placement {
  const under = (folder: string) => (path: string) => (isAbsolute(path) ? path : join(folder, path));
  return { beside: under(directory), projectFile: under(rootDirectory) };
}

/**
 * The placement on another host, where all files, including keys, are in one folder.
 *
 * @param prefix that folder, absolute
 */
export function prefixPlacement(prefix: string): Placement {
  return {
    beside: (path) => (posix.isAbsolute(path) ? path : posix.join(prefix, path)),
    projectFile: (path) => posix.join(prefix, basename(path)),
  };
}

/**
 * A ca.json whose paths are absolute. A key that is a file becomes a plain path, as step-ca's softkms expects. The keys
 * of other key management services stay as they are.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function placeCaConfig(config: JsonObject, placement: Placement): JsonObject {
  const { ssh, db, kms } = config;
  return {
    ...config,
    ...mapFields(config, ["root", "federatedRoots", "crt"], placement.beside),
    ...mapFields(config, ["key"], placeKey(placement)),
    ...(isJsonObject(ssh) ? { ssh: { ...ssh, ...mapFields(ssh, ["hostKey", "userKey"], placeKey(placement)) } } : {}),
    ...(isJsonObject(kms) ? { kms: placeKms(kms, placement) } : {}),
    ...(isJsonObject(db) && typeof db["type"] === "string" && FILE_DATABASE.test(db["type"])
      ? { db: { ...db, ...mapFields(db, ["dataSource", "valueDir"], placement.database ?? placement.beside) } }
      : {}),
  };
}

/**
 * The key files that a ca.json names.
 *
 * @throws PkiError `KEY_URI_INVALID`, and `CONFIG_INVALID` if two keys would have the same path
 */
export function keyFiles(config: JsonObject, local: Placement, placement: Placement): KeyFile[] {
  const ssh = isJsonObject(config["ssh"]) ? config["ssh"] : {};
  const targets = new Map<string, string>();
  for (const path of [config["key"], ssh["userKey"], ssh["hostKey"]]
    .map(keyFilePath)
    .filter((file) => file !== undefined)) {
    const [source, target] = [local.projectFile(path), placement.projectFile(path)];
    const other = targets.get(target);
    if (other !== undefined && other !== source) {
      throw new PkiError(
        "CONFIG_INVALID",
        `the keys "${other}" and "${source}" would both be "${target}"`,
        "Give the key files different names",
      );
    }
    targets.set(target, source);
  }
  return [...targets].map(([target, source]) => ({ source, target }));
}

/** The path of a key in ca.json, for a KMS of files; undefined for any other. */
export function keyFilePath(key: unknown): string | undefined {
  return typeof key === "string" ? kmsRegistry.ofUri(key)?.keyFile?.(key) : undefined;
}

function placeKey({ projectFile }: Placement): (key: string) => string {
  return (key) => {
    const file = keyFilePath(key);
    return file === undefined ? key : projectFile(file);
  };
}

/** The file from which step-ca reads a KMS's secret, such as a PIN, as ca.json names it; undefined if it names none. */
export function secretFileOf({ kms }: JsonObject): string | undefined {
  const uri = isJsonObject(kms) ? kms["uri"] : undefined;
  return typeof uri === "string" ? kmsRegistry.ofUri(uri)?.secretFile?.(uri) : undefined;
}

/** Places the files of a `kms` block. The block or its uri may name a credentials file or a PIN file. */
function placeKms(kms: JsonObject, { projectFile }: Placement): JsonObject {
  const placeUri = (uri: string): string => kmsRegistry.ofUri(uri)?.placeFiles?.(uri, projectFile) ?? uri;
  return { ...kms, ...mapFields(kms, ["credentialsFile"], projectFile), ...mapFields(kms, ["uri"], placeUri) };
}

/** Changes the strings and lists of strings among some fields. Anything else stays. */
function mapFields(object: JsonObject, fields: readonly string[], change: (text: string) => string): JsonObject {
  const changeText = (value: unknown): unknown => (typeof value === "string" && value !== "" ? change(value) : value);
  return Object.fromEntries(
    fields
      .filter((field) => Object.hasOwn(object, field))
      .map((field) => {
        const value = object[field];
        return [field, Array.isArray(value) ? value.map(changeText) : changeText(value)];
      }),
  );
}
