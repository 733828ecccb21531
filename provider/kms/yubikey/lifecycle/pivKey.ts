import { PkiError } from "../../../errors";
import type { Problem } from "../../../words/problem";
import { cleanPem } from "../../../inputs/pem";
import { YUBIKEY_PEM_INPUTS } from "../yubiKeyPemInputs";
import { hasUnknown, isKnownChange } from "../../../words/unknown";
import { checkPinPolicy, checkPivAlgorithm, checkSlot, checkSlotUse, checkTouchPolicy } from "../yubiKeyChecks";
import { readKeyOf } from "../../publicKey";
import { yubiKeyUri } from "../yubiKeyUri";
import type { Context } from "../../../lifecycle/context";
import type { Lifecycle } from "../../../lifecycle/provider";
import { requireRecorded } from "../../../lifecycle/recorded";
import { isForeignKey, type PivKeyInputs, type PivKeyRecord } from "./pivKeyRecord";
import { checkDevice, deviceOf } from "./yubiKeyDevice";

/** The properties that are fixed when a key is made. */
const REPLACING = ["kms", "slot", "algorithm", "pinPolicy", "touchPolicy"] as const;

/** The lifecycle of a key in a PIV slot. */
export function pivKeyLifecycle(context: Context): Lifecycle<PivKeyInputs, PivKeyRecord> {
  const { notice } = context;

  return {
    check(olds, news) {
      const known = isKeyOfLastRun(olds, news) ? { ...news, uri: yubiKeyUri(news.slot) } : news;
      const { inputs, problems } = cleanPem(known, YUBIKEY_PEM_INPUTS.pivKey);
      const found = [
        ...problems,
        ...checkPivAlgorithm(news.algorithm, "algorithm"),
        ...checkSlot(news.slot, "slot"),
        ...checkPinPolicy(news.pinPolicy, "pinPolicy"),
        ...checkTouchPolicy(news.touchPolicy, "touchPolicy"),
        ...checkSlotUse(news.use, "use"),
        ...checkOwnSlot(olds, news),
        ...checkDevice(context, news),
      ];
      return { inputs, problems: found };
    },

    diff(state, news) {
      requireRecorded(state, ["slot", "kms", "uri", "publicKeyPem"]);
      // A preview does not know the serial number of a device that is about to be updated, although it stays the same.
      const replaces = REPLACING.filter((property) => isKnownChange(state[property], news[property]));
      if ((state.status === "missing" || state.status === "changed") && replaces.length === 0) {
        notice(`the key in slot ${state.slot} was found ${state.status}; pulumi up fails until it is back.`);
      }
      const isUncertain = REPLACING.some((property) => property !== "kms" && hasUnknown(news[property]));
      return {
        changes: replaces.length > 0 || isUncertain || state.status !== "present" || state.deleteKey !== news.deleteKey,
        replaces,
      };
    },

    async create(inputs) {
      const device = await deviceOf(context, inputs);
      const { makeKey } = await import("./pivKeyMaking.js");
      const made = await makeKey(device, inputs, notice);
      const uri = yubiKeyUri(inputs.slot);
      return { id: `${inputs.kms}/${inputs.slot}`, state: { ...inputs, ...made, uri, status: "present" } };
    },

    async read(state) {
      requireRecorded(state, ["slot", "kms", "uri", "publicKeyPem"]);
      const device = await deviceOf(context, state);
      const { publicKey, hasKey } = await device.turn((turn) => turn.readSlot(state.slot));
      if (publicKey !== undefined) {
        return {
          ...state,
          status: publicKey.equals(readKeyOf(`slot ${state.slot}`, state.publicKeyPem)) ? "present" : "changed",
        };
      }
      // With firmware that does not report the key, only its certificate shows it.
      return { ...state, status: hasKey === false ? "missing" : hasKey === true ? "changed" : state.status };
    },

    async update(state, news) {
      const found = await this.read(state);
      if (found.status !== "present") {
        throw new PkiError(
          found.status === "missing" ? "KEY_NOT_FOUND" : "KEY_CHANGED",
          `slot ${state.slot} ${found.status === "missing" ? "no longer holds a key" : "holds a key other than the recorded one"}, ` +
            "and a key is never replaced silently",
          "Plug the right YubiKey in and run again. To give up the key, turn deletionProtection off and run " +
            "pulumi up --replace with the URN of the key, which reissues its certificates",
        );
      }
      return { ...found, deleteKey: news.deleteKey };
    },

    async delete(state) {
      if (state.deleteKey && isForeignKey(state)) {
        notice(`the key in slot ${state.slot} existed before it was adopted and stays in the device.`);
      } else if (state.deleteKey) {
        const device = await deviceOf(context, state);
        const { giveUpKey } = await import("./pivKeyDeletion.js");
        await giveUpKey(device, state, notice);
      }
    },
  };
}

function isKeyOfLastRun(olds: Partial<PivKeyInputs>, news: PivKeyInputs): boolean {
  const stays = REPLACING.filter((property) => olds[property] === news[property]);
  return (
    isKnownSlot(news.slot) && REPLACING.every((property) => stays.includes(property) || isUnknownDevice(property, news))
  );
}

function isKnownSlot(slot: unknown): boolean {
  return !hasUnknown(slot) && checkSlot(slot, "slot").length === 0;
}

function isUnknownDevice(property: keyof PivKeyInputs, { kms }: PivKeyInputs): boolean {
  return property === "kms" && hasUnknown(kms);
}

/**
 * Refuses a change that would make another key in the same slot. A slot holds one key, so the first would be lost
 * before the second is known.
 */
function checkOwnSlot(olds: Partial<PivKeyInputs>, news: PivKeyInputs): Problem[] {
  const isSameSlot = olds.slot !== undefined && olds.slot === news.slot && olds.kms === news.kms;
  const changed = (["algorithm", "pinPolicy", "touchPolicy"] as const).filter((property) =>
    isKnownChange(olds[property], news[property]),
  );
  return isSameSlot && news.use !== "overwrite"
    ? changed.map((property) => ({
        code: "KEY_EXISTS",
        property,
        reason: `the key in slot ${news.slot} was made with ${String(olds[property])}, and a new key would overwrite it`,
        remedy: "Choose another slot. To lose the key for good, add the slot to overwrite",
      }))
    : [];
}
