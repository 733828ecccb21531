import type { X509Certificate } from "node:crypto";
import { certificationPath, isSelfSigned, pathFault, rootFault } from "../x509/certificationPath";

/** What is wrong with a root, apart from its dates; undefined when nothing is. */
export function rootProblem(root: X509Certificate): string | undefined {
  return rootFault(root)?.reason;
}

/**
 * What is wrong with an intermediate, apart from its dates today; undefined when nothing is. It may begin before its root:
 * one that was renewed is younger than what it issued before.
 *
 * @param roots to one of which it must lead
 * @param between the certificates that may stand between them
 */
export function intermediateProblem(
  intermediate: X509Certificate,
  roots: readonly X509Certificate[],
  between: readonly X509Certificate[] = [],
): string | undefined {
  const path = certificationPath(intermediate, [...roots, ...between]);
  const top = path.at(-1) ?? intermediate;
  if (!intermediate.ca) {
    return "it is not the certificate of a CA";
  }
  if (path.length === 1 && !isSelfSigned(intermediate)) {
    return roots.length === 1 && between.length === 0
      ? "it is not signed by the root"
      : "it is signed by none of the roots";
  }
  if (!roots.some(({ raw }) => raw.equals(top.raw))) {
    return "it does not lead to a root of the stack";
  }
  const issuer = path[1] ?? top;
  return notAfter(intermediate) > notAfter(issuer)
    ? `it ends after ${issuer === top ? "the root" : "its issuer"}, which ends on ${notAfter(issuer).toISOString()}`
    : pathFault(path, 0)?.reason;
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
