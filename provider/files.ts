import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, type FileHandle, link, mkdir, open, readdir, rename, rm, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** Mode of files that hold a secret, and of every file that this package writes. */
export const PRIVATE_FILE_MODE = 0o600;

/** Mode of a folder that holds private keys. */
const PRIVATE_DIRECTORY_MODE = 0o700;

/** Creates a folder and its parents with mode 0700, whatever the umask. An existing folder stays as it is. */
export async function makePrivateDirectory(path: string): Promise<void> {
  if ((await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY_MODE })) !== undefined) {
    await chmod(path, PRIVATE_DIRECTORY_MODE);
  }
}

/**
 * Creates a new file, whole or not at all. A reader never sees half of it, and an existing file is never overwritten.
 *
 * @throws a system error `EEXIST` when the path is taken
 */
export async function createFile(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = await writeTemporary(path, content);
  try {
    await link(temporary, path); // unlike rename, link refuses an existing name
  } finally {
    await rm(temporary, { force: true }); // another process may have cleared it away
  }
  await syncDirectory(dirname(path));
}

/** The owner and permissions of a file. */
export interface FileAccess {
  /** Permission bits. */
  readonly mode: number;
  /** The owner. Absent: the user who writes the file. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Replaces a file as a whole. A failure leaves the old content. */
export async function replaceFile(path: string, content: string | Uint8Array, access?: FileAccess): Promise<void> {
  const temporary = await writeTemporary(path, content, access);
  try {
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary);
    throw error;
  }
  await syncDirectory(dirname(path));
}

/**
 * Writes a file in place, so that it keeps its owner, its ACL and its other attributes. The whole content is first
 * written to a file beside it, which stays there if the write fails.
 */
export async function rewriteFile(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW);
  try {
    const spare = await writeTemporary(path, content);
    await file.writeFile(content);
    await file.truncate(Buffer.byteLength(content));
    await file.sync();
    await rm(spare, { force: true });
  } finally {
    await file.close();
  }
}

/**
 * Removes the temporary files that a killed {@link createFile}, {@link replaceFile} or {@link rewriteFile} of this path
 * left behind.
 */
export async function removeTemporaries(path: string): Promise<void> {
  const prefix = temporaryPrefix(path);
  const directory = dirname(path);
  for (const name of await readdir(directory)) {
    if (name.startsWith(prefix)) {
      await rm(join(directory, name), { force: true }); // its own process may have done that just now
    }
  }
}

function temporaryPrefix(path: string): string {
  return `.${basename(path)}.tmp-`;
}

async function writeTemporary(path: string, content: string | Uint8Array, access?: FileAccess): Promise<string> {
  const temporary = join(dirname(path), temporaryPrefix(path) + randomBytes(6).toString("hex"));
  const file = await open(temporary, "wx", PRIVATE_FILE_MODE);
  try {
    await file.writeFile(content);
    if (access !== undefined) {
      await setAccess(file, access);
    }
    await file.sync();
  } catch (error) {
    await unlink(temporary);
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}

async function setAccess(file: FileHandle, { mode, owner }: FileAccess): Promise<void> {
  const made = await file.stat();
  if (owner !== undefined && (owner.uid !== made.uid || owner.gid !== made.gid)) {
    await file.chown(owner.uid, owner.gid);
  }
  await file.chmod(mode); // last: a change of owner clears bits
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
