import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { messageOf, PkiError } from "../errors";

/** Go's `unicode.IsSpace`, by which step-ca trims its password files and the files of PINs. */
const TRAILING_WHITE_SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/;

/** A secret without the white space at its end, which is not part of it. */
export function withoutTrailingSpace(text: string): string {
  return text.replace(TRAILING_WHITE_SPACE, "");
}

/**
 * The content of a secret's file. A file that cannot be read is an error: another source might hold a wrong secret.
 *
 * @param source names the file, for the message
 * @param what the secret is, for the message
 * @param rootDirectory where a relative path starts
 * @throws PkiError `SECRET_MISSING`, also for a file that holds nothing but white space
 */
export function readSecretFile(path: string, source: string, what: string, rootDirectory: string): string {
  const refuse = (problem: string, cause?: unknown): PkiError =>
    new PkiError(
      "SECRET_MISSING",
      `the file "${path}" that ${source} names for ${what} ${problem}`,
      "Name a file that holds only the secret",
      { cause },
    );
  let content: string;
  try {
    content = readFileSync(isAbsolute(path) ? path : join(rootDirectory, path), "utf8");
  } catch (cause) {
    throw refuse(`cannot be read: ${messageOf(cause)}`, cause);
  }
  if (withoutTrailingSpace(content) === "") {
    throw refuse("is empty");
  }
  return content;
}
