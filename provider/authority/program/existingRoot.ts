import { createRequire } from "node:module";
import { all, isDryRun, output } from "../../pulumi";
import { PkiError } from "../../errors";
import { cleanText } from "../../inputs/pem";
import { invalid, type Problem, problemsOf } from "../../words/problem";
import type { ExternalIssuer } from "../../resources/certificateArgs";
import type { SigningKey } from "../../resources/signingKey";
import { readCertificate, readPublicKey } from "../../x509/certificate";
import type * as paths from "../../x509/certificationPath";
import { certificatesPem } from "../../x509/pem";
import { pathPartsOf } from "../existingRootFacts";
import type { AuthorityCertificateArgs } from "./authorityArgs";

/** Whether the root is an existing one, rather than one to make. */
export function isExistingRoot(root: AuthorityCertificateArgs | ExternalIssuer | undefined): root is ExternalIssuer {
  return root !== undefined && "certificatePem" in root;
}

const NAME = "root.certificatePem";

/**
 * An existing root, with only the certificates of its PEM text. An unreadable text stays as it is, and the check
 * reports the problem.
 */
export function cleanRoot({ certificatePem, ...root }: ExternalIssuer): ExternalIssuer {
  const read = (text: unknown): string => cleanText(text, NAME, certificatesPem);
  if (typeof certificatePem !== "string") {
    return { ...root, certificatePem: output(certificatePem).apply(read) };
  }
  const isWrong = problemsOf(() => read(certificatePem), NAME).length > 0;
  return { ...root, certificatePem: isWrong ? certificatePem : read(certificatePem) };
}

// Loaded only for an existing root, because loading takes a while.
const load = createRequire(__filename);

/**
 * Finds why an existing root is unusable, before any key is made. Its key is checked later.
 *
 * @param now the time of the check, because the same run may have made the root. Undefined if the root may have ended, like one
 *   that a rotation has left behind
 */
export function checkExistingRoot({ certificatePem, key }: ExternalIssuer, now: Date | undefined): Problem[] {
  // A program without types may give anything.
  if ((key as Partial<SigningKey> | null | undefined)?.publicKeyPem === undefined) {
    return [invalid("root.key", "it is not a key", "Give the key of the root, such as an ExistingKey")];
  }
  if (typeof certificatePem !== "string") {
    return [];
  }
  return problemsOf(() => {
    const { requireIssuingPath } = load("../../x509/certificationPath") as typeof paths;
    requireIssuingPath(certificatePem, NAME, now);
  }, NAME);
}

/** Whether an existing CA has others above it, or is known only later. */
export function mayBeSubordinate({ certificatePem }: ExternalIssuer): boolean {
  return typeof certificatePem !== "string" || pathPartsOf(certificatePem).shown !== undefined;
}

/**
 * Settles when a root's key is known to belong to its certificate, before keys are made under it. A preview reads no
 * key and does not know.
 *
 * @returns undefined for a root to make
 * @throws PkiError `ISSUER_KEY_MISMATCH`
 */
export function requireOwnKey(root: AuthorityCertificateArgs | ExternalIssuer): Promise<void> | undefined {
  if (!isExistingRoot(root) || isDryRun()) {
    return undefined;
  }
  // It never settles if they do not belong together: an error in `apply` ends the program.
  return new Promise((resolve) => {
    all([output(root.certificatePem), output(root.key.publicKeyPem)]).apply(([certificatePem, publicKeyPem]) => {
      if (!readCertificate(certificatePem).publicKey.equals(readPublicKey(publicKeyPem))) {
        throw new PkiError(
          "ISSUER_KEY_MISMATCH",
          "the root's certificate belongs to a different key than the signing key, and nothing was made under it",
          "Give the certificate and the key of one CA. In a chain, put its certificate first",
        );
      }
      resolve();
    });
  });
}
