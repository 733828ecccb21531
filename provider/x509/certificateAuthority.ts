import { X509Certificate as NodeCertificate } from "node:crypto";
import { Name, type X509CertificateCreateParams, X509CertificateGenerator } from "./peculiarX509";
import { PkiError } from "../errors";
import { type Algorithm, algorithmRow } from "../kms/algorithms";
import type { Signer } from "../kms/keyManager";
import type { CertificateSubject } from "./certificateExtensions";
import { requireLinted } from "./certificateLint";
import { childrenOf } from "./der";
import { checkCross } from "./cross";
import { checkIssuer, requireAlgorithmOf, requireKeyOf } from "./issuer";
import type { LintProfile } from "./lint/rule";
import { serialNumber } from "./serialNumber";
import { signedDer } from "./signedDer";
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
 * Issues one certificate (RFC 5280). Checks the issuer, and lints the certificate without its signature. Only then the key
 * management service is asked for the signer, and signs once what was linted. The signature is verified before the certificate is
 * returned.
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
  const linted = await withPlaceholder(content, order.algorithm);
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
  const [toBeSigned] = childrenOf(linted);
  const signed = await signedDer(toBeSigned?.whole ?? Buffer.alloc(0), signer);
  if (!withoutSignature(signed).equals(withoutSignature(linted))) {
    throw new PkiError(
      "LINT_FAILED",
      "the signed certificate is not the linted one and was not accepted",
      "Check that the algorithm of the signing key is the one that its resource states",
    );
  }
  return new NodeCertificate(signed);
}

/** What a certificate says, apart from its signature. */
type CertificateFields = Omit<X509CertificateCreateParams, "signingKey" | "signature" | "signingAlgorithm">;

/** What stands in the place of a signature, as long as one of any curve. No rule of the lint reads it. */
const PLACEHOLDER = new Uint8Array(132).fill(1);

/** A certificate as DER, before it is signed. */
async function withPlaceholder(content: CertificateFields, algorithm: Algorithm): Promise<Buffer> {
  const { rawData } = await X509CertificateGenerator.create({
    ...content,
    signature: PLACEHOLDER,
    signingAlgorithm: algorithmRow(algorithm).webCrypto,
  });
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
