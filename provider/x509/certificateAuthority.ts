import { X509Certificate as NodeCertificate } from "node:crypto";
import { PkiError } from "../errors";
import type { Algorithm } from "../kms/algorithms";
import type { Signer } from "../kms/keyManager";
import { certificateContent } from "./certificateContent";
import type { CertificateSubject } from "./certificateExtensions";
import { requireLinted } from "./certificateLint";
import { checkCross } from "./cross";
import { checkIssuer, requireAlgorithmOf, requireKeyOf } from "./issuer";
import type { LintProfile } from "./lint/rule";
import { placeholderSigner } from "./placeholderSigner";
import { serialNumber } from "./serialNumber";
import { signedDer, withSignature } from "./signedDer";
import { subjectFields } from "./succession";
import { validityUnder } from "./validity";

/** The sources of time and randomness. */
export interface Surroundings {
  readonly now: () => Date;
  readonly random: (size: number) => Uint8Array;
}

/** A certificate to issue. */
export interface CertificateOrder extends CertificateSubject {
  /** The algorithm of the signature. */
  readonly algorithm: Algorithm;
  /** Returns the issuer's key, or the subject's own key for a self-signed certificate. Called once, after every check. */
  readonly signer: () => Promise<Signer>;
  /** The rules that the certificate is linted by, beyond those that hold for every certificate. */
  readonly lintProfile?: LintProfile;
  /** Is told what is unwise in the certificate, and does not stop it. */
  readonly warn?: (message: string) => void;
}

/** DER limits a date to whole seconds. */
function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/**
 * Issues one certificate (RFC 5280). Checks the issuer, and lints the certificate under a signature by a key that is thrown
 * away. Only then the key management service is asked for the signer and signs once. The signature is verified before the
 * certificate is returned.
 *
 * @throws PkiError the errors of {@link checkIssuer}, {@link checkCross}, {@link validityUnder} and the signer, `LINT_FAILED`,
 * `ISSUER_KEY_MISMATCH` and `SIGNATURE_INVALID`
 */
export async function issueCertificate(
  order: CertificateOrder,
  { now, random }: Surroundings,
): Promise<NodeCertificate> {
  const { template, publicKey, issuer, crossOf, algorithm } = order;
  const moment = wholeSeconds(now());
  if (crossOf !== undefined) {
    checkCross(crossOf, issuer, template);
  }
  if (issuer !== undefined) {
    checkIssuer(issuer, template, moment);
    requireAlgorithmOf(issuer, algorithm);
  }
  const { subject, extensions } = subjectFields(order);
  const subjectDer = new Uint8Array(subject.toArrayBuffer());
  const content = certificateContent({
    serialNumber: serialNumber(random),
    algorithm,
    subject: subjectDer,
    issuer: issuer === undefined ? subjectDer : new Uint8Array(issuer.subjectDer),
    ...validityUnder(issuer, template, moment),
    publicKey:
      crossOf === undefined ? publicKey.export({ type: "spki", format: "der" }) : new Uint8Array(crossOf.publicKeyDer),
    extensions,
  });
  requireLinted(withSignature(content, algorithm, await placeholderSigner(algorithm).sign(content)), order);

  const signer = await order.signer();
  if (issuer !== undefined) {
    requireKeyOf(issuer, signer.publicKey);
  } else if (!publicKey.equals(signer.publicKey)) {
    throw new PkiError(
      "ISSUER_KEY_MISMATCH",
      "a self-signed certificate must be signed by its own key",
      "Name an issuer, or sign with the subject's key",
    );
  }
  if (signer.algorithm !== algorithm) {
    throw new PkiError(
      "LINT_FAILED",
      `the key signs with ${signer.algorithm}, and the linted certificate says ${algorithm}. Nothing was signed`,
      "Check that the algorithm of the signing key is the one that its resource states",
    );
  }
  return new NodeCertificate(await signedDer(content, signer));
}
