import { checkInstant, parseInstant } from "../words/instant";
import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import { invalid, type Problem, problemsOf } from "../words/problem";
import { hasUnknown, UNKNOWN } from "../words/unknown";
import { readCertificate, validityOf } from "../x509/certificate";
import { certificatePem as readCertificatePem } from "../x509/pem";
import { REVOCATION_REASONS, type RevocationReason } from "../x509/revocationReasons";
import { canonicalSerialNumber } from "../x509/serialNumber";

/** A revoked certificate, as a list's declaration names it. */
export interface RevokedCertificate {
  /** Hex, in lowercase and without leading zeros. */
  readonly serialNumber: string;
  /** Default `unspecified`. */
  readonly reason?: RevocationReason;
  /** RFC 3339, like the others. Default: when it first was on the list. */
  readonly revokedAt?: string;
  readonly invalidityDate?: string;
  /** When the certificate ends, if that is known. */
  readonly notAfter?: string;
}

/** A revoked certificate as a program names it. */
export type NamedCertificate = Partial<RevokedCertificate> & { readonly certificatePem?: string };

const FIELDS = argumentNames<Required<NamedCertificate>>({
  certificatePem: true,
  serialNumber: true,
  reason: true,
  revokedAt: true,
  invalidityDate: true,
  notAfter: true,
});

/** In octets (RFC 5280, section 4.1.2.2). */
const LONGEST_SERIAL_NUMBER = 20;

/**
 * A certificate to revoke by its serial number and end, without the certificate itself, which nobody needs to keep. An
 * unknown certificate stays.
 */
export function withoutCertificate({ certificatePem, ...named }: NamedCertificate): NamedCertificate {
  if (certificatePem === undefined || certificatePem === UNKNOWN) {
    const { serialNumber, ...others } = named;
    return {
      ...others,
      ...(serialNumber === undefined
        ? {}
        : { serialNumber: serialNumber === UNKNOWN ? serialNumber : canonicalSerialNumber(serialNumber) }),
      ...(certificatePem === undefined ? {} : { certificatePem }),
    };
  }
  return {
    ...named,
    serialNumber: canonicalSerialNumber(readCertificate(certificatePem).serialNumber),
    notAfter: validityOf(certificatePem).notAfter.toISOString(),
  };
}

/** Checks a list of certificates to revoke. Unknown values are skipped. */
export function checkRevokedCertificates(value: unknown, property: string, now: Date): Problem[] {
  if (value === undefined || value === UNKNOWN) {
    return [];
  }
  if (!Array.isArray(value)) {
    return [invalid(property, "it is not a list", 'Write it as [{ serialNumber: "5a01...", reason: "superseded" }]')];
  }
  const problems = value.flatMap((entry: unknown, at) => checkEntry(entry, `${property}[${String(at)}]`, now));
  return problems.length > 0 ? problems : checkOnce(value as NamedCertificate[], property);
}

function checkEntry(entry: unknown, path: string, now: Date): Problem[] {
  if (entry === UNKNOWN) {
    return [];
  }
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
    return [invalid(path, "it is not an object", 'Write it as { serialNumber: "5a01...", reason: "superseded" }')];
  }
  const { certificatePem, serialNumber, reason, revokedAt, invalidityDate, notAfter } = entry as Partial<
    Record<keyof NamedCertificate, unknown>
  >;
  return [
    ...checkArgumentNames(entry, FIELDS, path),
    ...checkName(certificatePem, serialNumber, path),
    ...checkReason(reason, `${path}.reason`),
    ...checkPast(revokedAt, `${path}.revokedAt`, now),
    ...checkPast(invalidityDate, `${path}.invalidityDate`, now),
    ...checkInstant(notAfter, `${path}.notAfter`),
  ];
}

/** Checks that the certificate is named once: by itself or by its number. */
function checkName(certificatePem: unknown, serialNumber: unknown, path: string): Problem[] {
  if ((certificatePem === undefined) === (serialNumber === undefined)) {
    return [
      invalid(
        path,
        `${serialNumber === undefined ? "none" : "both"} of serialNumber and certificatePem ${serialNumber === undefined ? "is" : "are"} given`,
        "Give exactly one",
      ),
    ];
  }
  if (certificatePem === UNKNOWN || serialNumber === UNKNOWN) {
    return [];
  }
  if (serialNumber === undefined) {
    // Without the property, whose value the engine would print.
    return problemsOf(() => readCertificatePem(certificatePem as string, `${path}.certificatePem`), "");
  }
  const hex = typeof serialNumber === "string" ? canonicalSerialNumber(serialNumber) : "";
  return /^[0-9a-f]+$/.test(hex) && hex !== "0" && hex.length <= 2 * LONGEST_SERIAL_NUMBER
    ? []
    : [
        invalid(
          `${path}.serialNumber`,
          `${JSON.stringify(serialNumber)} is not a serial number`,
          "Give it in hex, as openssl x509 -serial prints it: at most 20 octets",
        ),
      ];
}

function checkReason(reason: unknown, property: string): Problem[] {
  return reason === undefined || reason === UNKNOWN || (REVOCATION_REASONS as readonly unknown[]).includes(reason)
    ? []
    : [
        invalid(
          property,
          `${JSON.stringify(reason)} is not a reason of RFC 5280, section 5.3.1, for a complete list`,
          `Choose among ${REVOCATION_REASONS.join(", ")}`,
        ),
      ];
}

function checkPast(value: unknown, property: string, now: Date): Problem[] {
  const problems = checkInstant(value, property);
  const instant = typeof value === "string" && problems.length === 0 ? parseInstant(value) : undefined;
  return instant === undefined || instant <= now
    ? problems
    : [
        {
          ...{ code: "VALIDITY_INVALID", property, reason: `${JSON.stringify(value)} is in the future` },
          remedy: "Give the instant at which it happened, or omit it",
        },
      ];
}

function checkOnce(named: readonly NamedCertificate[], property: string): Problem[] {
  const numbers = named.map((entry) => (hasUnknown(entry) ? undefined : withoutCertificate(entry).serialNumber));
  return numbers.flatMap((number, at) =>
    number === undefined || numbers.indexOf(number) === at
      ? []
      : [
          invalid(
            `${property}[${String(at)}]`,
            `the certificate ${number} is on the list twice`,
            "Keep one of the two, with the reason that counts",
          ),
        ],
  );
}
