import { createRequire } from "node:module";
import { all, output, runtime } from "@pulumi/pulumi";
import { PkiError } from "../../errors";
import { cleanText } from "../../inputs/pem";
import { type Problem, problemsOf } from "../../words/problem";
import type { ExternalIssuer } from "../../resources/certificateArgs";
import { readCertificate, readPublicKey } from "../../x509/certificate";
import type * as paths from "../../x509/certificationPath";
import { certificatesPem } from "../../x509/pem";
import { partsOf } from "../existingRootFacts";
import type { AuthorityCertificateArgs } from "./authorityArgs";

/** Whether a root exists, or is to be made. */
export function isExistingRoot(root: AuthorityCertificateArgs | ExternalIssuer | undefined): root is ExternalIssuer {
  return root !== undefined && "certificatePem" in root;
}

const NAME = "root.certificatePem";

/**
 * A root that exists, of whose certificates nothing else is kept. What cannot be read is left: the check says what is wrong.
 */
export function cleanRoot({ certificatePem, ...root }: ExternalIssuer): ExternalIssuer {
  const read = (text: unknown): string => cleanText(text, NAME, certificatesPem);
  if (typeof certificatePem !== "string") {
    return { ...root, certificatePem: output(certificatePem).apply(read) };
  }
  const isWrong = problemsOf(() => read(certificatePem), NAME).length > 0;
  return { ...root, certificatePem: isWrong ? certificatePem : read(certificatePem) };
}

// Loaded by who has such a root alone: it takes a while.
const load = createRequire(__filename);

/**
 * Finds what makes a root that exists unusable, before any key is made. That its key is the right one is seen later.
 *
 * @param now undefined when the root may have ended, as one that a rotation has left behind
 */
export function checkExistingRoot({ certificatePem }: ExternalIssuer, now: Date | undefined): Problem[] {
  if (typeof certificatePem !== "string") {
    return [];
  }
  return problemsOf(() => {
    const { requireIssuingPath } = load("../../x509/certificationPath") as typeof paths;
    requireIssuingPath(certificatePem, NAME, now);
  }, NAME);
}

/** Whether a CA that exists has others above it, or is known only later. */
export function mayBeSubordinate({ certificatePem }: ExternalIssuer): boolean {
  return typeof certificatePem !== "string" || partsOf(certificatePem).shown !== undefined;
}

/**
 * Settles when it is known that a root's key is that of its certificate, before keys are made under it. A preview, which reads
 * no key, does not know.
 *
 * @returns undefined for a root that is to be made
 * @throws PkiError `ISSUER_KEY_MISMATCH`
 */
export function requireOwnKey(root: AuthorityCertificateArgs | ExternalIssuer): Promise<void> | undefined {
  if (!isExistingRoot(root) || runtime.isDryRun()) {
    return undefined;
  }
  // It never settles when they do not belong together: what is thrown in `apply` ends the program.
  return new Promise((resolve) => {
    all([output(root.certificatePem), output(root.key.publicKeyPem)]).apply(([certificatePem, publicKeyPem]) => {
      if (!readCertificate(certificatePem).publicKey.equals(readPublicKey(publicKeyPem))) {
        throw new PkiError(
          "ISSUER_KEY_MISMATCH",
          "the root's certificate belongs to another key than the one that shall sign, and nothing was made under it",
          "Give the certificate and the key of one CA; in a chain, its certificate comes first",
        );
      }
      resolve();
    });
  });
}
