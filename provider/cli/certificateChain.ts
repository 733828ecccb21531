import type { X509Certificate } from "node:crypto";
import { certificationPath, isSelfSigned, pathFault, rootFault } from "../x509/certificationPath";

/** The problem with a root, apart from its dates; undefined if there is none. */
export function rootProblem(root: X509Certificate): string | undefined {
  return rootFault(root)?.reason;
}

/**
 * The problem with an intermediate, apart from today's date; undefined if there is none. It may begin before its root,
 * because a renewed root is younger than the certificates that it issued before. It may end after its root, as `step ca init` makes
 * it by a second: every reader accepts it until the root ends.
 *
 * @param roots the roots; it must lead to one of them
 * @param between the certificates that may be between them
 */
export function intermediateProblem(
  intermediate: X509Certificate,
  roots: readonly X509Certificate[],
  between: readonly X509Certificate[] = [],
): string | undefined {
  const path = certificationPath(intermediate, [...roots, ...between]);
  const top = path.at(-1) ?? intermediate;
  if (!intermediate.ca) {
    return "it is not a CA certificate";
  }
  if (path.length === 1 && !isSelfSigned(intermediate)) {
    return roots.length === 1 && between.length === 0
      ? "it is not signed by the root"
      : "it is not signed by any of the roots";
  }
  if (!roots.some(({ raw }) => raw.equals(top.raw))) {
    return "it does not lead to a root of the stack";
  }
  return pathFault(path, 0)?.reason;
}

/** The problem with a cross certificate, apart from today's date; undefined if there is none. */
export function crossProblem(
  cross: X509Certificate,
  { of, by }: { readonly of: X509Certificate | undefined; readonly by: X509Certificate | undefined },
): string | undefined {
  if (of === undefined || by === undefined) {
    return "one of its roots is missing";
  }
  if (cross.subject !== of.subject || !cross.publicKey.equals(of.publicKey)) {
    return "it does not have the name and key of the root that it stands in for";
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
