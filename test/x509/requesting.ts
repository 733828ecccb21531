import type { Signer } from "../../provider/kms/keyManager";
import { writePem } from "../../provider/x509/pem";
import { signedRequest } from "../../provider/x509/signedRequest";
import { type CertificateContent, certificateTemplate } from "../../provider/x509/template";

/** Signs a request with the key that it is for, and returns it as PEM. */
export async function request(
  signer: Signer,
  content: Partial<CertificateContent> = {},
  challengePassword?: string,
): Promise<string> {
  const template = certificateTemplate({ profile: "intermediate", subject: { commonName: "Asking" }, ...content }, {});
  const der = await signedRequest({ template, publicKey: signer.publicKey, challengePassword }, () =>
    Promise.resolve(signer),
  );
  return writePem("CERTIFICATE REQUEST", der);
}
