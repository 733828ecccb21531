import { createPublicKey, type KeyObject } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { requestedExtensions } from "./certificateExtensions";
import { encodeDistinguishedName } from "./encodedDistinguishedName";
import { BasicConstraintsExtension, type Extension, Pkcs10CertificateRequest } from "./peculiarX509";
import { requestPem } from "./pem";
import type { CertificateTemplate } from "./template";

/** What an issuer elsewhere was asked to certify. */
export interface AskedCertificate {
  readonly publicKey: KeyObject;
  /** The subject, as DER. */
  readonly subjectDer: ArrayBuffer;
  readonly extensions: readonly Pick<Extension, "type" | "critical" | "value">[];
  /** Whether it is a CA's. */
  readonly ca: boolean;
}

/** What a request with this content asks for. */
export function askedByTemplate(template: CertificateTemplate, publicKey: KeyObject): AskedCertificate {
  return {
    ...{ publicKey, ca: template.ca, extensions: requestedExtensions(template, publicKey) },
    subjectDer: AsnConvert.serialize(encodeDistinguishedName(template.subject ?? {})),
  };
}

/**
 * What a request asks for. Its signature is not verified here.
 *
 * @throws PkiError `CSR_INVALID`
 */
export function askedByRequest(csrPem: string, name: string): AskedCertificate {
  const request = new Pkcs10CertificateRequest(requestPem(csrPem, name));
  const extensions = [...request.extensions];
  const constraints = extensions.find((each) => each instanceof BasicConstraintsExtension);
  return {
    publicKey: createPublicKey({ key: Buffer.from(request.publicKey.rawData), type: "spki", format: "der" }),
    ...{ subjectDer: request.subjectName.toArrayBuffer(), extensions, ca: constraints?.ca === true },
  };
}
