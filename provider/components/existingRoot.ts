import { createRequire } from "node:module";
import { all, output, runtime } from "@pulumi/pulumi";
import { PkiError } from "../errors";
import { formatInstant } from "../inputs/instant";
import { type Problem, problemsOf } from "../inputs/problem";
import type { ExternalIssuer } from "../resources/certificateArgs";
import { readCertificate, readPublicKey } from "../x509/certificate";
import type { ExistingRootArgs } from "../rotation/rotation";
import type * as issuers from "../x509/issuer";
import type { AuthorityCertificateArgs } from "./authorityArgs";

/** Whether a root exists, or is to be made. */
export function isExistingRoot(root: AuthorityCertificateArgs | ExternalIssuer | undefined): root is ExternalIssuer {
  return root !== undefined && "certificatePem" in root;
}

/**
 * What a root says of itself, as a rotation wants to know it.
 *
 * @throws PkiError `INPUT_INVALID` when the text is no certificate
 */
export function describeRoot(certificatePem: string): ExistingRootArgs & { pathLength: number | "unlimited" } {
  // Loaded by who has such a root alone: it takes a while.
  const { readIssuer } = createRequire(__filename)("../x509/issuer") as typeof issuers;
  const { pathLength, notBefore, notAfter } = readIssuer(certificatePem);
  return {
    pathLength: pathLength ?? "unlimited",
    notBefore: formatInstant(notBefore.getTime()),
    notAfter: formatInstant(notAfter.getTime()),
  };
}

/** Checks what is known of a root that exists before anything is made; the rest is checked before it signs. */
export function checkExistingRoot({ certificatePem }: ExternalIssuer): Problem[] {
  if (typeof certificatePem !== "string") {
    return [];
  }
  return problemsOf(() => {
    if (!readCertificate(certificatePem).ca) {
      throw new PkiError("ISSUER_NOT_CA", "the certificate is not that of a CA", "Give the certificate of a root");
    }
  }, "root.certificatePem");
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
          "Give the certificate and the key of one CA",
        );
      }
      resolve();
    });
  });
}
