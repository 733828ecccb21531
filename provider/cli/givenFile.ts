import { readFileSync } from "node:fs";
import { PkiError, systemCode } from "../errors";

/**
 * Reads a file that the user names.
 *
 * @param path of the file, absolute
 * @param given the file as the user wrote it, for the message
 * @param remedy what to do if it cannot be read
 * @throws PkiError `FILE_UNUSABLE`
 */
export function readGivenFile(path: string, given: string, remedy: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new PkiError("FILE_UNUSABLE", `"${given}" cannot be read: ${systemCode(cause) ?? "unknown"}`, remedy, {
      cause,
    });
  }
}
