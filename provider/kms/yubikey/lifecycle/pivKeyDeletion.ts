import { readKeyOf } from "../../publicKey";
import type { YubiKeyPiv, YubiKeyTurn } from "../yubikey";
import { deviceName } from "../yubiKeyUri";
import { slotMark } from "../../../x509/slotMark";
import { uninterrupted } from "../../../lifecycle/engineWatch";
import { publicKeyIn } from "../slotClaim";
import type { PivKeyRecord } from "./pivKeyRecord";

/**
 * Deletes the key of a resource, if the slot still holds it. Firmware before 5.7 cannot delete a key. There a throwaway
 * key replaces it, and the slot is marked as free.
 */
export function giveUpKey(device: YubiKeyPiv, record: PivKeyRecord, notice: (message: string) => void): Promise<void> {
  const { slot, owner, algorithm, pinPolicy, touchPolicy } = record;
  return device.turn(async (turn) => {
    const held = await holdsRecordedKey(turn, record);
    if (held === "another") {
      return; // it took the slot
    }
    if (held === "none") {
      notice(`slot ${slot} of ${deviceName(turn.serial)} no longer holds that key.`);
      return;
    }
    await turn.authenticate();
    await uninterrupted(async () => {
      if (await turn.deleteKey(slot)) {
        await turn.deleteCertificate(slot);
        return;
      }
      const nobodys = await turn.generateKey(slot, { algorithm, pinPolicy, touchPolicy });
      await turn.writeCertificate(slot, await slotMark("released", owner, nobodys));
    });
  });
}

/**
 * Whether the slot holds the recorded key. If the device does not tell, a signature proves it, because the certificate
 * may be gone or belong to another key.
 */
async function holdsRecordedKey(
  turn: YubiKeyTurn,
  { slot, algorithm, publicKeyPem }: PivKeyRecord,
): Promise<"recorded" | "another" | "none"> {
  const content = await turn.readSlot(slot);
  if (content.hasKey === false) {
    return "none";
  }
  const recorded = readKeyOf(`slot ${slot}`, publicKeyPem);
  const found = publicKeyIn(content);
  if (content.hasKey === true) {
    return found?.equals(recorded) === true ? "recorded" : "another";
  }
  if (found?.equals(recorded) === false) {
    return "another";
  }
  return (await turn.provesKey(slot, algorithm, recorded)) ? "recorded" : "none";
}
