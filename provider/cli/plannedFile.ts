import { lstat, readFile } from "node:fs/promises";
import { messageOf, PkiError, systemCode } from "../errors";
import { type FileAccess, PRIVATE_FILE_MODE, removeTemporaries, replaceFile } from "../files";

/** A file that is about to be written. */
export interface PlannedFile {
  /** Absolute. */
  readonly path: string;
  readonly content: string | Buffer;
  readonly access: FileAccess;
  /** How the content relates to what stands at the path. */
  readonly change: "new" | "same" | "different";
}

/**
 * Compares a file that is to be written with what stands at its path. A file that is replaced keeps its owner.
 *
 * @param mode permission bits
 * @throws PkiError `FILE_UNUSABLE` when something stands there that is no file
 */
export async function planFile(path: string, content: string | Buffer, mode = PRIVATE_FILE_MODE): Promise<PlannedFile> {
  try {
    const status = await lstat(path);
    // A symbolic link is replaced like a file, never followed.
    if (!status.isFile() && !status.isSymbolicLink()) {
      throw new Error("it is no file");
    }
    const access = { mode, owner: { uid: status.uid, gid: status.gid } };
    return { path, content, access, change: (await holds(path, content)) ? "same" : "different" };
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") {
      return { path, content, access: { mode }, change: "new" };
    }
    throw fileUnusable(path, cause);
  }
}

/**
 * Writes a planned file, whole or not at all. A file that holds the content already is not touched.
 *
 * @throws PkiError `FILE_UNUSABLE`
 */
export async function writePlannedFile({ path, content, access, change }: PlannedFile): Promise<void> {
  if (change === "same") {
    return;
  }
  try {
    await removeTemporaries(path);
    await replaceFile(path, content, access);
  } catch (cause) {
    throw fileUnusable(path, cause);
  }
}

/** The error for a file that cannot be read or written. */
export function fileUnusable(path: string, cause: unknown): PkiError {
  return new PkiError(
    "FILE_UNUSABLE",
    `"${path}" cannot be used: ${messageOf(cause)}`,
    "Correct the path, or let this user read and write there",
    { cause },
  );
}

async function holds(path: string, content: string | Buffer): Promise<boolean> {
  try {
    return (await readFile(path)).equals(typeof content === "string" ? Buffer.from(content) : content);
  } catch {
    return false; // unreadable, yet it may well be replaced
  }
}
