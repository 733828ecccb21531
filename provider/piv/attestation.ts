import { type KeyObject, X509Certificate } from "node:crypto";
import { messageOf, PkiError } from "../errors";
import { subjectLine } from "../x509/subjectLine";
import { type PinPolicy, pinPolicyOf, type TouchPolicy, touchPolicyOf } from "./pivAlgorithms";
import { decodeTlvs, findTlv, unwrapTlv } from "./tlv";

/** An attestation with all that it is to be verified against. */
export interface AttestationEvidence {
  /** The card's certificate for the key, as DER. */
  readonly attestation: Uint8Array;
  /** The certificate of the card's attestation key, as DER. */
  readonly intermediate: Uint8Array;
  /** Yubico's root, with the certificates between it and the card's where there are some (firmware 5.7.4), in any order. */
  readonly authorities: readonly X509Certificate[];
  /** The key that is to be attested. */
  readonly publicKey: KeyObject;
}

/** What an attestation says of the key and the card. */
export interface AttestedKey {
  /** Undefined where it says nothing of it. */
  readonly serial: number | undefined;
  /** Such as `5.4.3`. */
  readonly firmware: string;
  /** Undefined for a policy that we do not know, such as those of fingerprint readers. */
  readonly pinPolicy: PinPolicy | undefined;
  readonly touchPolicy: TouchPolicy | undefined;
}

/** Yubico's arc of the extensions of attestations, 1.3.6.1.4.1.41482.3, as DER without the last number. */
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
 * Verifies that a YubiKey made a key, by Yubico's PIV attestation: the card's certificate for the key is signed by the card's
 * attestation key, whose certificate leads to the root, and bears what only PIV writes. Yubico's intermediates also issue to
 * the card's other applications. The validity is not looked at: the card has no clock, and its certificates all last from 2016
 * to 2052.
 *
 * @throws PkiError `ATTESTATION_REJECTED`
 */
export function verifyAttestation(evidence: AttestationEvidence): AttestedKey {
  const { attestation, intermediate, authorities, publicKey } = evidence;
  const key = certificateOf(attestation, "the attestation");
  const card = certificateOf(intermediate, "the attestation's intermediate");
  if (!publicKeyOf(key).equals(publicKey)) {
    throw rejected("it is of another key");
  }
  requireSigned(key, card, "the attestation is not signed by the card's attestation key");
  verifyAttestationKey(intermediate, authorities);
  return attestedKey(key);
}

/**
 * Verifies that the certificate of a card's attestation key leads to the root: what can be known before a key is made.
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
      throw rejected(`"${subjectLine(issuer)}" is no certificate authority`);
    }
    if (isSigned(issuer, issuer)) {
      return;
    }
    left.delete(issuer);
    subject = issuer;
  }
}

/** The first YubiKeys 4 have an attestation key without basic constraints; one that denies to be an authority is none. */
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
    return false; // a key that OpenSSL does not know
  }
}

function attestedKey(certificate: X509Certificate): AttestedKey {
  const extensions = extensionsOf(certificate);
  const firmware = extensions.get(FIRMWARE);
  const serial = extensions.get(SERIAL);
  const policies = extensions.get(POLICIES);
  if (firmware?.length !== 3 || policies?.length !== 2) {
    throw rejected(
      "it is no attestation of a PIV key, as it lacks Yubico's extensions for the firmware and the policies",
    );
  }
  return {
    firmware: firmware.join("."),
    serial: serial && integerOf(serial),
    pinPolicy: pinPolicyOf(policies[0]),
    touchPolicy: touchPolicyOf(policies[1]),
  };
}

/** The extensions of a certificate by the hex of their OID: RFC 5280, 4.1. Node does not give them. */
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

/** An INTEGER without a sign: a number of four octets may come without the octet 00 before them. */
function integerOf(der: Buffer): number {
  try {
    const value = BigInt(`0x${unwrapTlv(der, 0x02, WHAT).toString("hex")}`);
    if (value <= LARGEST_SERIAL) {
      return Number(value);
    }
  } catch (cause) {
    throw rejected("its serial number is none", cause);
  }
  throw rejected("its serial number is none");
}

function certificateOf(certificate: Uint8Array, what: string): X509Certificate {
  try {
    return new X509Certificate(certificate);
  } catch (cause) {
    throw rejected(`${what} is no certificate`, cause);
  }
}

/** Node parses a key when it is first asked for. */
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
    "Use a YubiKey of Yubico's whose attestation leads to the given root, with a key that it made itself. Yubico publishes its " +
      "roots and intermediates at https://developers.yubico.com/PKI/; put all of them in one file",
    { cause },
  );
}
