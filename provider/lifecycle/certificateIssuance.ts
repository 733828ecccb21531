import type { KeyObject } from "node:crypto";
import { PkiError } from "../errors";
import type { KeyManager, Signer } from "../kms/keyManager";
import { kmsRegistry } from "../kms/registry/registry";
import { readCertificate, readPublicKey, readRoot } from "../x509/certificate";
import { issueCertificate } from "../x509/certificateAuthority";
import { readCertificateRequest } from "../x509/certificateRequest";
import { statesSubjectOf } from "../x509/cross";
import { isIssuedBy, isSignedBy } from "../x509/certificationPath";
import { allowsPath, type Issuer, readIssuer } from "../x509/issuer";
import { subjectKeyIdentifier } from "../x509/subjectKeyIdentifier";
import type { Predecessor } from "../x509/certificateExtensions";
import type { CertificateTemplate } from "../x509/template";
import type { CertificateInputs } from "./certificateRecord";
import type { Context } from "./context";

/** In bits (NIST SP 800-131A). */
const SHORTEST_RSA_KEY = 2048;

/** An issued certificate. */
export interface IssuedCertificate {
  /** Its subject key identifier, in hex. */
  readonly id: string;
  readonly certificatePem: string;
  /** Hex. */
  readonly serialNumber: string;
  /** RFC 3339. */
  readonly notAfter: string;
}

/**
 * Issues a certificate and reads its fields. Loaded only when a certificate is issued. The key management service is asked
 * after every check, unless only it knows the subject's key.
 *
 * @param predecessor a certificate whose name and key identifier must stay
 */
export async function issue(
  inputs: CertificateInputs,
  template: CertificateTemplate,
  { backends, surroundings, notice }: Context,
  predecessor?: Predecessor,
): Promise<IssuedCertificate> {
  const { uri, kms, algorithm } = inputs.signingKey;
  const issuer = inputs.issuer === undefined ? undefined : readIssuer(inputs.issuer.certificatePem);
  const givenKey = await givenSubjectKey(inputs);
  const crossOf = inputs.crossOf === undefined ? undefined : readCrossedRoot(inputs.crossOf);
  const signer = async (): Promise<Signer> => signerOf(inputs, issuer, await backends.keyManager(uri, kms));
  const knownKey = crossOf?.publicKey ?? givenKey;
  const keys = knownKey === undefined ? await ownKeys(signer) : { publicKey: knownKey, signer };
  const certificate = await issueCertificate(
    {
      ...{ ...keys, algorithm, warn: notice },
      template: inputs.mayBeginEarlier ? beginningBy(template, issuer, surroundings.now()) : template,
      ...(inputs.lintProfile === undefined ? {} : { lintProfile: inputs.lintProfile }),
      ...(issuer === undefined ? {} : { issuer }),
      ...(crossOf === undefined ? {} : { crossOf }),
      ...(predecessor === undefined ? {} : { predecessor: requireSameKey(predecessor, keys.publicKey) }),
    },
    surroundings,
  );
  return {
    id: (crossOf ?? predecessor)?.subjectKeyIdentifier ?? subjectKeyIdentifier(keys.publicKey),
    certificatePem: certificate.toString(),
    serialNumber: certificate.serialNumber.toLowerCase(),
    notAfter: new Date(certificate.validTo).toISOString(),
  };
}

function requireSameKey(predecessor: Predecessor, publicKey: KeyObject): Predecessor {
  if (!predecessor.publicKey.equals(publicKey)) {
    throw new PkiError(
      "INPUT_INVALID",
      "the certificate in sameSubjectAs belongs to another key, and nothing was signed",
      "Give another certificate of the declared key, or omit it",
    );
  }
  return predecessor;
}

/** The key of a self-signed certificate whose public half nobody has recorded: only its key management service knows it. */
async function ownKeys(
  signer: () => Promise<Signer>,
): Promise<{ publicKey: KeyObject; signer: () => Promise<Signer> }> {
  const own = await signer();
  return { publicKey: own.publicKey, signer: () => Promise.resolve(own) };
}

/** A template without a beginning that is still to come: with its issuer, or at its issue. */
function beginningBy(template: CertificateTemplate, issuer: Issuer | undefined, now: Date): CertificateTemplate {
  const isToCome = template.notBefore !== undefined && template.notBefore > now;
  return isToCome ? { ...template, notBefore: issuer?.notBefore } : template;
}

async function signerOf(
  { signingKey, publicKeyPem: ownKeyPem }: CertificateInputs,
  issuer: Issuer | undefined,
  manager: KeyManager,
): Promise<Signer> {
  const expected = issuer === undefined ? ownKeyPem : issuer.publicKeyPem;
  const signer = await manager.createSigner({
    ...signingKey,
    ...(expected === undefined ? {} : { publicKeyPem: expected }),
  });
  if (issuer === undefined && ownKeyPem !== undefined) {
    requireRecordedKey(signingKey.uri, signer, ownKeyPem);
  }
  return signer;
}

/**
 * Requires that a key is the recorded one.
 *
 * @throws PkiError `KEY_CHANGED`
 */
export function requireRecordedKey(uri: string, signer: Signer, recordedPem: string): void {
  if (!signer.publicKey.equals(readPublicKey(recordedPem))) {
    throw new PkiError(
      "KEY_CHANGED",
      `${kmsRegistry.shownUri(uri)} is not the recorded key, and nothing was signed with it`,
      "Restore the key and run again",
    );
  }
}

/** The subject's key from the inputs. Checked before the signing key, so no PIN is tried for a refused key. */
async function givenSubjectKey({ csrPem, publicKeyPem: keyPem }: CertificateInputs): Promise<KeyObject | undefined> {
  if (csrPem !== undefined) {
    return strongKey(await readCertificateRequest(csrPem), "csrPem");
  }
  return keyPem === undefined ? undefined : strongKey(readPublicKey(keyPem), "publicKeyPem");
}

function strongKey(key: KeyObject, name: string): KeyObject {
  const { modulusLength } = key.asymmetricKeyDetails ?? {};
  if (modulusLength !== undefined && modulusLength < SHORTEST_RSA_KEY) {
    throw new PkiError(
      "ALGORITHM_UNSUPPORTED",
      `${name} is for an RSA key of ${String(modulusLength)} bits, which is too weak. Nothing was signed`,
      `Use an RSA key of ${String(SHORTEST_RSA_KEY)} bits or more, or an ECDSA or Ed25519 key`,
    );
  }
  return key;
}

function readCrossedRoot(certificatePem: string): Issuer {
  readRoot(certificatePem, "crossOf");
  return readIssuer(certificatePem);
}

/** How a root's new certificate relates to the cross certificate that was issued for the root. */
export function compareCrossedRoot(certificatePem: string, rootPem: string): "same" | "changed" | "anotherKey" {
  const [certificate, root] = [readIssuer(certificatePem), readIssuer(rootPem)];
  if (!certificate.publicKey.equals(root.publicKey)) {
    return "anotherKey";
  }
  return statesSubjectOf(certificate, root) ? "same" : "changed";
}

/**
 * How an issuer's new certificate relates to an issued certificate. An issuer that was renewed with the same name and
 * key is the same, unless it now ends before its child or no longer allows it.
 */
export function compareIssuer(certificatePem: string, issuerPem: string): "same" | "changed" | "anotherKey" {
  const certificate = readCertificate(certificatePem);
  const issuer = readIssuer(issuerPem);
  if (!isSignedBy(certificate, issuer.publicKey)) {
    return "anotherKey";
  }
  const fits =
    isIssuedBy(certificate, readCertificate(issuerPem)) &&
    new Date(certificate.validTo) <= issuer.notAfter &&
    allowsPath(issuer, readIssuer(certificatePem));
  return fits ? "same" : "changed";
}

/**
 * The facts in a certificate that another program declared.
 *
 * @param id its subject key identifier, in hex
 * @throws PkiError `INPUT_INVALID` for another certificate than the id names
 */
export function issuedElsewhere(certificatePem: string, id: string): IssuedCertificate {
  const { subjectKeyIdentifier: own } = readIssuer(certificatePem);
  if (own !== id.toLowerCase()) {
    throw new PkiError(
      "INPUT_INVALID",
      `the certificate has the subject key identifier ${own}, and the id to get is ${id}`,
      "Give the certificate and the subjectKeyIdentifier of one Certificate",
    );
  }
  const { serialNumber, validTo } = readCertificate(certificatePem);
  return {
    ...{ id: own, certificatePem, serialNumber: serialNumber.toLowerCase() },
    notAfter: new Date(validTo).toISOString(),
  };
}

/** Whether an issuer ends no later than a certificate, so a new certificate would end no later either. */
export function endsWithIssuer(notAfter: string, issuerPem: string): boolean {
  return readIssuer(issuerPem).notAfter <= new Date(notAfter);
}
