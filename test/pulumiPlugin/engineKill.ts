import { readFileSync } from "node:fs";

const { KMS_PKI_TEST_KILL_ENGINE_AT: moment, KMS_PKI_TEST_ENGINE_PID_FILE: pidFile } = process.env;
const [operation, number] = moment?.split(":") ?? [];
let seen = 0;

/**
 * Called after an operation, before the engine knows. Kills the engine with this process if that is
 * what the test wants:
 *
 * - `KMS_PKI_TEST_KILL_ENGINE_AT`: `<operation>:<n>`, such as `CreateKey:1`, for the n-th one of this process.
 * - `KMS_PKI_TEST_ENGINE_PID_FILE`: contains the engine's process ID.
 */
export function happened(what: string): void {
  if (what !== operation) {
    return;
  }
  seen += 1;
  if (String(seen) === number) {
    process.kill(Number(readFileSync(pidFile ?? "", "utf8")), "SIGKILL");
    process.exit(1);
  }
}
