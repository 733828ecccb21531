import { buf as crc32c } from "crc-32/crc32c";
import { PkiError } from "../../errors";

/** As Google counts: without a sign. */
export function checksum(data: Uint8Array): number {
  return crc32c(data) >>> 0;
}

/** Whether data have the checksum that came with them. */
export function matches(data: Uint8Array, expected: unknown): boolean {
  return (typeof expected === "string" || typeof expected === "number") && Number(expected) === checksum(data);
}

/** For an answer that was changed on its way. */
export function badAnswer(method: string, name: string, what: string): PkiError {
  return new PkiError(
    "KMS_ANSWER_INVALID",
    `the answer to ${method} on ${name} has ${what}, so it was damaged or changed on its way, and is not used`,
    "Run again; if it stays so, look at what stands between here and Google",
  );
}
