import type { KeyObject } from "node:crypto";
import { PkiError } from "../errors";
import type { Attestation } from "../kms/keyManager";
import type { SlotAttestation } from "../kms/yubikey";
import { verifyAttestation } from "../piv/attestation";
import type { YubiKeyKeyInputs } from "./yubiKeyKey";

/**
 * Requires that a device attests its key, as it was declared, under the root that is given, if one is.
 *
 * @param serial of the device
 * @throws PkiError `ATTESTATION_REJECTED`
 */
export function requireAttested(
  attestation: SlotAttestation | undefined,
  publicKey: KeyObject,
  { slot, attestationRootPem, pinPolicy, touchPolicy }: YubiKeyKeyInputs,
  serial: number | undefined,
): void {
  if (attestationRootPem === undefined) {
    return;
  }
  if (attestation === undefined) {
    throw new PkiError(
      "ATTESTATION_REJECTED",
      `the device does not attest the key in slot ${slot}, and an attestation root is given`,
      "Have the device make the key; or remove the attestation root",
    );
  }
  const { certificate, intermediate } = attestation;
  const attested = verifyAttestation({ attestation: certificate, intermediate, root: attestationRootPem, publicKey });
  for (const [what, said, declared] of [
    ["serial number", attested.serial, serial],
    ["PIN policy", attested.pinPolicy, pinPolicy],
    ["touch policy", attested.touchPolicy, touchPolicy],
  ] as const) {
    if (said !== undefined && declared !== undefined && said !== declared) {
      throw new PkiError(
        "ATTESTATION_REJECTED",
        `the key in slot ${slot} is attested with the ${what} ${String(said)}, not ${String(declared)}`,
        "Declare the key as it is, or have the device make another",
      );
    }
  }
}

/** An attestation with its intermediate, as it is recorded. */
export function recordedAttestation({ certificate, intermediate }: SlotAttestation): Attestation {
  const pem = [certificate, intermediate].map(
    (der) =>
      `-----BEGIN CERTIFICATE-----\n${(der.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`,
  );
  return { format: "YUBICO_PIV_ATTESTATION", content: Buffer.from(pem.join("")).toString("base64") };
}
