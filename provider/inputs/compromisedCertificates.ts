import { problemsOf } from "../words/problem";
import type { RevocationReason } from "../x509/revocationReasons";
import { type NamedCertificate, withoutCertificate } from "./revokedCertificate";

/** The reasons that say that the key of a certificate is compromised. */
const COMPROMISES: readonly unknown[] = ["keyCompromise", "cACompromise"] satisfies RevocationReason[];

/**
 * The certificates to revoke, with those of compromised keys. A certificate that the program revokes, too, is one entry: that
 * of the program, with `keyCompromise` in place of a reason that does not say that the key is compromised.
 *
 * @param named as the program names them, unchecked
 * @param compromisedPems PEM
 */
export function withCompromised(
  named: readonly NamedCertificate[],
  compromisedPems: readonly string[],
): NamedCertificate[] {
  const compromised = compromisedPems.map((certificatePem) => ({
    certificatePem,
    ...withoutCertificate({ certificatePem }),
  }));
  const numbers = named.map(numberOf);
  return [
    ...named.map((entry, at): NamedCertificate => {
      const { notAfter } = compromised.find(({ serialNumber }) => serialNumber === numbers[at]) ?? {};
      return notAfter === undefined ? entry : { ...entry, notAfter, reason: reasonOf(entry) };
    }),
    ...compromised
      .filter(({ serialNumber }) => !numbers.includes(serialNumber))
      .map(({ certificatePem }) => ({ certificatePem, reason: "keyCompromise" as const })),
  ];
}

function reasonOf({ reason }: NamedCertificate): RevocationReason {
  return reason !== undefined && COMPROMISES.includes(reason) ? reason : "keyCompromise";
}

/** The serial number of an entry. One that cannot be read is no certificate's, and the check of the list reports it. */
function numberOf({ serialNumber, certificatePem }: NamedCertificate): string | undefined {
  const name = typeof certificatePem === "string" ? { certificatePem } : { serialNumber: String(serialNumber) };
  let number: string | undefined;
  problemsOf(() => {
    number = withoutCertificate(name).serialNumber;
  }, "");
  return number;
}
