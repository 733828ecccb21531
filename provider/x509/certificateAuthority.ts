import { type KeyObject, X509Certificate as NodeCertificate } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "./peculiarX509";
import { PkiError } from "../errors";
import type { Signer } from "../kms/keyManager";
import { encodeDistinguishedName } from "./distinguishedName";
import { checkCross } from "./cross";
import { checkIssuer, type Issuer } from "./issuer";
import type { KeyUsage } from "./profiles";
import { serialNumber } from "./serialNumber";
import { invalidSignature, signingCrypto } from "./signingCrypto";
import { subjectKeyIdentifier } from "./subjectKeyIdentifier";
import type { CertificateTemplate } from "./template";
import { validityUnder } from "./validity";

/** The sources of time and randomness. */
export interface Surroundings {
  readonly now: () => Date;
  readonly random: (size: number) => Uint8Array;
}

/** A certificate to issue. */
export interface CertificateOrder {
  readonly template: CertificateTemplate;
  /** The subject's key. */
  readonly publicKey: KeyObject;
  /** The issuer's key, or the subject's own key for a self-signed certificate. */
  readonly signer: Signer;
  /** Absent for a self-signed certificate. */
  readonly issuer?: Issuer;
  /** The root whose subject, key and key identifier a cross certificate takes. The template's subject is ignored. */
  readonly crossOf?: Issuer;
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
      extensions: extensions(order),
    },
    crypto,
  );
  const certificate = new NodeCertificate(Buffer.from(generated.rawData));
  if (!certificate.verify(signer.publicKey)) {
    throw invalidSignature();
  }
  return certificate;
}

function extensions({ template, publicKey, issuer, crossOf }: CertificateOrder): Extension[] {
  const ownIdentifier = crossOf?.subjectKeyIdentifier ?? subjectKeyIdentifier(publicKey);
  const names: JsonGeneralName[] = [
    ...template.dnsNames.map((value) => ({ type: "dns" as const, value })),
    ...template.ipAddresses.map((value) => ({ type: "ip" as const, value })),
    ...template.emailAddresses.map((value) => ({ type: "email" as const, value })),
    ...template.uris.map((value) => ({ type: "url" as const, value })),
  ];
  const hasSubject = encodeDistinguishedName(template.subject ?? {}).length > 0;
  return [
    new KeyUsagesExtension(keyUsageFlags(template.keyUsages), true),
    ...(template.extendedKeyUsages.length > 0 ? [new ExtendedKeyUsageExtension([...template.extendedKeyUsages])] : []),
    ...(template.ca ? [new BasicConstraintsExtension(true, template.pathLength, true)] : []),
    new SubjectKeyIdentifierExtension(ownIdentifier),
    new AuthorityKeyIdentifierExtension(issuer?.subjectKeyIdentifier ?? ownIdentifier),
    // Critical if nothing else names the subject (RFC 5280, section 4.2.1.6).
    ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names, !hasSubject)] : []),
  ];
}

const KEY_USAGE_FLAGS: Readonly<Record<KeyUsage, KeyUsageFlags>> = {
  digitalSignature: KeyUsageFlags.digitalSignature,
  contentCommitment: KeyUsageFlags.nonRepudiation,
  keyEncipherment: KeyUsageFlags.keyEncipherment,
  dataEncipherment: KeyUsageFlags.dataEncipherment,
  keyAgreement: KeyUsageFlags.keyAgreement,
  keyCertSign: KeyUsageFlags.keyCertSign,
  cRLSign: KeyUsageFlags.cRLSign,
  encipherOnly: KeyUsageFlags.encipherOnly,
  decipherOnly: KeyUsageFlags.decipherOnly,
};

function keyUsageFlags(usages: readonly KeyUsage[]): KeyUsageFlags {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is a set of bits
  return usages.reduce<number>((flags, usage) => flags | KEY_USAGE_FLAGS[usage], 0);
}
