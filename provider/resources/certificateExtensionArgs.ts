import type { Input } from "../pulumi";
import { argumentNames } from "../words/argumentNames";
import type { CertificatePolicy, PolicyConstraints } from "../x509/certificatePolicy";
import type { CustomExtension, OtherName, TlsFeature } from "../x509/customExtension";
import type { NameConstraints } from "../x509/nameConstraints";
import type { InputParts } from "./inputParts";

/** The settings of a certificate that add an extension. None is there by default. A change reissues the certificate. */
export interface CertificateExtensionArgs {
  /**
   * Where readers fetch the revocation list that covers this certificate: absolute URLs (RFC 5280, section 4.2.1.13). The
   * issuer signs that list.
   */
  crlDistributionPoints?: Input<Input<string>[] | undefined>;
  /** Where readers ask whether this certificate is revoked: URLs of OCSP responders (RFC 5280, section 4.2.2.1). */
  ocspServers?: Input<Input<string>[] | undefined>;
  /** Where readers fetch the issuer's certificate, as DER: absolute URLs (RFC 5280, section 4.2.2.1). */
  issuingCertificateUrls?: Input<Input<string>[] | undefined>;
  /** Subject alternative names of other kinds, by object identifier. */
  otherNames?: InputParts<readonly OtherName[] | undefined>;
  /**
   * The names that certificates below this CA may have (RFC 5280, section 4.2.1.10). Critical. Certificates of this
   * program that would break them are refused (`NAME_NOT_PERMITTED`). Readers in Go, step-ca among them, and in Python refuse
   * any certificate below a CA with `directoryNames`.
   */
  nameConstraints?: InputParts<NameConstraints | undefined>;
  /** The policies of this certificate, or those under which this CA issues (RFC 5280, section 4.2.1.4). */
  policies?: InputParts<readonly CertificatePolicy[] | undefined>;
  /** How the policies below this CA are judged (RFC 5280, section 4.2.1.11). Critical. */
  policyConstraints?: InputParts<PolicyConstraints | undefined>;
  /**
   * How many CAs may follow until the policy `2.5.29.32.0` no longer stands for any policy (RFC 5280, section 4.2.1.14).
   * Critical. Only for a CA.
   */
  inhibitAnyPolicy?: Input<number | undefined>;
  /** What the TLS server must offer, such as `status_request` to staple an OCSP response (RFC 7633). */
  tlsFeatures?: InputParts<readonly TlsFeature[] | undefined>;
  /** Any other extensions, by object identifier. Each must be in `allowedExtensions`. */
  extensions?: InputParts<readonly CustomExtension[] | undefined>;
  /** The object identifiers that `extensions` may have, so that a program can allow what its callers may add. */
  allowedExtensions?: Input<Input<string>[] | undefined>;
}

/** The names of these arguments. */
export const EXTENSION_ARGUMENT_NAMES = argumentNames<CertificateExtensionArgs>({
  crlDistributionPoints: true,
  ocspServers: true,
  issuingCertificateUrls: true,
  otherNames: true,
  nameConstraints: true,
  policies: true,
  policyConstraints: true,
  inhibitAnyPolicy: true,
  tlsFeatures: true,
  extensions: true,
  allowedExtensions: true,
});
