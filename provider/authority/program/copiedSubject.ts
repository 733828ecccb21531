import { createRequire } from "node:module";
import { output, type Output } from "../../pulumi";
import type { Certificate } from "../../resources/certificate";
import type { CertificateArgs } from "../../resources/certificateArgs";
import type { DistinguishedName } from "../../x509/distinguishedName";
import type * as succession from "../../x509/succession";

// Loaded only when a key has two certificates, because loading takes a while.
const load = createRequire(__filename);

/**
 * The certificate from which another of the same key takes its name and its key identifier, if they are not those that it would have
 * by itself: then both verify what the key has issued.
 */
export function copiedSubject(other: Certificate, subject: CertificateArgs["subject"]): Output<string | undefined> {
  return output({ certificatePem: other.certificatePem, subject }).apply((known) => {
    const { hasOwnSubject } = load("../../x509/succession") as typeof succession;
    const isPlain =
      known.certificatePem === "" || hasOwnSubject(known.certificatePem, known.subject as DistinguishedName);
    return isPlain ? undefined : known.certificatePem;
  });
}
