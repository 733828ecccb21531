import { PkiError } from "../errors";
import { allowsPath, type Issuer } from "./issuer";
import type { CertificateTemplate } from "./template";

/**
 * Checks that one root may cross another: that they are two different roots, and that the path has room for the CAs
 * that follow.
 *
 * @throws PkiError `INPUT_INVALID`, `PATH_LENGTH_VIOLATED`
 */
export function checkCross(root: Issuer, issuer: Issuer | undefined, template: CertificateTemplate): void {
  if (issuer === undefined || issuer.publicKey.equals(root.publicKey)) {
    throw new PkiError("INPUT_INVALID", "a root cannot cross itself", "Name another root as the issuer");
  }
  if (!allowsPath(issuer, template)) {
    throw new PkiError(
      "PATH_LENGTH_VIOLATED",
      `the issuer has path length ${String(issuer.pathLength)}, but an intermediate must follow below the cross certificate`,
      "Only a root without a path length, or with 2 or more, can cross another; let the other root cross this one instead",
    );
  }
}

/** Whether a certificate states the subject and key identifier of a root. Its key is compared elsewhere. */
export function statesSubjectOf(certificate: Issuer, root: Issuer): boolean {
  return (
    Buffer.from(certificate.subjectDer).equals(Buffer.from(root.subjectDer)) &&
    certificate.subjectKeyIdentifier === root.subjectKeyIdentifier
  );
}
