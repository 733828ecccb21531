import { X509Certificate as NodeCertificate } from "node:crypto";
import { Name, X509CertificateGenerator } from "./peculiarX509";
import { PkiError } from "../errors";
import type { Signer } from "../kms/keyManager";
import { certificateExtensions, type CertificateSubject } from "./certificateExtensions";
import { encodeDistinguishedName } from "./encodedDistinguishedName";
import { checkCross } from "./cross";
import { checkIssuer } from "./issuer";
import { serialNumber } from "./serialNumber";
import { invalidSignature, signingCrypto } from "./signingCrypto";
import { validityUnder } from "./validity";

/** The sources of time and randomness. */
export interface Surroundings {
  readonly now: () => Date;
  readonly random: (size: number) => Uint8Array;
}

/** A certificate to issue. */
export interface CertificateOrder extends CertificateSubject {
  /** The issuer's key, or the subject's own key for a self-signed certificate. */
  readonly signer: Signer;
}

/** DER limits a date to whole seconds. */
function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/**
 * Issues one certificate (RFC 5280). Checks the issuer, has the key management service sign once, and verifies the
 * signature before it returns.
 *
 * @throws PkiError the errors of {@link checkIssuer}, {@link checkCross}, {@link validityUnder} and the signer,
 * `ISSUER_KEY_MISMATCH` and `SIGNATURE_INVALID`
 */
export async function issueCertificate(
  order: CertificateOrder,
  { now, random }: Surroundings,
): Promise<NodeCertificate> {
  const { template, publicKey, signer, issuer, crossOf } = order;
  const moment = wholeSeconds(now());
  if (crossOf !== undefined) {
    checkCross(crossOf, issuer, template);
  }
  if (issuer !== undefined) {
    checkIssuer(issuer, signer.publicKey, template, moment);
  } else if (!publicKey.equals(signer.publicKey)) {
    throw new PkiError(
      "ISSUER_KEY_MISMATCH",
      "a self-signed certificate must be signed by its own key",
      "Name an issuer, or sign with the subject's key",
    );
  }
  const subject = new Name(crossOf?.subjectDer ?? encodeDistinguishedName(template.subject ?? {}));
  const { crypto, signingKey } = signingCrypto(signer);
  const generated = await X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(random),
      subject,
      issuer: issuer === undefined ? subject : new Name(issuer.subjectDer),
      ...validityUnder(issuer, template, moment),
      publicKey: crossOf?.publicKeyDer ?? publicKey.export({ type: "spki", format: "der" }),
      signingKey,
      extensions: certificateExtensions(order),
    },
    crypto,
  );
  const certificate = new NodeCertificate(Buffer.from(generated.rawData));
  if (!certificate.verify(signer.publicKey)) {
    throw invalidSignature();
  }
  return certificate;
}
