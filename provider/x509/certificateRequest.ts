import { createPublicKey, type KeyObject } from "node:crypto";
import { ChallengePasswordAttribute, Pkcs10CertificateRequest } from "./peculiarX509";
import { PkiError } from "../errors";

/**
 * Reads the public key of a PKCS#10 request, after verifying the request's own signature (proof of possession). The
 * requested subject and extensions are ignored: the content of a certificate is declared, not requested.
 *
 * @throws PkiError `CSR_INVALID`
 */
export async function readCertificateRequest(csrPem: string): Promise<KeyObject> {
  let request: Pkcs10CertificateRequest;
  let verified: boolean;
  try {
    request = new Pkcs10CertificateRequest(csrPem);
    verified = await request.verify();
  } catch (cause) {
    throw new PkiError("CSR_INVALID", "csrPem is not a certificate request", "Give a PKCS#10 request as PEM", {
      cause,
    });
  }
  if (!verified) {
    throw new PkiError("CSR_INVALID", "the certificate request's own signature does not verify", "Make a new request");
  }
  return createPublicKey({ key: Buffer.from(request.publicKey.rawData), type: "spki", format: "der" });
}

/** The challenge password in a request of this package (RFC 2985, section 5.4.1); undefined if it has none. */
export function challengePasswordOf(csrPem: string): string | undefined {
  const { attributes } = new Pkcs10CertificateRequest(csrPem);
  return attributes.find((each) => each instanceof ChallengePasswordAttribute)?.password;
}
