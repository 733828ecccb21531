import { buf as crc32c } from "crc-32/crc32c";
import { PkiError } from "../../errors";

/** The CRC32C of data, unsigned as Google gives it. */
export function checksum(data: Uint8Array): number {
  return crc32c(data) >>> 0;
}

/** Whether data match the checksum that came with them. */
export function matches(data: Uint8Array, expected: unknown): boolean {
  return (typeof expected === "string" || typeof expected === "number") && Number(expected) === checksum(data);
}

/** The error for an answer that was damaged in transit. */
export function badAnswer(method: string, name: string, what: string): PkiError {
  return new PkiError(
    "KMS_ANSWER_INVALID",
    `the answer to ${method} on ${name} has ${what}. It was damaged or changed in transit, and is not used`,
    "Run again. If the error persists, check the proxies between this machine and Google",
  );
}
