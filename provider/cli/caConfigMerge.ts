import { isJsonObject, type JsonObject } from "../stepca/config";
import type { JsonDocument } from "./jsonDocument";

/**
 * Sets in an existing ca.json what the stack decides: `root`, `crt`, `key`, `kms`, `ssh.hostKey`, `ssh.userKey`.
 *
 * Of a list of roots, as it stands there while a root is rotated, none is dropped. In a `kms` block of the same type
 * the fields that the stack does not set stay: without its hand-written `pin`, step-ca would try a YubiKey's default
 * PIN at each start, until the card is blocked.
 *
 * @param placed the stack's ca.json, its paths absolute
 * @returns what was left that one might not expect, for a person to read
 */
export function mergeCaConfig(document: JsonDocument, placed: JsonObject): string[] {
  document.set(["root"], mergeRoots(document.get(["root"]), placed["root"]));
  document.set(["crt"], placed["crt"]);
  document.set(["key"], placed["key"]);
  const notes = mergeKms(document, placed["kms"]);
  const ssh = placed["ssh"];
  if (isJsonObject(ssh)) {
    document.set(["ssh", "hostKey"], ssh["hostKey"]);
    document.set(["ssh", "userKey"], ssh["userKey"]);
  } else if (isJsonObject(document.get(["ssh"]))) {
    notes.push("ssh stays as it was: the stack has no SSH keys");
  }
  return notes;
}

function mergeRoots(present: unknown, wanted: unknown): unknown {
  if (!Array.isArray(present) || typeof wanted !== "string") {
    return wanted;
  }
  return present.includes(wanted) ? present : [wanted, ...(present as unknown[])];
}

function mergeKms(document: JsonDocument, wanted: unknown): string[] {
  const present = document.get(["kms"]);
  if (!isJsonObject(present) || !isJsonObject(wanted) || present["type"] !== wanted["type"]) {
    document.set(["kms"], wanted);
    return [];
  }
  for (const [field, value] of Object.entries(wanted)) {
    document.set(["kms", field], value);
  }
  const kept = Object.keys(present).filter((field) => !Object.hasOwn(wanted, field));
  return kept.length === 0 ? [] : [`kms keeps ${kept.join(", ")}, which the stack does not set`];
}
