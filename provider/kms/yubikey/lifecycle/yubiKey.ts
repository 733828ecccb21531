import { invalid, type Problem } from "../../../words/problem";
import { hasUnknown, UNKNOWN } from "../../../words/unknown";
import { checkSerial, checkSlot, checkSlotUse, checkYubiKeySecrets } from "../yubiKeyChecks";
import type { Context } from "../../../lifecycle/context";
import type { Lifecycle } from "../../../lifecycle/provider";
import { yubikey } from "../descriptor";
import type { ClaimedSlot } from "../slotClaim";
import { yubiKeyKmsUri } from "../yubiKeyUri";

/** The inputs of a YubiKey. */
export interface YubiKeyInputs {
  /** The serial number printed on the device. Default the only YubiKey that is plugged in. */
  readonly serial?: number;
  /** The slots in which the program makes keys. */
  readonly slots: readonly ClaimedSlot[];
}

/** The record of a YubiKey. */
export interface YubiKeyRecord {
  /** Absent for a device that does not report it. */
  readonly serial?: number;
  readonly firmware: string;
  /** The slots that were found free, or may be used anyway. */
  readonly checkedSlots: readonly string[];
}

/**
 * The lifecycle of a YubiKey: chosen once and then known by its serial number. Before the first key is made, every slot
 * for a new key is checked, and the PIN and the management key are tried.
 */
export function yubiKeyLifecycle({ backends, secrets }: Context): Lifecycle<YubiKeyInputs, YubiKeyRecord> {
  const claim = async (
    serial: number | undefined,
    slots: readonly ClaimedSlot[],
  ): Promise<Omit<YubiKeyRecord, "checkedSlots">> => {
    const device = await backends.open(yubikey, yubiKeyKmsUri({ serial }));
    return device.turn(async (turn) => {
      if (slots.length > 0) {
        const { requireUsableSlots } = await import("../slotClaim.js");
        await requireUsableSlots(turn, slots);
        await turn.verifyPin();
        await turn.authenticate();
      }
      return { ...(turn.serial === undefined ? {} : { serial: turn.serial }), firmware: turn.firmware };
    });
  };
  const names = (slots: readonly ClaimedSlot[]): string[] => slots.map(({ slot }) => slot);

  return {
    check: (_olds, news) => ({
      inputs: news,
      problems: [
        ...checkSerial(news.serial, "serial"),
        ...checkSlots(news.slots),
        ...checkYubiKeySecrets(secrets, news.serial),
      ],
    }),

    diff(state, news) {
      const stays: readonly unknown[] = [undefined, UNKNOWN, state.serial];
      const replaces = stays.includes(news.serial) ? [] : ["serial"];
      const checked: readonly string[] = Array.isArray(state.checkedSlots) ? state.checkedSlots : [];
      const isSame =
        isList(news.slots) &&
        !hasUnknown([news.serial, news.slots]) &&
        [...checked].sort().join() === names(news.slots).sort().join();
      return { changes: replaces.length > 0 || !isSame, replaces };
    },

    async create({ serial, slots }) {
      const found = await claim(serial, slots);
      return { id: String(found.serial ?? "yubikey"), state: { ...found, checkedSlots: names(slots) } };
    },

    /** A missing device is an error, not the end of the resource. */
    async read(state) {
      return { ...state, ...(await claim(state.serial, [])) };
    },

    async update(state, { slots }) {
      const added = slots.filter(({ slot }) => !state.checkedSlots.includes(slot));
      return { ...(await claim(state.serial, added)), checkedSlots: names(slots) };
    },

    delete: () => Promise.resolve(),
  };
}

function checkSlots(slots: unknown): Problem[] {
  if (slots === UNKNOWN) {
    return [];
  }
  if (
    !isList(slots) ||
    slots.some((claim: unknown) => claim !== UNKNOWN && (typeof claim !== "object" || claim === null))
  ) {
    return [
      invalid(
        "slots",
        "it is not a list of slots with their uses",
        'Write each as { slot: "9c", use: "new", owner: URN }',
      ),
    ];
  }
  const known = slots.filter((claim) => !hasUnknown(claim));
  return known.flatMap(({ slot, use }, index) => [
    ...checkSlot(slot, "slots"),
    ...checkSlotUse(use, "slots"),
    ...(known.findIndex((other) => other.slot === slot) === index ? [] : [claimedTwice(slot)]),
  ]);
}

function claimedTwice(slot: string): Problem {
  return invalid("slots", `two keys are to be made in slot ${slot}`, "Give each key its own slot");
}

/** A preview may not know the list. */
function isList(slots: unknown): slots is readonly ClaimedSlot[] {
  return Array.isArray(slots);
}
