import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf, systemCode } from "../../errors";
import type { Problem } from "../../words/problem";

/**
 * Checks that key files can be read and written in a folder, or that the folder can be made. Writes nothing.
 *
 * @param path absolute
 */
export function checkKeyDirectory(path: string, property: string): Problem[] {
  try {
    requireUsableDirectory(path);
    return [];
  } catch (error) {
    return [
      {
        code: "KEY_DIRECTORY_UNUSABLE",
        property,
        reason: `the key directory "${path}" cannot be used: ${messageOf(error)}`,
        remedy: "Make it a folder that this user can read and write",
      },
    ];
  }
}

function requireUsableDirectory(path: string): void {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    if (systemCode(error) === "ENOENT" && dirname(path) !== path) {
      requireUsableDirectory(dirname(path)); // it will be made in its nearest existing parent
      return;
    }
    throw error;
  }
  if (!isDirectory) {
    throw new Error(`"${path}" is not a folder`);
  }
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
}
