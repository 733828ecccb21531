import { lstat, readFile } from "node:fs/promises";
import { messageOf, PkiError, systemCode } from "../errors";
import { type FileAccess, PRIVATE_FILE_MODE, removeTemporaries, replaceFile, rewriteFile } from "../files";
import { hasAccessControlList } from "./accessControlList";

/** A file that is about to be written. */
export interface PlannedFile {
  /** Absolute. */
  readonly path: string;
  readonly content: string | Buffer;
  readonly access: FileAccess;
  /** How the content compares to the file at the path. */
  readonly change: "new" | "same" | "different";
  /** Whether the file at the path has an access control list, which a new file would not have. */
  readonly hasAcl: boolean;
}

/**
 * Compares a file to write with the file at its path. A replaced file keeps its owner and its access control list.
 *
 * @param mode permission bits. Default those of the file at the path, or else 0600
 * @throws PkiError `FILE_UNUSABLE` if the path holds something that is not a file
 */
export async function planFile(path: string, content: string | Buffer, mode?: number): Promise<PlannedFile> {
  try {
    const status = await lstat(path);
    // A symbolic link is replaced like a file, never followed.
    if (!status.isFile() && !status.isSymbolicLink()) {
      throw new Error("it is not a file");
    }
    const present = status.isFile() ? status.mode & 0o7777 : PRIVATE_FILE_MODE;
    const access = { mode: mode ?? present, owner: { uid: status.uid, gid: status.gid } };
    const change = (await holds(path, content)) ? "same" : "different";
    return { path, content, access, change, hasAcl: change === "different" && (await hasAccessControlList(path)) };
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") {
      return { path, content, access: { mode: mode ?? PRIVATE_FILE_MODE }, change: "new", hasAcl: false };
    }
    throw fileUnusable(path, cause);
  }
}

/**
 * Writes a planned file, whole or not at all. A file that already holds the content is not touched. A file whose owner
 * or access control list a new file cannot have, or that is mounted by itself, is written in place.
 *
 * @returns whether it was written in place
 * @throws PkiError `FILE_UNUSABLE`
 */
export async function writePlannedFile({ path, content, access, change, hasAcl }: PlannedFile): Promise<boolean> {
  if (change === "same") {
    return false;
  }
  try {
    await removeTemporaries(path);
    if (!hasAcl && (await isReplaced(path, content, access))) {
      return false;
    }
    await rewriteFile(path, content);
    return true;
  } catch (cause) {
    throw fileUnusable(path, cause);
  }
}

/** False if a new file cannot get the owner (EPERM), or the file cannot be replaced (EBUSY). */
async function isReplaced(path: string, content: string | Buffer, access: FileAccess): Promise<boolean> {
  try {
    await replaceFile(path, content, access);
    return true;
  } catch (error) {
    if (["EPERM", "EBUSY"].includes(systemCode(error) ?? "")) {
      return false;
    }
    throw error;
  }
}

/** The error for a file that cannot be read or written. */
export function fileUnusable(path: string, cause: unknown): PkiError {
  return new PkiError(
    "FILE_UNUSABLE",
    `"${path}" cannot be used: ${messageOf(cause)}`,
    ["ENOSPC", "EDQUOT"].includes(systemCode(cause) ?? "")
      ? "Make room there, then run this again"
      : "Correct the path, or allow this user to read and write there",
    { cause },
  );
}

async function holds(path: string, content: string | Buffer): Promise<boolean> {
  try {
    return (await readFile(path)).equals(typeof content === "string" ? Buffer.from(content) : content);
  } catch {
    return false; // unreadable, but perhaps still replaceable
  }
}
