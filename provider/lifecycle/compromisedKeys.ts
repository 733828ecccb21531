import type { KeyObject } from "node:crypto";
import { type CompromisedKey, signerCompromised, subjectCompromised } from "../inputs/withdrawal";
import { kmsRegistry } from "../kms/registry/registry";
import { type Problem, problemsOf } from "../words/problem";
import { hasUnknown, UNKNOWN } from "../words/unknown";
import { readCertificate, readPublicKey } from "../x509/certificate";
import type { CertificateInputs } from "./certificateRecord";

/** The inputs that name keys. */
type Naming = Partial<CertificateInputs> & Pick<CertificateInputs, "signingKey">;

/**
 * Refuses to sign with a compromised key, or a certificate for one, by whatever name the program knows it. A preview knows
 * fewer names than the up.
 */
export async function checkKeysInService(inputs: Naming): Promise<Problem[]> {
  const { issuer, signingKey, subjectKeyUri, publicKeyPem, crossOf, csrPem } = inputs;
  const keys = compromisedKeysIn(signingKey);
  if (keys.length === 0 || inputs.withdrawn === true) {
    return [];
  }
  const ofCertificate = (pem: string): KeyObject => readCertificate(pem).publicKey;
  if (isNamed(keys, signingKey.uri) || isAmong(keys, keyIn(issuer?.certificatePem, ofCertificate))) {
    return [signerCompromised()];
  }
  const subjectKey = keyIn(publicKeyPem, readPublicKey) ?? keyIn(crossOf, ofCertificate) ?? (await requestKey(csrPem));
  return isNamed(keys, subjectKeyUri) || isAmong(keys, subjectKey) ? [subjectCompromised()] : [];
}

/** The inputs once their keys are checked. */
export function withoutCompromisedKeys<Inputs extends Pick<CertificateInputs, "signingKey">>(inputs: Inputs): Inputs {
  if (compromisedKeysIn(inputs.signingKey).length === 0) {
    return inputs;
  }
  const { compromisedKeys: _, ...signingKey } = inputs.signingKey;
  return { ...inputs, signingKey };
}

/** The engine may make the whole signing key unknown. */
function compromisedKeysIn(signingKey: CertificateInputs["signingKey"] | undefined): readonly CompromisedKey[] {
  const { compromisedKeys = [] } = signingKey ?? {};
  return hasUnknown(compromisedKeys) ? [] : compromisedKeys;
}

function isAmong(keys: readonly CompromisedKey[], publicKey: KeyObject | undefined): boolean {
  return publicKey !== undefined && keys.some((key) => readPublicKey(key.publicKeyPem).equals(publicKey));
}

function isNamed(keys: readonly CompromisedKey[], uri: string | undefined): boolean {
  if (uri === undefined || uri === UNKNOWN) {
    return false;
  }
  const canonical = kmsRegistry.canonicalKeyUri(uri);
  return keys.some((key) => key.uri === uri || (canonical !== undefined && key.uri === canonical));
}

/** The key in a PEM text; undefined if it is unknown, or unreadable, which another check reports. */
function keyIn(pem: string | undefined, read: (pem: string) => KeyObject): KeyObject | undefined {
  let key: KeyObject | undefined;
  if (pem !== undefined && pem !== UNKNOWN) {
    problemsOf(() => {
      key = read(pem);
    }, "");
  }
  return key;
}

/** The key of a request; undefined as above. */
async function requestKey(csrPem: string | undefined): Promise<KeyObject | undefined> {
  if (csrPem === undefined || csrPem === UNKNOWN) {
    return undefined;
  }
  const { readCertificateRequest } = await import("../x509/certificateRequest.js");
  return readCertificateRequest(csrPem).catch(() => undefined);
}
