import { createPublicKey, type KeyObject } from "node:crypto";
import { Pkcs10CertificateRequest } from "./peculiarX509";
import { PkiError } from "../errors";

/**
 * Reads the public key of a PKCS#10 request, after its own signature has been verified (proof of possession). The
 * subject and the extensions that it asks for are not taken over: what a certificate says is declared, not requested.
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
    throw new PkiError("CSR_INVALID", "csrPem is no certificate request", "Give a PKCS#10 request as PEM", { cause });
  }
  if (!verified) {
    throw new PkiError("CSR_INVALID", "the certificate request's own signature does not verify", "Make it anew");
  }
  return createPublicKey({ key: Buffer.from(request.publicKey.rawData), type: "spki", format: "der" });
}
