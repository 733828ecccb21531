import type { Found, IssuerRule } from "./rule";
import type { LintedCertificate } from "./lintedCertificate";
import { when } from "./rule";
import { momentOf } from "./validityRules";
import { KEY_ALGORITHMS, keyAlgorithm } from "./keyRules";

/** The kind of key that made a signature, by the beginning of the algorithm's object identifier. */
const SIGNERS: readonly { readonly signature: RegExp; readonly keys: readonly string[] }[] = [
  { signature: /^1\.2\.840\.113549\.1\.1\./, keys: [KEY_ALGORITHMS.rsa, KEY_ALGORITHMS.rsaPss] },
  { signature: /^1\.2\.840\.10045\.4\./, keys: [KEY_ALGORITHMS.ec] },
  { signature: /^1\.3\.101\.112$/, keys: [KEY_ALGORITHMS.ed25519] },
  { signature: /^1\.3\.101\.113$/, keys: [KEY_ALGORITHMS.ed448] },
];

export const issuerRules: readonly IssuerRule[] = [
  {
    name: "issuer-name",
    source: "RFC 5280, sections 4.1.2.4 and 6.1.3",
    level: "error",
    check: ({ tbs }, issuer) =>
      when(!tbs.issuer.der.equals(issuer.tbs.subject.der), "the issuer is not the issuer's subject"),
  },
  {
    name: "issuer-key-identifier",
    source: "RFC 5280, section 4.2.1.1",
    level: "error",
    check: (certificate: LintedCertificate, issuer: LintedCertificate): Found => {
      const wanted = issuer.value("subjectKeyIdentifier");
      const given = certificate.value("authorityKeyIdentifier")?.keyIdentifier;
      return when(
        wanted !== undefined && given !== undefined && !given.equals(wanted),
        "authorityKeyIdentifier is not the issuer's subjectKeyIdentifier",
      );
    },
  },
  {
    name: "issuer-is-ca",
    source: "RFC 5280, sections 4.2.1.3 and 4.2.1.9",
    level: "error",
    check: (_, issuer) =>
      when(
        !issuer.isCa || (issuer.value("keyUsage") !== undefined && !issuer.mayBeUsedFor("keyCertSign")),
        "the issuer may not sign certificates",
      ),
  },
  {
    name: "issuer-path-length",
    source: "RFC 5280, section 4.2.1.9",
    level: "error",
    check: (certificate, issuer) =>
      when(
        certificate.isCa &&
          !certificate.isSelfIssued &&
          (issuer.value("basicConstraints")?.pathLenConstraint ?? 1n) < 1n,
        "the issuer has path length 0, and this is a CA",
      ),
  },
  {
    name: "issuer-key-fits-signature",
    source: "RFC 5280, section 4.1.1.2",
    level: "error",
    check: ({ tbs }: LintedCertificate, issuer: LintedCertificate): Found => {
      const algorithm = tbs.signature.value.algorithm;
      const signer = SIGNERS.find(({ signature }) => signature.test(algorithm));
      return when(
        signer?.keys.includes(keyAlgorithm(issuer)) === false,
        `the signature algorithm ${algorithm} is not one of the issuer's key`,
      );
    },
  },
  {
    name: "issuer-validity",
    source: "RFC 5280, section 6.1.3",
    level: "warning",
    check: ({ tbs: { validity } }: LintedCertificate, issuer: LintedCertificate): Found => {
      const [end, last] = [momentOf(validity.notAfter), momentOf(issuer.tbs.validity.notAfter)];
      return when(end !== undefined && last !== undefined && end > last, "it ends after its issuer");
    },
  },
  {
    name: "issuer-tls-features",
    source: "RFC 7633, section 4.2.2",
    level: "error",
    check: (certificate, issuer) =>
      (issuer.value("tlsFeature") ?? [])
        .filter((feature) => certificate.value("tlsFeature")?.includes(feature) !== true)
        .map((feature) => `the issuer's TLS feature ${String(feature)} is missing`),
  },
];
