import { AsnConvert } from "@peculiar/asn1-schema";
import { Validity } from "@peculiar/asn1-x509";
import type { Algorithm } from "../kms/algorithms";
import { derElement } from "./der";
import type { Extension } from "./peculiarX509";
import { signatureAlgorithm } from "./signedDer";

/** What a certificate says. */
export interface CertificateContent {
  /** Hex, of a positive number. */
  readonly serialNumber: string;
  /** The algorithm of the signature. */
  readonly algorithm: Algorithm;
  /** As DER. */
  readonly issuer: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** As DER. */
  readonly subject: Uint8Array;
  /** The subject public key info, as DER. */
  readonly publicKey: Uint8Array;
  /** In the order in which they are written. */
  readonly extensions: readonly Extension[];
}

const [INTEGER, SEQUENCE, VERSION, EXTENSIONS] = [0x02, 0x30, 0xa0, 0xa3];

/** The version of certificates with extensions, counted from 0. */
const V3 = Buffer.of(2);

/** What is signed of a certificate, as DER (RFC 5280, section 4.1.2). */
export function certificateContent(content: CertificateContent): Buffer {
  const { serialNumber, algorithm, issuer, notBefore, notAfter, subject, publicKey, extensions } = content;
  const signature = new Uint8Array(AsnConvert.serialize(signatureAlgorithm(algorithm)));
  const validity = new Uint8Array(AsnConvert.serialize(new Validity({ notBefore, notAfter })));
  const encoded = extensions.map(({ rawData }) => new Uint8Array(rawData));
  return derElement(
    SEQUENCE,
    derElement(VERSION, derElement(INTEGER, V3)),
    derElement(INTEGER, Buffer.from(serialNumber, "hex")),
    ...[signature, issuer, validity, subject, publicKey],
    derElement(EXTENSIONS, derElement(SEQUENCE, ...encoded)),
  );
}
