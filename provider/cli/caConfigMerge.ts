import { basename, dirname } from "node:path";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { DATABASE_TYPES } from "../stepca/database";
import { isRootFile } from "../stepca/config";
import { isDefaultKmsBlock, mergeKmsBlocks } from "../stepca/kmsBlock";
import { isOwnSshKeyEntry } from "../stepca/sshKeys";
import type { JsonDocument } from "./jsonDocument";

/**
 * Sets the fields of an existing ca.json that the stack decides: `root`, `crt`, `key`, `kms`, `ssh.hostKey`,
 * `ssh.userKey`, the entries of a rotation in `ssh.keys`, the fields of `crl` that the stack has, and a `db` that
 * several step-ca share.
 *
 * Entries that a person added to a list of roots or to `ssh.keys` stay. Entries that an export wrote there and the
 * stack no longer has are dropped: a root is recognized by the name of its file in the same folder, and an SSH key by
 * its `kid`. In a `kms` block of the same type, settings that the stack does not set stay ({@link mergeKmsBlocks}):
 * without a hand-written `pin`, step-ca would try a YubiKey's default PIN at each start, until the card is blocked. In a
 * `crl` block, too, settings that the stack does not set stay.
 *
 * @param placed the stack's ca.json, its paths absolute
 * @returns notes for a person about settings that unexpectedly stayed
 */
export function mergeCaConfig(document: JsonDocument, placed: JsonObject): string[] {
  const notes = mergeRoots(document, placed["root"]);
  document.set(["crt"], placed["crt"]);
  document.set(["key"], placed["key"]);
  notes.push(...mergeKms(document, placed["kms"]));
  const ssh = placed["ssh"];
  if (isJsonObject(ssh)) {
    document.set(["ssh", "hostKey"], ssh["hostKey"]);
    document.set(["ssh", "userKey"], ssh["userKey"]);
    mergeSshKeys(document, ssh["keys"]);
  } else if (isJsonObject(document.get(["ssh"]))) {
    notes.push("ssh is unchanged: the stack has no SSH keys");
  }
  mergeDatabase(document, placed["db"]);
  notes.push(...mergeCrl(document, placed["crl"]));
  return notes;
}

function mergeRoots(document: JsonDocument, wanted: unknown): string[] {
  const present = listOf(document.get(["root"]));
  if (present === undefined) {
    document.set(["root"], wanted);
    return [];
  }
  const roots = listOf(wanted) ?? [wanted];
  const folders = roots.filter((root) => typeof root === "string").map((root) => dirname(root));
  const isExported = (path: unknown): path is string =>
    typeof path === "string" && folders.includes(dirname(path)) && isRootFile(basename(path));
  const retired = present.filter(isExported).filter((path) => !roots.includes(path));
  const kept = present.filter((path) => !isExported(path) || roots.includes(path));
  // Without a rotation, the order of the list is up to its author.
  const inOrder = typeof wanted === "string" && kept.includes(wanted) ? kept : [...roots, ...without(kept, roots)];
  document.set(["root"], inOrder);
  return retired.map((path) => `root no longer lists "${path}", which the stack has retired`);
}

/** Merges `ssh.keys`. Entries of a rotation come and go with it, and a person's entries stay. */
function mergeSshKeys(document: JsonDocument, wanted: unknown): void {
  const present = listOf(document.get(["ssh", "keys"]));
  const keys = [...(listOf(wanted) ?? []), ...(present ?? []).filter((entry) => !isOwnSshKeyEntry(entry))];
  if (keys.length > 0 || present !== undefined) {
    document.set(["ssh", "keys"], keys);
  }
}

function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? value : undefined;
}

function without(items: readonly unknown[], others: readonly unknown[]): unknown[] {
  return items.filter((item) => !others.includes(item));
}

function mergeKms(document: JsonDocument, wanted: unknown): string[] {
  const present = document.get(["kms"]);
  if (present === undefined && isDefaultKmsBlock(wanted)) {
    return []; // which says what step-ca does without a block
  }
  if (!isJsonObject(present) || !isJsonObject(wanted)) {
    document.set(["kms"], wanted);
    return [];
  }
  const { kms, kept, dropped } = mergeKmsBlocks(present, wanted);
  const names = Object.keys(kms).map((field) => field.toLowerCase());
  for (const field of Object.keys(present).filter((name) => !names.includes(name.toLowerCase()))) {
    document.remove(["kms", field]);
  }
  for (const [field, value] of Object.entries(kms)) {
    document.set(["kms", field], value);
  }
  return [
    ...(kept.length === 0 ? [] : [`kms keeps ${kept.join(", ")}, which the stack does not set`]),
    ...(dropped.length === 0 ? [] : [`kms no longer has ${dropped.join(", ")}, which contradicts what the stack sets`]),
  ];
}

/** Sets a database that several step-ca share. The files of a step-ca alone are up to their host. */
function mergeDatabase(document: JsonDocument, wanted: unknown): void {
  if (!isJsonObject(wanted) || !DATABASE_TYPES.some((type) => type === wanted["type"])) {
    return;
  }
  if (!isJsonObject(document.get(["db"]))) {
    document.set(["db"], wanted);
    return;
  }
  for (const field of ["type", "dataSource", "database"]) {
    if (wanted[field] === undefined) {
      document.remove(["db", field]);
    } else {
      document.set(["db", field], wanted[field]);
    }
  }
}

function mergeCrl(document: JsonDocument, wanted: unknown): string[] {
  if (!isJsonObject(wanted)) {
    return isJsonObject(document.get(["crl"])) ? ["crl is unchanged: the stack does not set it"] : [];
  }
  for (const [field, value] of Object.entries(wanted)) {
    document.set(["crl", field], value);
  }
  return [];
}
