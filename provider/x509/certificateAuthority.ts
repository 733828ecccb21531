import { type KeyObject, X509Certificate as NodeCertificate } from "node:crypto";
import "reflect-metadata";
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
} from "@peculiar/x509";
import { PkiError } from "../errors";
import type { Signer } from "../kms/keyManager";
import { encodeDistinguishedName } from "./distinguishedName";
import { checkIssuer, type Issuer } from "./issuer";
import type { KeyUsage } from "./profiles";
import { serialNumber } from "./serialNumber";
import { invalidSignature, signingCrypto } from "./signingCrypto";
import { subjectKeyIdentifier } from "./subjectKeyIdentifier";
import type { CertificateTemplate } from "./template";

/** Where time and randomness come from. */
export interface Surroundings {
  readonly now: () => Date;
  readonly random: (size: number) => Uint8Array;
}

/** A certificate to be. */
export interface CertificateOrder {
  readonly template: CertificateTemplate;
  /** The subject's key. */
  readonly publicKey: KeyObject;
  /** The issuer's key; the subject's own for a self-signed certificate. */
  readonly signer: Signer;
  /** Absent for a self-signed certificate. */
  readonly issuer?: Issuer;
}

/** The DER limits a date to whole seconds. */
function wholeSeconds(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

/**
 * Issues one certificate (RFC 5280): checks the issuer, has the key management service sign once, and verifies the
 * signature before anything is returned.
 *
 * @throws PkiError what {@link checkIssuer} throws, `ISSUER_KEY_MISMATCH`, `VALIDITY_EXCEEDS_ISSUER`,
 * `SIGNATURE_INVALID`, and what the signer throws
 */
export async function issueCertificate(
  order: CertificateOrder,
  { now, random }: Surroundings,
): Promise<NodeCertificate> {
  const { template, publicKey, signer, issuer } = order;
  const notBefore = wholeSeconds(now());
  if (issuer !== undefined) {
    checkIssuer(issuer, signer.publicKey, template, notBefore);
  } else if (!publicKey.equals(signer.publicKey)) {
    throw new PkiError(
      "ISSUER_KEY_MISMATCH",
      "a self-signed certificate must be signed by its own key",
      "Name an issuer, or sign with the subject's key",
    );
  }
  const notAfter = endOfValidity(template, notBefore, issuer);
  const subject = new Name(encodeDistinguishedName(template.subject ?? {}));
  const { crypto, signingKey } = signingCrypto(signer);
  const generated = await X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(random),
      subject,
      issuer: issuer === undefined ? subject : new Name(issuer.subjectDer),
      notBefore,
      notAfter,
      publicKey: publicKey.export({ type: "spki", format: "der" }),
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

function endOfValidity(template: CertificateTemplate, notBefore: Date, issuer: Issuer | undefined): Date {
  const wanted = new Date(notBefore.getTime() + template.validitySeconds * 1000);
  if (issuer === undefined || wanted <= issuer.notAfter) {
    return wanted;
  }
  if (template.validityIsExplicit) {
    throw new PkiError(
      "VALIDITY_EXCEEDS_ISSUER",
      `the certificate would end on ${wanted.toISOString()}, after its issuer, which ends on ${issuer.notAfter.toISOString()}`,
      "Shorten validity, leave it out to end with the issuer, or renew the issuer first",
    );
  }
  return issuer.notAfter;
}

function extensions({ template, publicKey, issuer }: CertificateOrder): Extension[] {
  const ownIdentifier = subjectKeyIdentifier(publicKey);
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
    // Critical when it is all that names the subject (RFC 5280, section 4.2.1.6).
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
