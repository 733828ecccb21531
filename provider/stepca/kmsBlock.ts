import { kmsRegistry } from "../kms/registry/registry";
import type { JsonObject } from "./jsonObject";

/** What names one and the same setting, in the uri or as a field beside it, in small letters. */
const SYNONYMS: readonly (readonly string[])[] = [
  ["pin-value", "pin-source", "pin-prompt", "pin"],
  ["management-key", "management-key-source", "managementkey"],
  ["credentials-file", "credentialsfile"],
  ["region"],
  ["profile"],
];

/** The type of a block that says nothing. */
const DEFAULT_TYPE = kmsRegistry.ofFiles.scheme;

/** A `kms` block after a merge. Settings are named without their values, which may be secret. */
export interface MergedKmsBlock {
  readonly kms: JsonObject;
  /** What is still there of the first block. */
  readonly kept: readonly string[];
  /** What went of the first block because the second sets the same in another place, or is of another type. */
  readonly dropped: readonly string[];
}

/**
 * Merges two `kms` blocks of ca.json. What the second sets wins, wherever step-ca looks for a setting: in the uri, which
 * it reads first, and in the fields beside it. So no second PIN is left. What else the first sets stays. A block of
 * another type is replaced whole.
 *
 * @param over of the type of the first when it names none
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

/** The type of a block as step-ca finds it: its field, or the scheme of its uri. Undefined when the block says nothing. */
function kmsTypeOf(block: JsonObject): string | undefined {
  const [type, uri] = [fieldOf(block, "type"), fieldOf(block, "uri")];
  if (typeof type === "string" && type !== "") {
    return type.toLowerCase();
  }
  return typeof uri === "string" ? /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() : undefined;
}

/** Go reads the names of fields whatever their case. */
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
  /** Whether it stands after the question mark. */
  readonly isQuery: boolean;
}

/** The attributes of a uri; none of one for another type, with which step-ca does not start. */
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
