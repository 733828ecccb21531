import { PkiError } from "../../../errors";
import type { KeyRole } from "../../../authority/keyNames";
import type { StackKeys, StackKms, StackSettings } from "../../../keySources/stackKms";
import type { PinPolicy, TouchPolicy } from "../../../piv/pivAlgorithms";
import type { Slot } from "../../../piv/slots";
import { parseYubiKeyKmsUri, yubiKeyKmsUri } from "../yubiKeyUri";
import { PivKeys } from "./pivKeys";

/** YubiKeys in the root stack. */
export const stackKms: StackKms = {
  source: (args) => new PivKeys(args),
  keys,
  settingNames: {
    "slots.root": "rootSlot",
    "slots.intermediate": "intermediateSlot",
    "slots.ssh-user-key": "sshUserSlot",
    "slots.ssh-host-key": "sshHostSlot",
    attestationRootPem: "attestationRootFile",
  },
  rootKey: (settings, key) => {
    const { serial = serialOf(settings) } = parseYubiKeyKmsUri(key);
    return { uri: key, kms: serial === undefined ? undefined : yubiKeyKmsUri({ serial }) };
  },
};

function keys(settings: StackSettings, roles: readonly KeyRole[]): StackKeys {
  // The source checks slots and policies, and lists the valid ones.
  const slot = (name: string): Slot[] | undefined => settings.optional(name)?.split(",") as Slot[] | undefined;
  const slots = {
    root: slot("rootSlot"),
    intermediate: slot("intermediateSlot"),
    "ssh-user-key": slot("sshUserSlot"),
    "ssh-host-key": slot("sshHostSlot"),
  };
  const made = new PivKeys({
    serial: serialOf(settings),
    adopt: slotsIn(settings.byRole("adopt", roles)),
    attestationRootPem: settings.pem("attestationRootFile"),
    slots: Object.fromEntries(Object.entries(slots).filter(([role]) => roles.includes(role as KeyRole))),
    overwrite: Object.values(slotsIn(settings.getObject("overwrite") as unknown[] | undefined) ?? {}),
    pinPolicy: settings.require("pinPolicy") as PinPolicy,
    touchPolicy: settings.require("touchPolicy") as TouchPolicy,
    deleteKeys: settings.requireBoolean("deleteKeys"),
  });
  return { root: made, intermediate: made, outputs: () => ({}) };
}

/** The slots in a structured setting, in which Pulumi reads `82` as a number. */
function slotsIn(setting: object | undefined): Record<string, Slot> | undefined {
  return setting && Object.fromEntries(Object.entries(setting).map(([name, slot]) => [name, String(slot) as Slot]));
}

/** The serial number, if it is set. */
function serialOf(settings: StackSettings): number | undefined {
  const serial = settings.optional("serial");
  if (serial !== undefined && !/^\d{1,10}$/.test(serial)) {
    throw new PkiError(
      "CONFIG_INVALID",
      `kms-pki:serial is "${serial}", which is not a serial number`,
      "Give the number that is printed on the YubiKey, such as 12345678",
    );
  }
  return serial === undefined ? undefined : Number(serial);
}
