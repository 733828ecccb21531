import { writeFileSync } from "node:fs";

const { KMS_PKI_TEST_STOP_AT: moment, KMS_PKI_TEST_STOPPED_FILE: file } = process.env;
const [operation, number] = moment?.split(":") ?? [];
let seen = 0;

/**
 * Called after an operation, before the engine knows of it. At the moment that the test chose it never returns, and the test
 * then kills the engine and this process:
 *
 * - `KMS_PKI_TEST_STOP_AT`: `<operation>:<n>`, such as `CreateKey:1`, for the n-th one of this process.
 * - `KMS_PKI_TEST_STOPPED_FILE`: receives the id of this process.
 */
export async function happened(what: string): Promise<void> {
  if (what !== operation || file === undefined) {
    return;
  }
  seen += 1;
  if (String(seen) === number) {
    writeFileSync(file, String(process.pid));
    await new Promise(() => undefined);
  }
}
