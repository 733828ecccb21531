import type { KeyRole } from "../../../authority/keyNames";
import { checkInstalled, checkKeyLabel, checkOneRoleEach } from "../../../keySources/keyServiceChecks";
import { programSecrets } from "../../../keySources/programSecrets";
import { checkAlgorithm } from "../../../inputs/algorithm";
import { checkForms, checkSwitch, checkText, checkTextFields } from "../../../inputs/form";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { invalid, type Problem } from "../../../words/problem";
import { checkSecret } from "../../../words/secrets";
import { UNKNOWN } from "../../../words/unknown";
import type { Algorithm } from "../../algorithms";
import { pkcs11 } from "../descriptor";
import { STEP_CA_ALGORITHMS } from "../pkcs11Algorithms";
import { checkAdoptedUri, checkLabel } from "../pkcs11Checks";
import { canonicalTokenKeyUri } from "../pkcs11Uri";
import { requireTokenPin } from "../tokenLogins";
import type { KnownPkcs11Settings, Pkcs11KeysArgs } from "./pkcs11KeysArgs";

const ARGUMENTS = argumentNames<Pkcs11KeysArgs>({
  modulePath: true,
  stepCaModulePath: true,
  token: true,
  serial: true,
  slotId: true,
  labelPrefix: true,
  storeCertificates: true,
  adopt: true,
  deleteKeys: true,
});

const FORMS = {
  modulePath: checkText,
  stepCaModulePath: checkText,
  token: checkText,
  serial: checkText,
  storeCertificates: checkSwitch,
  adopt: checkTextFields,
  deleteKeys: checkSwitch,
};

/** Checks the settings of keys in a token, before anything is registered and any PIN is tried. */
export function checkPkcs11Keys(args: KnownPkcs11Settings, algorithm: Algorithm, roles: readonly KeyRole[]): Problem[] {
  const { token, labelPrefix, adopt = {} } = args;
  const wrong = checkForms(args, FORMS, "keys");
  if (wrong.length > 0) {
    return wrong;
  }
  return [
    ...checkArgumentNames(args, ARGUMENTS, "keys"),
    ...checkInstalled(pkcs11),
    ...checkAlgorithm(algorithm, "algorithm"),
    ...checkStepCa(algorithm, roles),
    ...checkPath(args.modulePath, "keys.modulePath"),
    ...checkPath(args.stepCaModulePath, "keys.stepCaModulePath"),
    ...checkSelector(args),
    ...(labelPrefix === undefined ? [] : checkLabel(labelPrefix, "keys.labelPrefix")),
    ...Object.entries(adopt).flatMap(([key, uri]) => [
      ...checkKeyLabel(key, `keys.adopt.${key}`),
      ...checkAdoptedUri(uri, `keys.adopt.${key}`),
    ]),
    ...checkOneRoleEach(known(adopt), "keys.adopt", (uri) => canonicalTokenKeyUri(uri) ?? uri),
    ...(token === UNKNOWN ? [] : checkSecret(() => requireTokenPin(token, programSecrets()))),
  ];
}

function known(adopt: NonNullable<KnownPkcs11Settings["adopt"]>): Record<string, string> {
  const entries = Object.entries<string | undefined>(adopt);
  return Object.fromEntries(
    entries.flatMap(([key, uri]) => (uri === undefined || uri === UNKNOWN ? [] : [[key, uri]])),
  );
}

/** step-ca's PKCS#11 library does not support Edwards curves. Only the root's key is never used by step-ca. */
function checkStepCa(algorithm: Algorithm, roles: readonly KeyRole[]): Problem[] {
  return STEP_CA_ALGORITHMS.includes(algorithm) || roles.every((role) => role === "root")
    ? []
    : [
        {
          code: "ALGORITHM_UNSUPPORTED",
          property: "algorithm",
          reason: `step-ca cannot sign with ${algorithm} keys in ${pkcs11.title}`,
          remedy: `Choose one of ${STEP_CA_ALGORITHMS.join(", ")}`,
        },
      ];
}

function checkPath(path: string | undefined, property: string): Problem[] {
  return path === undefined || path !== ""
    ? []
    : [invalid(property, "it is empty", "Give the path of the module's library")];
}

/** step-ca also accepts exactly one. */
function checkSelector({ token, serial, slotId }: KnownPkcs11Settings): Problem[] {
  const all = Object.entries({ token, serial, slotId } as Record<string, unknown>);
  const given = all.filter(([, value]) => value !== undefined && value !== "" && value !== UNKNOWN);
  const mayBeGiven = all.some(([, value]) => value === UNKNOWN);
  if (given.length > 1 || (given.length === 0 && !mayBeGiven)) {
    const names = given.map(([name]) => name).join(" and ");
    return [
      invalid(
        "keys.token",
        given.length === 0
          ? "no setting names the token that holds the keys"
          : `${names} both name the token that holds the keys`,
        "Give one of token (its label), serial and slotId",
      ),
    ];
  }
  const slot: unknown = slotId;
  return slot === UNKNOWN || slotId === undefined || (Number.isSafeInteger(slotId) && slotId >= 0)
    ? []
    : [
        invalid(
          "keys.slotId",
          `${String(slotId)} is not a slot number`,
          "Give the number that pkcs11-tool --list-slots prints",
        ),
      ];
}
