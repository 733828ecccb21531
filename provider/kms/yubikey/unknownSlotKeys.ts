import { resourceIn } from "../ownerMark";
import { resourceType } from "../resourceType";
import type { YubiKeyPiv } from "./yubikey";
import { deviceName, parseYubiKeyKmsUri, yubiKeyUri } from "./yubiKeyUri";
import { type Slot, SLOTS } from "../../piv/slots";
import { markIn } from "./slotClaim";
import type { RecordedResource, RecordedStack } from "../recordedStack";
import type { KeySearch, UnknownKey } from "../unknownKey";

/**
 * Searches all slots of a stack's YubiKeys for its mark, which stays there until the certificate of the key is stored.
 * Needs no PIN.
 */
export async function unknownSlotKeys(
  state: RecordedStack,
  open: (serial: number | undefined) => Promise<Pick<YubiKeyPiv, "turn">>,
): Promise<KeySearch> {
  const keys = state.ofType(resourceType("PivKey"));
  const serials = [...new Set(keys.map(serialOf))];
  const found: UnknownKey[] = [];
  for (const serial of serials) {
    const known = keys.filter((key) => serialOf(key) === serial).map(({ outputs }) => outputs["slot"]);
    const device = await open(serial);
    await device.turn(async (turn) => {
      for (const slot of SLOTS.filter((each) => !known.includes(each))) {
        const content = await turn.readSlot(slot);
        const mark = markIn(content);
        if (mark !== undefined && mark.stage !== "released" && content.hasKey !== false && state.ownsMark(mark.owner)) {
          found.push(described(slot, mark.stage, resourceIn(mark.owner), state));
        }
      }
    });
  }
  return { asked: serials.map(deviceName), unknownKeys: found };
}

function serialOf({ outputs: { serial, kms } }: RecordedResource): number | undefined {
  return typeof serial === "number" ? serial : parseYubiKeyKmsUri(String(kms)).serial;
}

function described(slot: Slot, stage: string, urn: string, state: RecordedStack): UnknownKey {
  return {
    keyUri: yubiKeyUri(slot),
    madeFor: urn.replace(/^.*::/, ""),
    state: stage,
    discard: `yubico-piv-tool -a delete-key -a delete-certificate -s ${slot}`,
    ...(state.resources.some((resource) => resource.urn === urn) ? {} : { adopt: "pulumi up" }),
  };
}
