import { PkiError } from "../errors";
import type { RevokedCertificate } from "../inputs/revokedCertificate";
import type { RevocationReason } from "../x509/revocationReasons";

/** A certificate on a revocation list. */
export interface ListedCertificate extends RevokedCertificate {
  readonly reason: RevocationReason;
  readonly revokedAt: string;
}

/** The certificates on the last list. */
export interface LastList {
  readonly listed: readonly ListedCertificate[];
  /** RFC 3339: when it was issued. */
  readonly thisUpdate: string;
}

/** What is to be on the next list. */
export interface NextList {
  readonly listed: readonly ListedCertificate[];
  /** Whether the program asks for something that the last list does not say. */
  readonly changes: boolean;
}

/**
 * The certificates on the next list: those that the program names, and those that it no longer names and that must stay
 * (RFC 5280, sections 3.3 and 5): a revocation is for ever, unless the certificate is only on hold, and its entry stays
 * until it was on a list that was issued after the certificate's end.
 *
 * @param now RFC 3339: when a certificate is revoked that the program gives no time for
 * @throws PkiError `REVOCATION_PERMANENT` for a revoked certificate that is now only to be on hold
 */
export function nextList(last: LastList | undefined, named: readonly RevokedCertificate[], now: string): NextList {
  const before = new Map(last?.listed.map((each) => [each.serialNumber, each]));
  const declared = named.map((each) => listedCertificate(each, before.get(each.serialNumber), now));
  const numbers = new Set(named.map(({ serialNumber }) => serialNumber));
  const dropped = [...before.values()].filter(({ serialNumber }) => !numbers.has(serialNumber));
  const kept = dropped.filter(
    (each) => each.reason !== "certificateHold" && !wasListedAfterItsEnd(each, last?.thisUpdate),
  );
  return {
    listed: [...declared, ...kept].sort((one, other) => (one.serialNumber < other.serialNumber ? -1 : 1)),
    changes:
      declared.some((each) => !isSame(each, before.get(each.serialNumber))) ||
      dropped.some(({ reason }) => reason === "certificateHold"),
  };
}

function listedCertificate(
  named: RevokedCertificate,
  before: ListedCertificate | undefined,
  now: string,
): ListedCertificate {
  const {
    serialNumber,
    reason = "unspecified",
    revokedAt = before?.revokedAt ?? now,
    invalidityDate,
    notAfter,
  } = named;
  if (reason === "certificateHold" && before !== undefined && before.reason !== reason) {
    throw new PkiError(
      "REVOCATION_PERMANENT",
      `the certificate ${serialNumber} is revoked (${before.reason}), and only a certificate that is on hold may become valid again`,
      "Keep its reason, and issue another certificate",
    );
  }
  const end = notAfter ?? before?.notAfter;
  return {
    ...{ serialNumber, reason, revokedAt },
    ...(invalidityDate === undefined ? {} : { invalidityDate }),
    ...(end === undefined ? {} : { notAfter: end }),
  };
}

function wasListedAfterItsEnd({ notAfter }: ListedCertificate, thisUpdate: string | undefined): boolean {
  return notAfter !== undefined && thisUpdate !== undefined && Date.parse(notAfter) < Date.parse(thisUpdate);
}

/** Whether two entries say the same on a list, which does not tell when a certificate ends. */
function isSame(one: ListedCertificate, other: ListedCertificate | undefined): boolean {
  return (
    one.reason === other?.reason &&
    isSameInstant(one.revokedAt, other.revokedAt) &&
    isSameInstant(one.invalidityDate, other.invalidityDate)
  );
}

function isSameInstant(one: string | undefined, other: string | undefined): boolean {
  return one === other || (one !== undefined && other !== undefined && seconds(one) === seconds(other));
}

/** A list states whole seconds. */
function seconds(instant: string): number {
  return Math.floor(Date.parse(instant) / 1000);
}
