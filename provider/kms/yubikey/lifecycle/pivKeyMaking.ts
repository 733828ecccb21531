import type { KeyObject } from "node:crypto";
import type { YubiKeyPiv, YubiKeyTurn } from "../yubikey";
import { resourceIn } from "../../ownerMark";
import { publicKeyPem } from "../../../x509/certificate";
import { slotMark } from "../../../x509/slotMark";
import { uninterrupted } from "../../../lifecycle/engineWatch";
import { claimOf, requireUsableSlots } from "../slotClaim";
import { recordedAttestation, requireAttestationKey, requireAttested } from "./yubiKeyAttestation";
import { adoptedKey, leftKey } from "./foundPivKey";
import type { PivKeyInputs } from "./pivKeyRecord";

/** A key that was made or found. */
interface MadeKey {
  readonly publicKeyPem: string;
  readonly serial?: number;
  readonly firmware: string;
  readonly attestation?: string;
  /** For an adopted key: whether someone else made it. */
  readonly isForeign?: boolean;
}

/**
 * Makes a key in a slot, or finds the key that an interrupted call for the same resource made. The slot is marked
 * before, and again with the public key after. This makes an interrupted run recognizable even with firmware that does
 * not report keys.
 *
 * @throws PkiError `KEY_EXISTS`, `PIN_REJECTED` and similar errors before anything is changed; `ATTESTATION_REJECTED`
 * before for the device, after for the key
 */
export function makeKey(device: YubiKeyPiv, inputs: PivKeyInputs, notice: (message: string) => void): Promise<MadeKey> {
  return device.turn(async (turn) => {
    await requireAttestationKey(turn, inputs);
    const { publicKey, ...adoption } = await keyOf(turn, inputs, notice);
    const attestation = await turn.attest(inputs.slot);
    requireAttested(attestation, publicKey, inputs, turn.serial);
    return {
      publicKeyPem: publicKeyPem(publicKey),
      ...(turn.serial === undefined ? {} : { serial: turn.serial }),
      firmware: turn.firmware,
      ...(attestation === undefined ? {} : { attestation: JSON.stringify(recordedAttestation(attestation)) }),
      ...adoption,
    };
  });
}

async function keyOf(
  turn: YubiKeyTurn,
  inputs: PivKeyInputs,
  notice: (message: string) => void,
): Promise<{ publicKey: KeyObject; isForeign?: boolean }> {
  const { slot, owner, use } = inputs;
  const content = await turn.readSlot(slot);
  const claim = claimOf(content, inputs);
  await requireUsableSlots(turn, [inputs]);
  await turn.verifyPin();
  if (use === "adopt") {
    const publicKey = await adoptedKey(turn, content, inputs, notice);
    const isOwn = claim.state === "interrupted" && claim.publicKey?.equals(publicKey) === true;
    return { publicKey, isForeign: !isOwn };
  }
  if (claim.state === "interrupted") {
    const left = await leftKey(turn, claim.publicKey, content, inputs);
    if (left !== undefined) {
      notice(`using the key in slot ${slot}, which an interrupted run of ${resourceIn(owner)} made.`);
      return { publicKey: left };
    }
    notice(`slot ${slot} bears the mark of an interrupted run of ${resourceIn(owner)}; making its key now.`);
  }
  await turn.authenticate();
  const stage = claim.state === "occupied" ? "overwriting" : "pending";
  return uninterrupted(async () => {
    await turn.writeCertificate(slot, await slotMark(stage, owner, content.publicKey));
    const publicKey = await turn.generateKey(slot, inputs);
    await turn.writeCertificate(slot, await slotMark("made", owner, publicKey));
    return { publicKey };
  });
}
