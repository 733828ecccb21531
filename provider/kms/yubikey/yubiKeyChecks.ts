import { type Algorithm, isAlgorithm } from "../algorithms";
import { isPivAlgorithm, PIV_ALGORITHMS } from "../../piv/pivAlgorithms";
import { parseManagementKey } from "../../piv/managementKey";
import { checkPin } from "../../piv/pin";
import { isSlot, SLOTS } from "../../piv/slots";
import { certificatesPem } from "../../x509/pem";
import { checkAlgorithm } from "../../inputs/algorithm";
import { cleanText } from "../../inputs/pem";
import { type Problem, problemsOf } from "../../words/problem";
import { findSecret, requireSecret, type SecretSources } from "../../words/secrets";
import { MANAGEMENT_KEY, PIN } from "./yubiKeySecretNames";
import { UNKNOWN } from "../../words/unknown";

const PIN_POLICIES: readonly unknown[] = ["never", "once", "always"];
const TOUCH_POLICIES: readonly unknown[] = ["never", "always", "cached"];
const SLOT_USES: readonly unknown[] = ["new", "overwrite", "adopt"];

/** Checks the serial number of a YubiKey. */
export function checkSerial(value: unknown, property: string): Problem[] {
  return value === undefined || value === UNKNOWN || (Number.isSafeInteger(value) && Number(value) > 0)
    ? []
    : [
        invalid(
          property,
          Number.isNaN(value) ? "NaN" : value,
          "is not a serial number",
          "Give the number that is printed on the device, such as 12345678",
        ),
      ];
}

/**
 * Checks that at least one YubiKey firmware supports an algorithm. Whether this YubiKey does depends on its firmware.
 */
export function checkPivAlgorithm(value: unknown, property: string): Problem[] {
  if (!isAlgorithm(value) || isPivAlgorithm(value)) {
    return checkAlgorithm(value, property);
  }
  return [unsupported(value, property)];
}

function unsupported(algorithm: Algorithm, property: string): Problem {
  return {
    code: "ALGORITHM_UNSUPPORTED",
    property,
    reason: `step-ca cannot sign with ${algorithm} keys in a YubiKey`,
    remedy: `Choose one of ${PIV_ALGORITHMS.join(", ")}`,
  };
}

/** Checks the name of a PIV slot. */
export function checkSlot(value: unknown, property: string): Problem[] {
  return value === UNKNOWN || isSlot(value)
    ? []
    : [invalid(property, value, "is not a slot", `Choose ${SLOTS.slice(0, 4).join(", ")} or one of 82 to 95, in hex`)];
}

/** Checks how a slot may be used. */
export function checkSlotUse(value: unknown, property: string): Problem[] {
  return value === UNKNOWN || SLOT_USES.includes(value)
    ? []
    : [invalid(property, value, "is not a use of a slot", `Choose one of ${SLOT_USES.join(", ")}`)];
}

/** Checks a PIN policy. */
export function checkPinPolicy(value: unknown, property: string): Problem[] {
  return value === UNKNOWN || PIN_POLICIES.includes(value)
    ? []
    : [invalid(property, value, "is not a PIN policy", `Choose one of ${PIN_POLICIES.join(", ")}`)];
}

/** Checks a touch policy. */
export function checkTouchPolicy(value: unknown, property: string): Problem[] {
  return value === UNKNOWN || TOUCH_POLICIES.includes(value)
    ? []
    : [invalid(property, value, "is not a touch policy", `Choose one of ${TOUCH_POLICIES.join(", ")}`)];
}

/** Checks that the attestation root is a PEM text with certificates. */
export function checkAttestationRoot(value: unknown, property: string): Problem[] {
  return value === undefined ? [] : problemsOf(() => cleanText(value, property, certificatesPem), property);
}

/**
 * Checks, before one is tried, that a PIN is given, and that PIN and management key are well-formed.
 *
 * @param serial of the device, which may have secrets of its own
 */
export function checkYubiKeySecrets(sources: SecretSources, serial: unknown): Problem[] {
  if (serial === UNKNOWN) {
    return []; // the device may have secrets of its own
  }
  const device = typeof serial === "number" ? serial : undefined;
  return problemsOf(() => {
    checkPin(requireSecret(PIN, sources, device));
    const managementKey = findSecret(MANAGEMENT_KEY, sources, device);
    if (managementKey !== undefined) {
      parseManagementKey(managementKey);
    }
  }, ""); // the engine would print the value of a property
}

function invalid(property: string, value: unknown, problem: string, remedy: string): Problem {
  return {
    code: "INPUT_INVALID",
    property,
    reason: value === undefined ? "it is missing" : `${JSON.stringify(value)} ${problem}`,
    remedy,
  };
}
