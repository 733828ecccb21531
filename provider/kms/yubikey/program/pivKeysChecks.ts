import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { invalid, type Problem } from "../../../words/problem";
import {
  checkAttestationRoot,
  checkPinPolicy,
  checkPivAlgorithm,
  checkSerial,
  checkSlot,
  checkTouchPolicy,
  checkYubiKeySecrets,
} from "../yubiKeyChecks";
import type { Algorithm } from "../../algorithms";
import { yubikey } from "../descriptor";
import { checkInstalled, checkRole } from "../../../keySources/keyServiceChecks";
import type { KeysAtOnce } from "../../../keySources/keySource";
import type { KeyRole } from "../../../authority/keyNames";
import { programSecrets } from "../../../keySources/programSecrets";
import { hasUnknown, UNKNOWN } from "../../../words/unknown";
import type { KnownPivSettings, PivKeysArgs } from "./pivKeysArgs";

const ARGUMENTS = argumentNames<PivKeysArgs>({
  serial: true,
  slots: true,
  pinPolicy: true,
  touchPolicy: true,
  overwrite: true,
  adopt: true,
  deleteKeys: true,
  attestationRootPem: true,
});

/** The slots of each key, in their order. */
type SlotLists = Readonly<Record<string, readonly unknown[]>>;

/**
 * Finds the problems of settings of keys in a YubiKey, as far as they are known, before anything is registered and any
 * PIN is tried.
 */
export function checkPivKeys(
  args: KnownPivSettings,
  slots: SlotLists,
  algorithm: Algorithm,
  roles: readonly KeyRole[],
  atOnce: KeysAtOnce,
): Problem[] {
  const { serial, pinPolicy = "always", touchPolicy = "never", overwrite = [], adopt = {} } = args;
  const { attestationRootPem } = args;
  return [
    ...checkArgumentNames(args, ARGUMENTS, "keys"),
    ...checkInstalled(yubikey),
    ...checkPivAlgorithm(algorithm, "algorithm"),
    ...checkSerial(serial, "keys.serial"),
    ...checkSlots(slots),
    ...checkSlotsOfRoles(slots, roles),
    ...checkEnoughSlots(slots, roles, atOnce),
    ...checkPinPolicy(pinPolicy, "keys.pinPolicy"),
    ...checkTouchPolicy(touchPolicy, "keys.touchPolicy"),
    ...checkOverwritten(overwrite, slots),
    ...checkAdopted(adopt, slots, overwrite),
    ...(typeof attestationRootPem === "string" && attestationRootPem !== UNKNOWN
      ? checkAttestationRoot(attestationRootPem, "keys.attestationRootPem")
      : []),
    ...checkYubiKeySecrets(programSecrets(), serial),
  ];
}

function checkSlots(slots: SlotLists): Problem[] {
  const given = Object.entries(slots).flatMap(([role, listed]) => listed.map((slot) => ({ role, slot })));
  return [
    ...Object.keys(slots).flatMap((role) => checkRole(role, `keys.slots.${role}`)),
    ...given.flatMap(({ role, slot }, index) => {
      const path = `keys.slots.${role}`;
      const other = given.slice(0, index).find((earlier) => slot !== UNKNOWN && earlier.slot === slot);
      return [
        ...checkSlot(slot, path),
        ...(other === undefined
          ? []
          : [invalid(path, `${String(slot)} is also the slot of ${other.role}`, "Choose another")]),
      ];
    }),
  ];
}

/** Checks the number of slots: one for a key that does not rotate, and one for each generation of a rotated key. */
function checkEnoughSlots(slots: SlotLists, roles: readonly KeyRole[], atOnce: KeysAtOnce): Problem[] {
  return roles.flatMap((role) => {
    if (hasUnknown(slots[role])) {
      return []; // it may be a list
    }
    const [listed, needed] = [slots[role]?.length ?? 0, atOnce[role] ?? 1];
    if (listed > 0 && listed < needed) {
      return [
        invalid(
          `keys.slots.${role}`,
          `up to ${String(needed)} generations of this key exist at a time, but only ${String(listed)} ${listed === 1 ? "slot is" : "slots are"} listed`,
          `List ${String(needed)} slots: "${role}": ["82", "83", ...]; or shorten publishBefore and retireAfter`,
        ),
      ];
    }
    return atOnce[role] === undefined && listed > 1
      ? [invalid(`keys.slots.${role}`, "this key does not rotate, but has more than one slot", "List one")]
      : [];
  });
}

function checkSlotsOfRoles(slots: SlotLists, roles: readonly KeyRole[]): Problem[] {
  const missing = roles.filter((role) => slots[role] === undefined);
  return missing.length === 0
    ? []
    : [
        invalid(
          "ssh",
          `SSH keys have no slots by default, and ${missing.join(" and ")} ${missing.length === 1 ? "has" : "have"} none`,
          'Turn ssh off, or add two slots: slots: { "ssh-user-key": "82", "ssh-host-key": "83" }',
        ),
      ];
}

function checkOverwritten(overwrite: unknown, slots: SlotLists): Problem[] {
  const used: unknown[] = Object.values(slots).flat();
  const known: unknown[] = Array.isArray(overwrite) && !hasUnknown(used) ? overwrite : [];
  return known
    .filter((slot) => slot !== UNKNOWN && !used.includes(slot))
    .map((slot) =>
      invalid(
        "keys.overwrite",
        `${JSON.stringify(slot)} is not the slot of any key of this authority`,
        `Name one of ${used.join(", ")}`,
      ),
    );
}

function checkAdopted(adopt: NonNullable<KnownPivSettings["adopt"]>, slots: SlotLists, overwrite: unknown): Problem[] {
  return Object.entries(adopt).flatMap(([role, slot]) => {
    const path = `keys.adopt.${role}`;
    const [first] = slots[role] ?? [];
    if (slot === undefined || hasUnknown([first, slot])) {
      return [];
    }
    if (first !== slot) {
      return [
        ...checkRole(role, path),
        invalid(
          path,
          `${JSON.stringify(slot)} is not the slot of that key`,
          first === undefined ? "This source has no such key" : `Name ${JSON.stringify(first)}, or set its slot`,
        ),
      ];
    }
    return Array.isArray(overwrite) && overwrite.includes(slot)
      ? [invalid(path, `slot ${slot} is also in overwrite`, "Name it only in one of the two, or in neither")]
      : [];
  });
}
