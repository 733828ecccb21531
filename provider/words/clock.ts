import { PkiError } from "../errors";
import { parseInstant } from "./instant";

/** The variable that sets the time for program, provider and command alike, as RFC 3339. For tests. */
const CLOCK_VARIABLE = "KMS_PKI_NOW";

/** The variable without which {@link CLOCK_VARIABLE} is refused. */
const TEST_CLOCK_VARIABLE = "KMS_PKI_TEST_CLOCK";

/**
 * The current time. The whole package asks here. A clock that is set by mistake would issue certificates for another
 * time, so a second variable, `KMS_PKI_TEST_CLOCK=1`, must enable it.
 *
 * @throws PkiError `CONFIG_INVALID` when `KMS_PKI_NOW` is set without being enabled, or is not an instant
 */
export function currentTime(environment: Readonly<Record<string, string | undefined>> = process.env): Date {
  const set = environment[CLOCK_VARIABLE];
  if (set === undefined || set === "") {
    return new Date();
  }
  if (environment[TEST_CLOCK_VARIABLE] !== "1") {
    throw new PkiError(
      "CONFIG_INVALID",
      `${CLOCK_VARIABLE} overrides the system time, which is only for tests`,
      `Unset ${CLOCK_VARIABLE}; in a test, set ${TEST_CLOCK_VARIABLE}=1 too`,
    );
  }
  const instant = parseInstant(set);
  if (instant === undefined) {
    throw new PkiError(
      "CONFIG_INVALID",
      `${CLOCK_VARIABLE} is ${JSON.stringify(set)}, which is not an RFC 3339 instant`,
      'Write it with its offset, such as "2027-01-31T12:00:00Z"',
    );
  }
  return instant;
}
