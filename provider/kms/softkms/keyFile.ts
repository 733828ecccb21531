import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, PkiError, systemCode } from "../../errors";
import { createFile, makePrivateDirectory } from "../../files";

/**
 * Makes the folder of key files unless it exists.
 *
 * @throws PkiError `KEY_DIRECTORY_UNUSABLE`
 */
export async function makeKeyDirectory(directory: string): Promise<void> {
  try {
    await makePrivateDirectory(directory);
  } catch (cause) {
    throw keyDirectoryUnusable(directory, cause);
  }
}

/**
 * Writes a key file that did not exist.
 *
 * @param uri names the key in an error
 * @throws PkiError `KEY_EXISTS`, `KEY_DIRECTORY_UNUSABLE`
 */
export async function createKeyFile(path: string, content: string, uri: string): Promise<void> {
  try {
    await createFile(path, content);
  } catch (cause) {
    throw systemCode(cause) === "EEXIST" ? keyExists(uri) : keyDirectoryUnusable(dirname(path), cause);
  }
}

/**
 * Reads a key file.
 *
 * @param uri names the key in an error
 * @throws PkiError `KEY_NOT_FOUND` when there is certainly none, `KEY_DIRECTORY_UNUSABLE` on doubt
 */
export async function readKeyFile(path: string, uri: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw systemCode(cause) === "ENOENT"
      ? new PkiError("KEY_NOT_FOUND", `the key file of ${uri} does not exist`, "Restore it from a backup", { cause })
      : keyDirectoryUnusable(dirname(path), cause);
  }
}

/**
 * Whether the place of a key file is taken.
 *
 * @throws PkiError `KEY_DIRECTORY_UNUSABLE` on doubt
 */
export async function isKeyFile(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") {
      return false;
    }
    throw keyDirectoryUnusable(dirname(path), cause);
  }
}

/** The error when the place of a key file is taken. */
export function keyExists(uri: string): PkiError {
  return new PkiError(
    "KEY_EXISTS",
    `the file of ${uri} already holds a key that is not of this resource`,
    "Choose another name or directory, or move the file away if nobody needs the key",
  );
}

/** The error when the place of a key file is taken by a key of another authority, which may be in use. */
export function keyOfAnother(uri: string): PkiError {
  return new PkiError(
    "KEY_EXISTS",
    `the file of ${uri} holds a key that belongs to another authority, as its first line says: another stack, or another ` +
      "checkout of this one, uses the same folder",
    "Choose another directory or another name. Leave the file where it is",
  );
}

/** The error when a folder, or a file in it, cannot be read or written. */
export function keyDirectoryUnusable(directory: string, cause: unknown): PkiError {
  return new PkiError(
    "KEY_DIRECTORY_UNUSABLE",
    `the key directory "${directory}" cannot be used: ${messageOf(cause)}`,
    "Make it a folder that this user can read and write",
    { cause },
  );
}
