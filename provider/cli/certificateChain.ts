import type { KeyObject, X509Certificate } from "node:crypto";

/** Whether a certificate's signature was made by a key. */
export function isSignedBy(certificate: X509Certificate, publicKey: KeyObject): boolean {
  try {
    return certificate.verify(publicKey);
  } catch {
    return false; // a key that does not fit the signature's algorithm
  }
}

/** Whether a certificate names another as its issuer (RFC 5280, section 6.1) and its signature verifies. */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && isSignedBy(certificate, issuer.publicKey);
}

/** What is wrong with a root, apart from its dates; undefined when nothing is. */
export function rootProblem(root: X509Certificate): string | undefined {
  if (!root.ca) {
    return "it is not the certificate of a CA";
  }
  return isIssuedBy(root, root) ? undefined : "it is not signed by its own key";
}

/** What is wrong with an intermediate under its root, apart from its dates today; undefined when nothing is. */
export function intermediateProblem(intermediate: X509Certificate, root: X509Certificate): string | undefined {
  if (!intermediate.ca) {
    return "it is not the certificate of a CA";
  }
  if (!isIssuedBy(intermediate, root)) {
    return "it is not signed by the root";
  }
  if (notBefore(intermediate) < notBefore(root)) {
    return `it begins before the root, which begins on ${notBefore(root).toISOString()}`;
  }
  if (notAfter(intermediate) > notAfter(root)) {
    return `it ends after the root, which ends on ${notAfter(root).toISOString()}`;
  }
  return undefined;
}

/** When a certificate's validity begins. */
export function notBefore(certificate: X509Certificate): Date {
  return new Date(certificate.validFrom);
}

/** When a certificate's validity ends. */
export function notAfter(certificate: X509Certificate): Date {
  return new Date(certificate.validTo);
}
