import { X509Certificate as NodeCertificate } from "node:crypto";
import { Name, type X509CertificateCreateParams, X509CertificateGenerator } from "./peculiarX509";
import { PkiError } from "../errors";
import type { Algorithm } from "../kms/algorithms";
import type { Signer } from "../kms/keyManager";
import type { CertificateSubject } from "./certificateExtensions";
import { requireLinted } from "./certificateLint";
import { childrenOf } from "./der";
import { checkCross } from "./cross";
import { checkIssuer, requireAlgorithmOf, requireKeyOf } from "./issuer";
import type { LintProfile } from "./lint/rule";
import { placeholderSigner } from "./placeholderSigner";
import { serialNumber } from "./serialNumber";
import { subjectFields } from "./succession";
import { invalidSignature, signingCrypto } from "./signingCrypto";
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
  const { template, publicKey, issuer, crossOf } = order;
  const moment = wholeSeconds(now());
  if (crossOf !== undefined) {
    checkCross(crossOf, issuer, template);
  }
  if (issuer !== undefined) {
    checkIssuer(issuer, template, moment);
    requireAlgorithmOf(issuer, order.algorithm);
  }
  const { subject, extensions } = subjectFields(order);
  const content: CertificateFields = {
    serialNumber: serialNumber(random),
    subject,
    issuer: issuer === undefined ? subject : new Name(issuer.subjectDer),
    ...validityUnder(issuer, template, moment),
    publicKey: crossOf?.publicKeyDer ?? publicKey.export({ type: "spki", format: "der" }),
    extensions,
  };
  const linted = await signedBy(placeholderSigner(order.algorithm), content);
  requireLinted(linted, order);

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
  const signed = await signedBy(signer, content);
  if (!withoutSignature(signed).equals(withoutSignature(linted))) {
    throw new PkiError(
      "LINT_FAILED",
      "the signed certificate is not the linted one and was not accepted",
      "Check that the algorithm of the signing key is the one that its resource states",
    );
  }
  const certificate = new NodeCertificate(signed);
  if (!certificate.verify(signer.publicKey)) {
    throw invalidSignature();
  }
  return certificate;
}

/** What a certificate says, apart from its signature. */
type CertificateFields = Omit<X509CertificateCreateParams, "signingKey" | "signature" | "signatureAlgorithm">;

/** A certificate as DER, signed once. */
async function signedBy(signer: Signer, content: CertificateFields): Promise<Buffer> {
  const { crypto, signingKey } = signingCrypto(signer);
  const { rawData } = await X509CertificateGenerator.create({ ...content, signingKey }, crypto);
  return Buffer.from(rawData);
}

/** What is signed and the signature's algorithm, as DER. */
function withoutSignature(certificate: Buffer): Buffer {
  return Buffer.concat(
    childrenOf(certificate)
      .slice(0, 2)
      .map(({ whole }) => whole),
  );
}
