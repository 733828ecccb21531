import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, PkiError, systemCode } from "../../errors";
import { createFile, makePrivateDirectory } from "../../files";

/**
 * Creates the folder of key files unless it exists.
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
 * Writes a new key file.
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
 * @throws PkiError `KEY_NOT_FOUND` if there is certainly none, `KEY_DIRECTORY_UNUSABLE` if in doubt
 */
export async function readKeyFile(path: string, uri: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if (systemCode(cause) === "EISDIR") {
      throw new PkiError("KEY_DIRECTORY_UNUSABLE", `${uri} names a folder`, "Name the file of the key in it", {
        cause,
      });
    }
    throw systemCode(cause) === "ENOENT"
      ? new PkiError("KEY_NOT_FOUND", `the key file of ${uri} does not exist`, "Restore it from a backup", { cause })
      : keyDirectoryUnusable(dirname(path), cause);
  }
}

/**
 * Whether a key file exists.
 *
 * @throws PkiError `KEY_DIRECTORY_UNUSABLE` if in doubt
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

/** The error for an existing file in the place of a new key file. */
export function keyExists(uri: string): PkiError {
  return new PkiError(
    "KEY_EXISTS",
    `the file of ${uri} already holds a key that does not belong to this resource`,
    "Choose another name or directory. If nobody needs the key, move the file away",
  );
}

/** The error for another authority's key, which may be in use, in the place of a new key file. */
export function keyOfAnother(uri: string): PkiError {
  return new PkiError(
    "KEY_EXISTS",
    `the file of ${uri} holds a key that belongs to another authority, according to its first line. Another stack, or another ` +
      "checkout of this one, uses the same folder",
    "Choose another directory or another name. Leave the file where it is",
  );
}

/** The error for a key file to adopt that was made for another resource. */
export function keyFileOwned(uri: string, resource: string): PkiError {
  return new PkiError(
    "KEY_OWNED",
    `the file of ${uri} belongs to ${resource}, according to its first line`,
    "Remove it from adopt. If its owner is gone for good, remove the lines above -----BEGIN from the file, then adopt it",
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
