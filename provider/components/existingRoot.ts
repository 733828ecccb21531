import { createRequire } from "node:module";
import { all, output, runtime } from "@pulumi/pulumi";
import { PkiError } from "../errors";
import { formatInstant } from "../words/instant";
import { cleanText } from "../inputs/pem";
import { type Problem, problemsOf } from "../words/problem";
import type { ExternalIssuer } from "../resources/certificateArgs";
import { readCertificate, readPublicKey } from "../x509/certificate";
import type * as paths from "../x509/certificationPath";
import { certificatesPem } from "../x509/pem";
import type { ExistingRootArgs } from "../rotation/rotation";
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
 * What a root says of itself, as a rotation wants to know it: of a CA with others above it, what all of them allow.
 *
 * @throws PkiError `INPUT_INVALID` when the text is no certificate
 */
export function describeRoot(certificatePem: string): ExistingRootArgs & { pathLength: number | "unlimited" } {
  const { pathLimits } = load("../x509/certificationPath") as typeof paths;
  const { pathLength, notBefore, notAfter } = pathLimits(certificatePem, NAME);
  return {
    pathLength: pathLength ?? "unlimited",
    notBefore: formatInstant(notBefore.getTime()),
    notAfter: formatInstant(notAfter.getTime()),
  };
}

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
    const { requireIssuingPath } = load("../x509/certificationPath") as typeof paths;
    requireIssuingPath(certificatePem, NAME, now);
  }, NAME);
}

/**
 * The root above a CA that exists, which clients trust, and what step-ca shows beside its own certificate: the CA and those
 * above it, without the root. A root by itself has nothing beside it.
 */
export function partsOf(certificatePem: string): { root: string; shown: string | undefined } {
  const { certificationPathOf } = load("../x509/certificationPath") as typeof paths;
  const path = certificationPathOf(certificatePem, NAME);
  const root = path.pop()?.toString() ?? certificatePem;
  return { root, shown: path.length === 0 ? undefined : path.join("") };
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
