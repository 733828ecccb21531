import { PkiError } from "../../../errors";
import type { Problem } from "../../../words/problem";
import { cleanPem, PEM_INPUTS } from "../../../inputs/pem";
import { hasUnknown, isKnownChange } from "../../../words/unknown";
import { checkPinPolicy, checkPivAlgorithm, checkSlot, checkSlotUse, checkTouchPolicy } from "../yubiKeyChecks";
import type { Algorithm } from "../../algorithms";
import { readKeyOf } from "../../publicKey";
import { yubiKeyUri } from "../yubiKeyUri";
import type { PinPolicy, TouchPolicy } from "../../../piv/pivAlgorithms";
import type { Context } from "../../../lifecycle/context";
import type { Lifecycle } from "../../../lifecycle/provider";
import type { ClaimedSlot } from "../slotClaim";
import { requireRecorded } from "../../../lifecycle/recorded";
import { checkDevice, deviceOf } from "./yubiKeyDevice";

/** What a program says of a key in a slot. */
export interface YubiKeyKeyInputs extends ClaimedSlot {
  /** The YubiKey, as in `kms.uri` of ca.json. */
  readonly kms: string;
  readonly algorithm: Algorithm;
  readonly pinPolicy: PinPolicy;
  readonly touchPolicy: TouchPolicy;
  /** Whether the key is deleted from the device when the resource is. */
  readonly deleteKey: boolean;
  /** The certificate of who vouches for the device, as PEM. With it, a key that is not attested under it is refused. */
  readonly attestationRootPem?: string;
  /** The key's URI, for a preview. Completed by `check` for a key that stays. */
  readonly uri?: string;
}

/** What is recorded of a key in a slot. */
export interface YubiKeyKeyRecord extends YubiKeyKeyInputs {
  readonly uri: string;
  readonly publicKeyPem: string;
  /** Of the device; absent when it does not tell. */
  readonly serial?: number;
  /** Of the device, when the key was made. */
  readonly firmware: string;
  /** As JSON: each value in the state costs time. */
  readonly attestation?: string;
  /** Of a key that was adopted: whether somebody else made it. Absent in older records, where it counts as foreign. */
  readonly isForeign?: boolean;
  readonly status: "present" | "missing" | "changed";
}

/** Whether a key was there before, and so is released when it is given up, whatever `deleteKey` says. */
export function isForeignKey({ use, isForeign }: Partial<YubiKeyKeyRecord>): boolean {
  return use === "adopt" && isForeign !== false;
}

/** What is fixed when a key is made. */
const REPLACING = ["kms", "slot", "algorithm", "pinPolicy", "touchPolicy"] as const;

/** The life of a key in a PIV slot. */
export function yubiKeyKeyLifecycle(context: Context): Lifecycle<YubiKeyKeyInputs, YubiKeyKeyRecord> {
  const { notice } = context;

  return {
    check(olds, news) {
      const known = isKeyOfLastRun(olds, news) ? { ...news, uri: yubiKeyUri(news.slot) } : news;
      const { inputs, problems } = cleanPem(known, PEM_INPUTS.yubiKeyKey);
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
      // A preview does not know the serial number of a device that is about to be updated, which stays what it is.
      const replaces = REPLACING.filter((property) => isKnownChange(state[property], news[property]));
      if ((state.status === "missing" || state.status === "changed") && replaces.length === 0) {
        notice(`the key in slot ${state.slot} was found ${state.status}; up fails unless it is back.`);
      }
      const isUncertain = REPLACING.some((property) => property !== "kms" && hasUnknown(news[property]));
      return {
        changes: replaces.length > 0 || isUncertain || state.status !== "present" || state.deleteKey !== news.deleteKey,
        replaces,
      };
    },

    async create(inputs) {
      const device = await deviceOf(context, inputs);
      const { makeKey } = await import("./yubiKeyKeyMaking.js");
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
      // A firmware that does not tell of the key leaves only its certificate to go by.
      return { ...state, status: hasKey === false ? "missing" : hasKey === true ? "changed" : state.status };
    },

    async update(state, news) {
      const found = await this.read(state);
      if (found.status !== "present") {
        throw new PkiError(
          found.status === "missing" ? "KEY_NOT_FOUND" : "KEY_CHANGED",
          `slot ${state.slot} ${found.status === "missing" ? "holds no key any more" : "holds another key than was recorded"}, ` +
            "and a key is never replaced in silence",
          "Plug the right YubiKey in and run again; or, to give the key up, switch deletionProtection off and run " +
            "pulumi up --replace with the URN of the key, which issues its certificates anew",
        );
      }
      return { ...found, deleteKey: news.deleteKey };
    },

    async delete(state) {
      if (state.deleteKey && isForeignKey(state)) {
        notice(`the key in slot ${state.slot} was there before it was adopted; it stays in the device.`);
      } else if (state.deleteKey) {
        const device = await deviceOf(context, state);
        const { giveUpKey } = await import("./yubiKeyKeyDeletion.js");
        await giveUpKey(device, state, notice);
      }
    },
  };
}

function isKeyOfLastRun(olds: Partial<YubiKeyKeyInputs>, news: YubiKeyKeyInputs): boolean {
  const stays = REPLACING.filter((property) => olds[property] === news[property]);
  return (
    isKnownSlot(news.slot) && REPLACING.every((property) => stays.includes(property) || isUnknownDevice(property, news))
  );
}

function isKnownSlot(slot: unknown): boolean {
  return !hasUnknown(slot) && checkSlot(slot, "slot").length === 0;
}

function isUnknownDevice(property: keyof YubiKeyKeyInputs, { kms }: YubiKeyKeyInputs): boolean {
  return property === "kms" && hasUnknown(kms);
}

/** A slot has room for one key, so another key in the same slot would be the end of the first before the second is known. */
function checkOwnSlot(olds: Partial<YubiKeyKeyInputs>, news: YubiKeyKeyInputs): Problem[] {
  const isSameSlot = olds.slot !== undefined && olds.slot === news.slot && olds.kms === news.kms;
  const changed = (["algorithm", "pinPolicy", "touchPolicy"] as const).filter((property) =>
    isKnownChange(olds[property], news[property]),
  );
  return isSameSlot && news.use !== "overwrite"
    ? changed.map((property) => ({
        code: "KEY_EXISTS",
        property,
        reason: `the key in slot ${news.slot} was made with ${String(olds[property])}, and another key would overwrite it`,
        remedy: "Choose another slot; or, to lose the key for good, name the slot in overwrite",
      }))
    : [];
}
