import { createPublicKey, type KeyObject } from "node:crypto";
import { PkiError } from "../errors";
import { algorithmOf, fitsAlgorithm } from "../kms/algorithms";
import type { Attestation } from "../kms/keyManager";
import type { SlotAttestation, YubiKeyPiv, YubiKeyTurn } from "../kms/yubikey";
import { deviceName } from "../kms/yubiKeyUri";
import { verifyAttestation } from "../piv/attestation";
import { publicKeyPem } from "../x509/certificate";
import { slotMark } from "../x509/slotMark";
import { uninterrupted } from "./engineWatch";
import { claimOf, requireUsableSlots } from "./slotClaim";
import type { YubiKeyKeyInputs, YubiKeyKeyRecord } from "./yubiKeyKey";

/** A key as it was made, or found. */
interface MadeKey {
  readonly publicKeyPem: string;
  readonly serial?: number;
  readonly firmware: string;
  readonly attestation?: string;
}

/**
 * Makes a key in a slot, or finds the one that an earlier, cut-off call for the same resource made. The slot is marked before,
 * and with the public half after: so an interrupted run is recognised, also by a firmware that does not tell of keys.
 *
 * @throws PkiError `KEY_EXISTS`, `PIN_REJECTED` and its like before anything is changed
 */
export function makeKey(
  device: YubiKeyPiv,
  inputs: YubiKeyKeyInputs,
  notice: (message: string) => void,
): Promise<MadeKey> {
  return device.turn(async (turn) => {
    const publicKey = await keyOf(turn, inputs, notice);
    const attestation = await turn.attest(inputs.slot);
    requireAttested(attestation, publicKey, inputs);
    return {
      publicKeyPem: publicKeyPem(publicKey),
      ...(turn.serial === undefined ? {} : { serial: turn.serial }),
      firmware: turn.firmware,
      ...(attestation === undefined ? {} : { attestation: JSON.stringify(attestationText(attestation)) }),
    };
  });
}

async function keyOf(
  turn: YubiKeyTurn,
  inputs: YubiKeyKeyInputs,
  notice: (message: string) => void,
): Promise<KeyObject> {
  const { slot, owner, use, algorithm } = inputs;
  const content = await turn.readSlot(slot);
  const claim = claimOf(content, owner);
  await requireUsableSlots(turn, [inputs]);
  await turn.verifyPin();
  if (claim.state === "interrupted") {
    if (claim.publicKey !== undefined && fitsAlgorithm(claim.publicKey, algorithm)) {
      notice(`the key in slot ${slot} was made by an earlier run of ${owner} that did not end; it is taken.`);
      return claim.publicKey;
    }
    notice(`slot ${slot} bears the mark of an earlier run of ${owner} that did not end; its key is made now.`);
  } else if (use === "adopt") {
    return adopted(content.publicKey, inputs);
  }
  await turn.authenticate();
  return uninterrupted(async () => {
    await turn.writeCertificate(slot, await slotMark("pending", owner));
    const publicKey = await turn.generateKey(slot, inputs);
    await turn.writeCertificate(slot, await slotMark("made", owner, publicKey));
    return publicKey;
  });
}

function adopted(publicKey: KeyObject | undefined, { slot, algorithm }: YubiKeyKeyInputs): KeyObject {
  if (publicKey === undefined || !fitsAlgorithm(publicKey, algorithm)) {
    throw new PkiError(
      "ALGORITHM_UNSUPPORTED",
      `the key in slot ${slot} is ${publicKey === undefined ? "not known" : `one for ${algorithmOf(publicKey)}`}, not for ${algorithm}`,
      "Correct algorithm, or take the slot out of adopt",
    );
  }
  return publicKey;
}

function requireAttested(
  attestation: SlotAttestation | undefined,
  publicKey: KeyObject,
  { slot, attestationRootPem }: YubiKeyKeyInputs,
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
  verifyAttestation({
    attestation: attestation.certificate,
    intermediate: attestation.intermediate,
    root: attestationRootPem,
    publicKey,
  });
}

function attestationText({ certificate, intermediate }: SlotAttestation): Attestation {
  const pem = [certificate, intermediate].map(
    (der) =>
      `-----BEGIN CERTIFICATE-----\n${(der.toString("base64").match(/.{1,64}/g) ?? []).join("\n")}\n-----END CERTIFICATE-----\n`,
  );
  return { format: "YUBICO_PIV_ATTESTATION", content: Buffer.from(pem.join("")).toString("base64") };
}

/**
 * Deletes the key of a resource, if the slot still holds it. Before firmware 5.7 a key cannot be deleted: there a key of the
 * moment takes its place, and the slot is marked as free.
 */
export function giveUpKey(
  device: YubiKeyPiv,
  { slot, owner, publicKeyPem: pem, algorithm, pinPolicy, touchPolicy }: YubiKeyKeyRecord,
  notice: (message: string) => void,
): Promise<void> {
  return device.turn(async (turn) => {
    const content = await turn.readSlot(slot);
    if (content.publicKey !== undefined && !content.publicKey.equals(createPublicKey(pem))) {
      return; // a replacement took the slot
    }
    if (content.publicKey === undefined && content.hasKey !== true) {
      notice(`slot ${slot} of ${deviceName(turn.serial)} holds no key any more.`);
      return;
    }
    await turn.authenticate();
    await uninterrupted(async () => {
      if (await turn.deleteKey(slot)) {
        await turn.deleteCertificate(slot);
        return;
      }
      await turn.writeCertificate(slot, await slotMark("released", owner));
      await turn.generateKey(slot, { algorithm, pinPolicy, touchPolicy });
    });
  });
}
