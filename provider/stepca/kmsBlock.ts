import { isDeepStrictEqual } from "node:util";
import { kmsRegistry } from "../kms/registry/registry";
import type { JsonObject } from "./jsonObject";

/** Names of the same setting, in the uri or as a field beside it, in lowercase. */
const SYNONYMS: readonly (readonly string[])[] = [
  ["pin-value", "pin-source", "pin-prompt", "pin"],
  ["management-key", "management-key-source", "managementkey"],
  ["credentials-file", "credentialsfile"],
  ["token", "serial", "slot-id"],
  ["region"],
  ["profile"],
];

/** The default type of a block. */
const DEFAULT_TYPE = kmsRegistry.ofFiles.scheme;

/** A `kms` block after a merge. Settings are named without their values, which may be secret. */
export interface MergedKmsBlock {
  readonly kms: JsonObject;
  /** The settings that remain of the first block. */
  readonly kept: readonly string[];
  /**
   * The settings that were dropped from the first block, because the second sets the same elsewhere or has another type.
   */
  readonly dropped: readonly string[];
}

/**
 * Merges two `kms` blocks of ca.json. The second block's settings win wherever step-ca looks: in the uri, which it
 * reads first, and in the fields beside it. So no second PIN remains. The first block's other settings stay. A block of
 * another type is replaced as a whole.
 *
 * @param over has the type of the first if it names none
 */
export function mergeKmsBlocks(base: JsonObject, over: JsonObject): MergedKmsBlock {
  const type = kmsTypeOf(over) ?? kmsTypeOf(base) ?? DEFAULT_TYPE;
  const [baseUri, overUri] = [fieldOf(base, "uri"), fieldOf(over, "uri")];
  const [pairs, overPairs] = [pairsOf(baseUri, type), pairsOf(overUri, type)];
  const fields = Object.keys(base).filter((field) => !["type", "uri"].includes(field.toLowerCase()));
  if (type !== (kmsTypeOf(base) ?? DEFAULT_TYPE)) {
    return { kms: over, kept: [], dropped: [...fields, ...(baseUri === undefined ? [] : ["uri"])] };
  }
  const [overFields, overAttributes] = [namesOf(Object.keys(over)), namesOf(overPairs.map(({ name }) => name))];
  const isSetElsewhere = (name: string): boolean =>
    SYNONYMS.some(
      (names) => names.includes(name) && names.some((one) => overFields.has(one) || overAttributes.has(one)),
    );
  const keptFields = fields.filter(
    (field) => !overFields.has(field.toLowerCase()) && !isSetElsewhere(field.toLowerCase()),
  );
  const keptPairs = pairs.filter(({ name }) => !overAttributes.has(name) && !isSetElsewhere(name));
  const uri =
    overUri === undefined && keptPairs.length === pairs.length ? baseUri : joined(keptPairs, overPairs, overUri, type);
  const isOld = (field: string): boolean => field.toLowerCase() === "type" || keptFields.includes(field);
  return {
    kms: {
      ...Object.fromEntries(
        Object.entries(base).filter(([field]) => isOld(field) && !overFields.has(field.toLowerCase())),
      ),
      ...Object.fromEntries(Object.entries(over).filter(([field]) => field.toLowerCase() !== "uri")),
      ...(uri === undefined ? {} : { uri }),
    },
    kept: [...keptFields, ...keptPairs.map(({ name }) => `${name} (in its uri)`)],
    dropped: [
      ...fields.filter((field) => !keptFields.includes(field) && !overFields.has(field.toLowerCase())),
      ...pairs
        .filter((pair) => !keptPairs.includes(pair) && !overAttributes.has(pair.name))
        .map(({ name }) => `${name} (in its uri)`),
    ],
  };
}

/** Whether a block says only what step-ca does without one. */
export function isDefaultKmsBlock(block: unknown): boolean {
  return isDeepStrictEqual(block, { type: DEFAULT_TYPE });
}

/** The type of a block as step-ca finds it: its field, or the scheme of its uri. Undefined if the block names none. */
export function kmsTypeOf(block: JsonObject): string | undefined {
  const [type, uri] = [fieldOf(block, "type"), fieldOf(block, "uri")];
  if (typeof type === "string" && type !== "") {
    return type.toLowerCase();
  }
  return typeof uri === "string" ? /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() : undefined;
}

/** The value of a field. Go ignores the case of field names. */
function fieldOf(block: JsonObject, name: string): unknown {
  return Object.entries(block).find(([field]) => field.toLowerCase() === name)?.[1];
}

function namesOf(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}

/** An attribute of a uri. */
interface UriPair {
  readonly name: string;
  /** With its value, as it stands in the uri. */
  readonly text: string;
  /** Whether it is after the question mark. */
  readonly isQuery: boolean;
}

/** The attributes of a uri; empty for another type's uri, with which step-ca does not start. */
function pairsOf(uri: unknown, type: string): UriPair[] {
  const text = typeof uri === "string" ? uri : "";
  const [, scheme = "", path = "", query = ""] = /^([a-z][a-z0-9+.-]*):([^?#]*)(?:\?([^#]*))?/i.exec(text) ?? [];
  const pairs = (list: string, isQuery: boolean): UriPair[] =>
    list
      .split(/[;&]/)
      .filter((pair) => /^[^=/]/.test(pair))
      .map((pair) => ({ name: decoded(pair.replace(/=.*$/s, "")), text: pair, isQuery }));
  return scheme.toLowerCase() === type ? [...pairs(path, false), ...pairs(query, true)] : [];
}

function joined(kept: readonly UriPair[], over: readonly UriPair[], overUri: unknown, type: string): unknown {
  if (kept.length === 0) {
    return overUri;
  }
  const all = [...over, ...kept];
  const texts = (isQuery: boolean): string[] => all.filter((pair) => pair.isQuery === isQuery).map(({ text }) => text);
  const [path, query] = [texts(false).join(";"), texts(true).join("&")];
  return `${type}:${path}${query === "" ? "" : `?${query}`}`;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
