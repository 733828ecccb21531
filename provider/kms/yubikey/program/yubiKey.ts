import type { CustomResourceOptions, Input, Output } from "../../../pulumi";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { checkObject } from "../../../inputs/form";
import { invalid, type Problem } from "../../../words/problem";
import { checkSerial } from "../yubiKeyChecks";
import { yubiKeyKmsUri } from "../yubiKeyUri";
import type { ClaimedSlot } from "../slotClaim";
import { givenArgs, withDefault } from "../../../resources/knownInputs";
import { LifecycleResource } from "../../../resources/lifecycleResource";

/** The settings of a {@link YubiKey}. */
export interface YubiKeyArgs {
  /**
   * The serial number, as printed on the device. Without it, exactly one YubiKey must be plugged in when the resource is created
   * (`CARD_AMBIGUOUS`). The resource keeps that one. A change replaces the resource (not the device).
   */
  serial?: Input<number | undefined>;
  /**
   * The slots in which keys will be made, each with the URN of the key's resource. All slots are checked, and PIN and management
   * key are tried, before the first key is made. Default: none, and each key checks its own slot. A change updates the resource.
   */
  slots?: Input<Input<ClaimedSlot>[] | undefined>;
}

const ARGUMENTS = argumentNames<YubiKeyArgs>({ serial: true, slots: true });

const SLOT_ARGUMENTS = argumentNames<ClaimedSlot>({ slot: true, use: true, owner: true, formerOwners: true });

/**
 * A YubiKey that is plugged in, chosen by its serial number. A refresh fails (`CARD_NOT_FOUND`) if it is not plugged in.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 * import { YubiKey, PivKey } from "pulumi-kms-pki/yubikey";
 *
 * const device = new YubiKey("device", { serial: 12345678 });
 * const key = new PivKey("root", { slot: "9a", kms: device.kms });
 * const root = new pki.Certificate("root", { key, subject: { commonName: "Example Root" } });
 * ```
 */
export class YubiKey extends LifecycleResource {
  /** The serial number. Undefined for a device before firmware 5 that does not report it. */
  declare readonly serial: Output<number | undefined>;
  /** The version of the firmware, such as `5.7.1`. */
  declare readonly firmware: Output<string>;

  /** @throws PkiError `INPUT_INVALID` */
  constructor(name: string, args: YubiKeyArgs = {}, opts?: CustomResourceOptions) {
    const given = givenArgs(args);
    super(
      "yubiKey",
      "YubiKey",
      name,
      { serial: given.serial, slots: withDefault<Input<ClaimedSlot>[]>(given.slots, []), firmware: undefined },
      (plain) => [
        ...checkArgumentNames(given, ARGUMENTS),
        ...checkSlotNames(plain["slots"]),
        ...checkSerial(plain["serial"], "serial"),
      ],
      opts,
    );
  }

  /** How to reach the keys of this device, as in `kms.uri` of ca.json: `yubikey:serial=12345678`. */
  get kms(): Output<string> {
    return this.serial.apply((serial) => yubiKeyKmsUri({ serial }));
  }
}

function checkSlotNames(slots: unknown): Problem[] {
  return Array.isArray(slots)
    ? slots.flatMap((slot: unknown, index) => {
        const property = `slots[${String(index)}]`;
        const wrong =
          slot === null || slot === undefined
            ? [invalid(property, "it is empty", "Give a slot")]
            : checkObject(slot, property);
        return wrong.length > 0 ? wrong : checkArgumentNames(slot, SLOT_ARGUMENTS, property);
      })
    : [];
}
