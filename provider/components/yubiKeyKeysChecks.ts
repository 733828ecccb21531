import type { Problem } from "../inputs/problem";
import {
  checkAttestationRoot,
  checkPinPolicy,
  checkPivAlgorithm,
  checkSerial,
  checkSlot,
  checkTouchPolicy,
  checkYubiKeySecrets,
} from "../inputs/yubiKey";
import type { Algorithm } from "../kms/algorithms";
import { PCSC_PACKAGE } from "../piv/pcscPackage";
import { checkInstalled, checkRole, invalid } from "./keyServiceChecks";
import type { KeyRole } from "./keySource";
import { programSecrets } from "./programSecrets";
import type { YubiKeyKeysArgs } from "./yubiKeyKeys";

/** Finds what is wrong with the settings of keys in a YubiKey, before anything is registered and any PIN is tried. */
export function checkYubiKeyKeys(args: YubiKeyKeysArgs, algorithm: Algorithm, roles: readonly KeyRole[]): Problem[] {
  const { serial, slots = {}, pinPolicy = "always", touchPolicy = "never", overwrite = [], adopt = {} } = args;
  const { attestationRootPem } = args;
  return [
    ...checkInstalled("a YubiKey", PCSC_PACKAGE),
    ...checkPivAlgorithm(algorithm, "algorithm"),
    ...checkSerial(serial, "keys.serial"),
    ...checkSlots(slots),
    ...checkSlotsOfRoles(slots, roles),
    ...checkPinPolicy(pinPolicy, "keys.pinPolicy"),
    ...checkTouchPolicy(touchPolicy, "keys.touchPolicy"),
    ...checkOverwritten(overwrite, slots),
    ...checkAdopted(adopt, slots, overwrite),
    ...(typeof attestationRootPem === "string"
      ? checkAttestationRoot(attestationRootPem, "keys.attestationRootPem")
      : []),
    ...checkYubiKeySecrets(programSecrets(), serial),
  ];
}

function checkSlots(slots: Readonly<Record<string, unknown>>): Problem[] {
  const given = Object.entries(slots);
  return given.flatMap(([role, slot], index) => {
    const path = `keys.slots.${role}`;
    const other = given.slice(0, index).find(([, taken]) => taken === slot);
    return [
      ...checkRole(role, path),
      ...checkSlot(slot, path),
      ...(other === undefined
        ? []
        : [invalid(path, `${String(slot)} is the slot of ${other[0]}, too`, "Choose another")]),
    ];
  });
}

function checkSlotsOfRoles(slots: YubiKeyKeysArgs["slots"], roles: readonly KeyRole[]): Problem[] {
  const missing = roles.filter((role) => slots?.[role] === undefined);
  return missing.length === 0
    ? []
    : [
        invalid(
          "ssh",
          `SSH keys have no slots by default, and ${missing.join(" and ")} ${missing.length === 1 ? "has" : "have"} none`,
          'Switch ssh off; or name two more slots: slots: { "ssh-user-key": "82", "ssh-host-key": "83" }',
        ),
      ];
}

function checkOverwritten(overwrite: readonly unknown[], slots: Readonly<Record<string, unknown>>): Problem[] {
  const used = Object.values(slots);
  return overwrite
    .filter((slot) => !used.includes(slot))
    .map((slot) =>
      invalid(
        "keys.overwrite",
        `${JSON.stringify(slot)} is the slot of no key of this authority`,
        `Name one of ${used.join(", ")}`,
      ),
    );
}

function checkAdopted(
  adopt: Readonly<Record<string, unknown>>,
  slots: Readonly<Record<string, unknown>>,
  overwrite: readonly unknown[],
): Problem[] {
  return Object.entries(adopt).flatMap(([role, slot]) => {
    const path = `keys.adopt.${role}`;
    if (slots[role] !== slot) {
      return [
        ...checkRole(role, path),
        invalid(
          path,
          `${JSON.stringify(slot)} is not the slot of that key`,
          slots[role] === undefined
            ? "No such key comes from here"
            : `Name ${JSON.stringify(slots[role])}, or set its slot`,
        ),
      ];
    }
    return overwrite.includes(slot)
      ? [invalid(path, `slot ${String(slot)} is in overwrite, too`, "Name it in one of the two, or in neither")]
      : [];
  });
}
