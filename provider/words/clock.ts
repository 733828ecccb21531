import { PkiError } from "../errors";
import { parseInstant } from "./instant";

/** The variable that names the time for program, provider and command alike, as RFC 3339. For tests. */
const CLOCK_VARIABLE = "KMS_PKI_NOW";

/** The variable without which {@link CLOCK_VARIABLE} is refused. */
const TEST_CLOCK_VARIABLE = "KMS_PKI_TEST_CLOCK";

/**
 * What time it is. All of this package asks here. A clock that was set by mistake would have certificates issued for
 * another time, so it must be enabled by a second variable, `KMS_PKI_TEST_CLOCK=1`.
 *
 * @throws PkiError `CONFIG_INVALID` when `KMS_PKI_NOW` is set and tests have not enabled it, or is no instant
 */
export function currentTime(environment: Readonly<Record<string, string | undefined>> = process.env): Date {
  const set = environment[CLOCK_VARIABLE];
  if (set === undefined || set === "") {
    return new Date();
  }
  if (environment[TEST_CLOCK_VARIABLE] !== "1") {
    throw new PkiError(
      "CONFIG_INVALID",
      `${CLOCK_VARIABLE} sets another time than that of the system, which is for tests alone`,
      `Unset ${CLOCK_VARIABLE}; in a test, set ${TEST_CLOCK_VARIABLE}=1 too`,
    );
  }
  const instant = parseInstant(set);
  if (instant === undefined) {
    throw new PkiError(
      "CONFIG_INVALID",
      `${CLOCK_VARIABLE} is ${JSON.stringify(set)}, which is no instant of RFC 3339`,
      'Write it with its offset, such as "2027-01-31T12:00:00Z"',
    );
  }
  return instant;
}
