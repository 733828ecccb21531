import { gunzipSync, gzipSync } from "node:zlib";
import { decodeTlvs, encodeTlv, findTlv, malformedData } from "./tlv";

// The fields of a certificate object: SP 800-73-4 part 1, appendix A.
const CERTIFICATE = 0x70;
const CERT_INFO = 0x71;
const ERROR_DETECTION_CODE = 0xfe;

/** CertInfo: uncompressed, or compressed by gzip. */
const PLAIN = 0x00;
const GZIPPED = 0x01;

/** Larger than any certificate that fits into a card compressed. This stops a gzip bomb. */
const LONGEST_CERTIFICATE = 65_536;

/**
 * Writes the value of a certificate object. The error detection code is present and empty, as the standard says.
 *
 * @param der the certificate
 */
export function encodeCertificateObject(der: Uint8Array, compress: boolean): Buffer {
  return Buffer.concat([
    encodeTlv(CERTIFICATE, compress ? gzipSync(der, { level: 9 }) : der),
    encodeTlv(CERT_INFO, Buffer.of(compress ? GZIPPED : PLAIN)),
    encodeTlv(ERROR_DETECTION_CODE),
  ]);
}

/**
 * Reads the value of a certificate object. The error detection code is ignored: only cards without memory protection of
 * their own use it.
 *
 * @returns the certificate as DER; undefined for an object that was emptied
 * @throws PkiError `KMS_ANSWER_INVALID`
 */
export function decodeCertificateObject(value: Uint8Array, what: string): Buffer | undefined {
  const objects = decodeTlvs(value, what);
  const certificate = findTlv(objects, CERTIFICATE);
  if (objects.length === 0 || certificate?.length === 0) {
    return undefined;
  }
  if (certificate === undefined) {
    throw malformedData(what, "it holds no certificate");
  }
  const [certInfo = PLAIN] = findTlv(objects, CERT_INFO) ?? [];
  switch (certInfo) {
    case PLAIN:
      return certificate;
    case GZIPPED:
      try {
        return gunzipSync(certificate, { maxOutputLength: LONGEST_CERTIFICATE });
      } catch (cause) {
        throw malformedData(what, "it cannot be decompressed", cause);
      }
    default:
      throw malformedData(what, `its CertInfo is ${certInfo.toString(16)}`);
  }
}
