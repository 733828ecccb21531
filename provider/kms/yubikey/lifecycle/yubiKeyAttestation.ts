import type { KeyObject } from "node:crypto";
import { PkiError } from "../../../errors";
import type { Attestation } from "../../keyManager";
import type { SlotAttestation, YubiKeyTurn } from "../yubikey";
import { verifyAttestation, verifyAttestationKey } from "../../../piv/attestation";
import { readCertificates, writePem } from "../../../x509/pem";
import type { PivKeyInputs } from "./pivKeyRecord";

const ROOT = "attestationRootPem";

/**
 * Requires that a device can attest a key under the given root, if any. Changes nothing, so a refused device has lost no key.
 *
 * @throws PkiError `ATTESTATION_REJECTED`
 */
export async function requireAttestationKey(
  turn: YubiKeyTurn,
  { slot, attestationRootPem }: PivKeyInputs,
): Promise<void> {
  if (attestationRootPem === undefined) {
    return;
  }
  const intermediate = await turn.attestationKey(slot);
  if (intermediate === undefined) {
    throw new PkiError(
      "ATTESTATION_REJECTED",
      "an attestation root is given, but the device cannot attest keys; nothing was changed",
      "Use a YubiKey of firmware 4.3 or later whose attestation key was not removed; or remove the attestation root",
    );
  }
  verifyAttestationKey(intermediate, readCertificates(attestationRootPem, ROOT));
}

/**
 * Requires that a device attests its key as declared, under the given root, if any.
 *
 * @param serial of the device, if it reports one
 * @throws PkiError `ATTESTATION_REJECTED`
 */
export function requireAttested(
  attestation: SlotAttestation | undefined,
  publicKey: KeyObject,
  { slot, attestationRootPem, pinPolicy, touchPolicy }: PivKeyInputs,
  serial: number | undefined,
): void {
  if (attestationRootPem === undefined) {
    return;
  }
  if (attestation === undefined) {
    throw new PkiError(
      "ATTESTATION_REJECTED",
      `an attestation root is given, but the device does not attest the key in slot ${slot}`,
      "Have the device make the key, or remove the attestation root",
    );
  }
  const { certificate, intermediate } = attestation;
  const attested = verifyAttestation({
    attestation: certificate,
    intermediate,
    authorities: readCertificates(attestationRootPem, ROOT),
    publicKey,
  });
  for (const [what, said, declared] of [
    ["serial number", attested.serial, serial ?? attested.serial],
    ["PIN policy", attested.pinPolicy, pinPolicy],
    ["touch policy", attested.touchPolicy, touchPolicy],
  ] as const) {
    if (said !== declared) {
      throw new PkiError(
        "ATTESTATION_REJECTED",
        `the key in slot ${slot} is attested with ${said === undefined ? `no known ${what}` : `the ${what} ${String(said)}`}, not ${String(declared)}`,
        "Declare the key as it is, or have the device make a new key",
      );
    }
  }
}

/** An attestation with its intermediate, as it is recorded. */
export function recordedAttestation({ certificate, intermediate }: SlotAttestation): Attestation {
  const pem = [certificate, intermediate].map((der) => writePem("CERTIFICATE", der)).join("");
  return { format: "YUBICO_PIV_ATTESTATION", content: Buffer.from(pem).toString("base64") };
}
