import type { Input } from "../pulumi";
import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import { invalid, type Problem } from "../words/problem";
import type { RevocationReason } from "../x509/revocationReasons";
import { checkIssuerNames, type DeclaredCertificate, type ExternalIssuer } from "./certificateArgs";

/** A revoked certificate. Name it by `serialNumber` or by `certificatePem`. */
export interface RevokedCertificateArgs {
  /** Its serial number in hex, as `openssl x509 -serial` prints it. */
  serialNumber?: Input<string | undefined>;
  /**
   * The certificate as PEM. The issuer of the list must have issued it. The output of a certificate of the same program names the
   * certificate of the moment: if it is reissued, both are on the list.
   */
  certificatePem?: Input<string | undefined>;
  /**
   * Why it is revoked, by the names of RFC 5280, section 5.3.1. Default `unspecified`. A revocation is permanent, unless
   * its reason is `certificateHold`.
   */
  reason?: Input<RevocationReason | undefined>;
  /** RFC 3339: when it was revoked. Default: when it was first put on the list. */
  revokedAt?: Input<string | undefined>;
  /** RFC 3339: since when its key is known or suspected to be compromised (RFC 5280, section 5.3.2). */
  invalidityDate?: Input<string | undefined>;
  /** RFC 3339: when it ends, if you give its serial number. Once it has ended, the list can drop it. */
  notAfter?: Input<string | undefined>;
}

/**
 * The settings of a {@link CertificateRevocationList}. A change issues the next list. Another key of the issuer replaces
 * the resource.
 */
export interface CertificateRevocationListArgs {
  /** The CA that signs, which needs the key usage cRLSign. The list covers the certificates that it has issued. */
  issuer: DeclaredCertificate | ExternalIssuer;
  /**
   * The revoked certificates. Default none. A certificate that you take out stays on the list until a list was issued
   * after its end; only one on `certificateHold` leaves at once.
   */
  revoked?: Input<Input<RevokedCertificateArgs>[] | undefined>;
  /** How long a list is valid, from `thisUpdate` to `nextUpdate`: a duration such as `30d`. Default `30d`. */
  validity?: Input<string | undefined>;
  /**
   * How long before its end `up` issues the next list: a duration (`72h`) or a share of the validity. Default `1/3`. A change
   * issues nothing by itself.
   */
  renewBefore?: Input<string | undefined>;
  /**
   * The URL from which readers fetch the list: its issuing distribution point, a critical extension (RFC 5280, section
   * 5.2.5). The list then covers only certificates that name the same URL in `crlDistributionPoints`. Set it if the CA has another
   * list, such as step-ca's. Do not set it for the list of a root: OpenSSL wants a list that covers the root itself.
   * Default: the list tells none, and covers all certificates of its issuer.
   */
  url?: Input<string | undefined>;
  /** Whether the list covers only certificates of CAs, as that of a root does. Default false. */
  onlyContainsCACerts?: Input<boolean | undefined>;
  /**
   * Takes the list out of service for good, because the key of its CA is compromised. The last list stays in the program as
   * it is, and no other is ever issued. It cannot be taken back. Default false.
   */
  withdrawn?: Input<boolean | undefined>;
}

const ARGUMENTS = argumentNames<CertificateRevocationListArgs>({
  issuer: true,
  revoked: true,
  validity: true,
  renewBefore: true,
  url: true,
  onlyContainsCACerts: true,
  withdrawn: true,
});

/** Finds unknown arguments of a list, and a missing issuer. */
export function checkRevocationListArgs(args: CertificateRevocationListArgs): Problem[] {
  const { issuer } = args as Partial<CertificateRevocationListArgs>;
  return [
    ...checkArgumentNames(args, ARGUMENTS),
    ...checkIssuerNames(issuer, "issuer"),
    ...(typeof issuer === "object"
      ? []
      : [invalid("issuer", "no CA is given", "Give a Certificate of this program, or { key, certificatePem }")]),
  ];
}
