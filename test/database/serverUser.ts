import { chownSync } from "node:fs";

/** The user for whom a server runs, because none runs as root. */
export const SERVER_USER = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;

/** Gives files and folders to the user for whom a server runs. */
export function giveToServer(...paths: readonly string[]): void {
  if (SERVER_USER !== undefined) {
    for (const path of paths) {
      chownSync(path, SERVER_USER.uid, SERVER_USER.gid);
    }
  }
}
