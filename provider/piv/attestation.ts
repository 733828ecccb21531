import { type KeyObject, X509Certificate } from "node:crypto";
import { messageOf, PkiError } from "../errors";
import { subjectLine } from "../x509/subjectLine";
import { type PinPolicy, pinPolicyOf, type TouchPolicy, touchPolicyOf } from "./pivAlgorithms";
import { decodeTlvs, findTlv, unwrapTlv } from "./tlv";

/** An attestation, with everything that is needed to verify it. */
export interface AttestationEvidence {
  /** The card's certificate for the key, as DER. */
  readonly attestation: Uint8Array;
  /** The certificate of the card's attestation key, as DER. */
  readonly intermediate: Uint8Array;
  /** Yubico's root, with any certificates between it and the card's (firmware 5.7.4), in any order. */
  readonly authorities: readonly X509Certificate[];
  /** The key that the attestation should be of. */
  readonly publicKey: KeyObject;
}

/** The statements of an attestation about the key and the card. */
export interface AttestedKey {
  /** Undefined if the attestation does not state it. */
  readonly serial: number | undefined;
  /** For example `5.4.3`. */
  readonly firmware: string;
  /** Undefined for an unknown policy, such as a fingerprint reader's. */
  readonly pinPolicy: PinPolicy | undefined;
  readonly touchPolicy: TouchPolicy | undefined;
}

/** Yubico's arc for attestation extensions, 1.3.6.1.4.1.41482.3, as DER without the last number. */
const YUBICO_ARC = "2b0601040182c40a03";
const FIRMWARE = `${YUBICO_ARC}03`;
const SERIAL = `${YUBICO_ARC}07`;
const POLICIES = `${YUBICO_ARC}08`;
/** Basic constraints, 2.5.29.19. */
const BASIC_CONSTRAINTS = "551d13";

/** A serial number has four octets. */
const LARGEST_SERIAL = 0xffff_ffff;

const WHAT = "The attestation";

/**
 * Verifies by Yubico's PIV attestation that a YubiKey made a key. The card's attestation key must have signed the
 * certificate for the key, its own certificate must lead to the root, and the certificate must carry the extensions
 * that only PIV writes, because Yubico's intermediates also issue to the card's other applications. Validity periods
 * are ignored: the card has no clock, and all its certificates last from 2016 to 2052.
 *
 * @throws PkiError `ATTESTATION_REJECTED`
 */
export function verifyAttestation(evidence: AttestationEvidence): AttestedKey {
  const { attestation, intermediate, authorities, publicKey } = evidence;
  const key = certificateOf(attestation, "the attestation");
  const card = certificateOf(intermediate, "the attestation's intermediate");
  if (!publicKeyOf(key).equals(publicKey)) {
    throw rejected("it is for another key");
  }
  requireSigned(key, card, "the attestation is not signed by the card's attestation key");
  verifyAttestationKey(intermediate, authorities);
  return attestedKey(key);
}

/**
 * Verifies that the certificate of a card's attestation key leads to the root. This can be checked before a key is made.
 *
 * @param intermediate as DER
 * @param authorities the root, with the certificates between it and the card's
 * @throws PkiError `ATTESTATION_REJECTED`
 */
export function verifyAttestationKey(intermediate: Uint8Array, authorities: readonly X509Certificate[]): void {
  let subject = certificateOf(intermediate, "the attestation's intermediate");
  const left = new Set(authorities);
  for (;;) {
    const issuer = [...left].find((candidate) => isSigned(subject, candidate));
    if (issuer === undefined) {
      throw rejected(`no given root has signed "${subjectLine(subject)}"`);
    }
    if (!issuer.ca) {
      throw rejected(`"${subjectLine(issuer)}" is not a certificate authority`);
    }
    if (isSigned(issuer, issuer)) {
      return;
    }
    left.delete(issuer);
    subject = issuer;
  }
}

/**
 * The first YubiKey 4 attestation certificates lack basic constraints. A certificate that states CA:FALSE is not an authority.
 */
function requireSigned(subject: X509Certificate, issuer: X509Certificate, problem: string): void {
  const constraints = extensionsOf(issuer).get(BASIC_CONSTRAINTS);
  if (!isSigned(subject, issuer) || (constraints !== undefined && !issuer.ca)) {
    throw rejected(problem);
  }
}

function isSigned(subject: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return subject.issuer === issuer.subject && subject.verify(issuer.publicKey);
  } catch {
    return false; // a key type that OpenSSL does not know
  }
}

function attestedKey(certificate: X509Certificate): AttestedKey {
  const extensions = extensionsOf(certificate);
  const firmware = extensions.get(FIRMWARE);
  const serial = extensions.get(SERIAL);
  const policies = extensions.get(POLICIES);
  if (firmware?.length !== 3 || policies?.length !== 2) {
    throw rejected(
      "it is not an attestation of a PIV key: it lacks Yubico's extensions for the firmware and the policies",
    );
  }
  return {
    firmware: firmware.join("."),
    serial: serial && integerOf(serial),
    pinPolicy: pinPolicyOf(policies[0]),
    touchPolicy: touchPolicyOf(policies[1]),
  };
}

/** The extensions of a certificate, by the hex of their OID (RFC 5280, 4.1). Node does not expose them. */
function extensionsOf(certificate: X509Certificate): Map<string, Buffer> {
  try {
    const [body] = decodeTlvs(unwrapTlv(certificate.raw, 0x30, WHAT), WHAT);
    const extensions = findTlv(decodeTlvs(body?.value ?? Buffer.alloc(0), WHAT), 0xa3);
    const list = extensions === undefined ? [] : decodeTlvs(unwrapTlv(extensions, 0x30, WHAT), WHAT);
    return new Map(
      list.map(({ value }) => {
        const fields = decodeTlvs(value, WHAT);
        return [findTlv(fields, 0x06)?.toString("hex") ?? "", fields.at(-1)?.value ?? Buffer.alloc(0)];
      }),
    );
  } catch (cause) {
    throw rejected(messageOf(cause), cause);
  }
}

/** An unsigned INTEGER: a number of four octets may lack the leading octet 00. */
function integerOf(der: Buffer): number {
  try {
    const value = BigInt(`0x${unwrapTlv(der, 0x02, WHAT).toString("hex")}`);
    if (value <= LARGEST_SERIAL) {
      return Number(value);
    }
  } catch (cause) {
    throw rejected("its serial number is invalid", cause);
  }
  throw rejected("its serial number is invalid");
}

function certificateOf(certificate: Uint8Array, what: string): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch (cause) {
    throw rejected(`${what} is not a certificate`, cause);
  }
}

/** Node parses a key only when it is first accessed. */
function publicKeyOf(certificate: X509Certificate): KeyObject {
  try {
    return certificate.publicKey;
  } catch (cause) {
    throw rejected("its key cannot be read", cause);
  }
}

function rejected(problem: string, cause?: unknown): PkiError {
  return new PkiError(
    "ATTESTATION_REJECTED",
    `the attestation of the key is rejected: ${problem}`,
    "Use a genuine YubiKey whose attestation leads to the given root, and a key that it made itself. Yubico publishes its " +
      "roots and intermediates at https://developers.yubico.com/PKI/; put all of them in one file",
    { cause },
  );
}
