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

/**
 * What is wrong with an intermediate, apart from its dates today; undefined when nothing is. It may begin before its root:
 * one that was renewed is younger than what it issued before.
 *
 * @param roots of which one must have signed it
 */
export function intermediateProblem(
  intermediate: X509Certificate,
  roots: readonly X509Certificate[],
): string | undefined {
  if (!intermediate.ca) {
    return "it is not the certificate of a CA";
  }
  const root = roots.find((each) => isIssuedBy(intermediate, each));
  if (root === undefined) {
    return roots.length === 1 ? "it is not signed by the root" : "it is signed by none of the roots";
  }
  if (notAfter(intermediate) > notAfter(root)) {
    return `it ends after the root, which ends on ${notAfter(root).toISOString()}`;
  }
  return undefined;
}

/** What is wrong with a cross certificate, apart from its dates today; undefined when nothing is. */
export function crossProblem(
  cross: X509Certificate,
  { of, by }: { readonly of: X509Certificate | undefined; readonly by: X509Certificate | undefined },
): string | undefined {
  if (of === undefined || by === undefined) {
    return "its roots are not both there";
  }
  if (cross.subject !== of.subject || !cross.publicKey.equals(of.publicKey)) {
    return "it has not the name and key of the root that it stands for";
  }
  return intermediateProblem(cross, [by]);
}

/** When a certificate's validity begins. */
export function notBefore(certificate: X509Certificate): Date {
  return new Date(certificate.validFrom);
}

/** When a certificate's validity ends. */
export function notAfter(certificate: X509Certificate): Date {
  return new Date(certificate.validTo);
}
