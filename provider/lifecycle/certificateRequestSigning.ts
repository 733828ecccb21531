import type { Signer } from "../kms/keyManager";
import { requireChallengePassword } from "../words/secrets";
import { readPublicKey } from "../x509/certificate";
import { writePem } from "../x509/pem";
import { signedRequest } from "../x509/signedRequest";
import { subjectKeyIdentifier } from "../x509/subjectKeyIdentifier";
import { requireRecordedKey } from "./certificateIssuance";
import type { CertificateRequestInputs } from "./certificateRequestRecord";
import type { Context } from "./context";
import { templateOf } from "./declaredContent";

/**
 * Signs a certificate request with its own key. Loaded only when a request is signed.
 *
 * @returns the subject key identifier, in hex, and the request
 */
export async function signRequest(
  inputs: CertificateRequestInputs,
  { backends, secrets }: Pick<Context, "backends" | "secrets">,
): Promise<{ id: string; csrPem: string }> {
  const { signingKey, publicKeyPem } = inputs;
  const publicKey = readPublicKey(publicKeyPem);
  const signer = async (): Promise<Signer> => {
    const manager = await backends.keyManager(signingKey.uri, signingKey.kms);
    const own = await manager.createSigner({ ...signingKey, publicKeyPem });
    requireRecordedKey(signingKey.uri, own, publicKeyPem);
    return own;
  };
  const der = await signedRequest(
    {
      ...{ template: templateOf(inputs), publicKey },
      challengePassword: inputs.challengePassword === true ? requireChallengePassword(secrets) : undefined,
    },
    signer,
  );
  return { id: subjectKeyIdentifier(publicKey), csrPem: writePem("CERTIFICATE REQUEST", der) };
}
