import type { KeyObject } from "node:crypto";
import { PkiError } from "../../../errors";
import { algorithmOf, fitsAlgorithm } from "../../algorithms";
import { resourceIn } from "../../ownerMark";
import type { SlotContent, YubiKeyTurn } from "../yubikey";
import { deviceName } from "../yubiKeyUri";
import { publicKeyIn, slotsOccupied } from "../slotClaim";
import type { PivKeyInputs } from "./pivKeyRecord";

/**
 * The key that an earlier run left behind, if it exists and is as declared. If the device does not report the key, a
 * signature proves that it exists.
 *
 * @param publicKey from the slot's mark and the device
 * @throws PkiError `KEY_EXISTS` if the slot holds another key
 */
export async function leftKey(
  turn: YubiKeyTurn,
  publicKey: KeyObject | undefined,
  content: SlotContent,
  inputs: PivKeyInputs,
): Promise<KeyObject | undefined> {
  const { slot, owner, algorithm, use } = inputs;
  if (publicKey === undefined || !fitsAlgorithm(publicKey, algorithm) || unwantedPolicies(content, inputs).length > 0) {
    return undefined;
  }
  if (content.hasKey === true || (await turn.provesKey(slot, algorithm, publicKey))) {
    return publicKey;
  }
  if (use !== "overwrite" && (await turn.holdsKey(slot))) {
    throw slotsOccupied(turn, [`slot ${slot} holds a key that no known run of ${resourceIn(owner)} made`]);
  }
  return undefined;
}

/**
 * The key in a slot, to be used as it is.
 *
 * @throws PkiError `ALGORITHM_UNSUPPORTED`; `KEY_CHANGED` if only a certificate tells the key, and the certificate
 * belongs to another key
 */
export async function adoptedKey(
  turn: YubiKeyTurn,
  content: SlotContent,
  inputs: PivKeyInputs,
  notice: (message: string) => void,
): Promise<KeyObject> {
  const { slot, algorithm } = inputs;
  const publicKey = publicKeyIn(content);
  if (publicKey === undefined || !fitsAlgorithm(publicKey, algorithm)) {
    throw new PkiError(
      "ALGORITHM_UNSUPPORTED",
      `the key in slot ${slot} is ${publicKey === undefined ? "not known" : `one for ${algorithmOf(publicKey)}`}, not for ${algorithm}`,
      "Correct algorithm, or remove the slot from adopt",
    );
  }
  if (content.hasKey === undefined && !(await turn.provesKey(slot, algorithm, publicKey))) {
    throw new PkiError(
      "KEY_CHANGED",
      `the certificate in slot ${slot} of ${deviceName(turn.serial)} belongs to another key than the one in the slot, and nothing else identifies the public key`,
      "Store the key's own certificate in the slot, or remove the slot from adopt",
    );
  }
  for (const policy of unwantedPolicies(content, inputs)) {
    notice(`warning: the adopted key in slot ${slot} has ${policy}.`);
  }
  return publicKey;
}

/** The policies of a key that differ from its declaration, as the device reports them. */
function unwantedPolicies(content: SlotContent, inputs: PivKeyInputs): string[] {
  return (
    [
      ["PIN policy", content.pinPolicy, inputs.pinPolicy],
      ["touch policy", content.touchPolicy, inputs.touchPolicy],
    ] as const
  )
    .filter(([, told, declared]) => told !== undefined && told !== declared)
    .map(([what, told, declared]) => `the ${what} ${String(told)}, not ${declared} as declared`);
}
