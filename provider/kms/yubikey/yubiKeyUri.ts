import { PkiError } from "../../errors";
import { isSlot, type Slot, SLOTS } from "../../piv/slots";
import { formatKeyUri, parseKeyUri, withoutSecrets } from "../keyUri";

/** How to reach a YubiKey. */
export interface YubiKeyConnection {
  /** The serial number printed on the device. Default the only YubiKey that is plugged in. */
  readonly serial?: number | undefined;
  /** The file that step-ca reads the PIN from. */
  readonly pinSource?: string | undefined;
}

/** The attributes in the URIs of YubiKeys that are no secret. */
export const YUBIKEY_URI_ATTRIBUTES = [
  "slot-id",
  "serial",
  "pin-source",
  "management-key-source",
  "pin-policy",
  "touch-policy",
];

/** The URI of the key in a slot, as step-ca spells it: `yubikey:slot-id=9c`. */
export function yubiKeyUri(slot: Slot): string {
  return formatKeyUri("yubikey", { "slot-id": slot });
}

/**
 * The slot that a key URI names. Further attributes, such as a serial number, are for step-ca.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function yubiKeySlot(uri: string): Slot {
  const { scheme, attributes } = parseKeyUri(uri);
  const slot = attributes.get("slot-id")?.toLowerCase();
  if (scheme !== "yubikey" || !isSlot(slot)) {
    throw new PkiError(
      "KEY_URI_INVALID",
      `"${withoutSecrets(uri, YUBIKEY_URI_ATTRIBUTES)}" does not name a slot of a YubiKey`,
      `Write it as yubikey:slot-id=9c; the slots are ${SLOTS.slice(0, 4).join(", ")} and 82 to 95`,
    );
  }
  return slot;
}

/** The URI of a YubiKey in `kms.uri` of ca.json: `yubikey:serial=12345678?pin-source=/etc/step-ca/pin`. */
export function yubiKeyKmsUri({ serial, pinSource }: YubiKeyConnection): string {
  const card = formatKeyUri("yubikey", serial === undefined ? {} : { serial: String(serial) });
  return pinSource === undefined ? card : `${card}?${formatKeyUri("", { "pin-source": pinSource }).slice(1)}`;
}

/**
 * Reads a URI that {@link yubiKeyKmsUri} wrote.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function parseYubiKeyKmsUri(uri: string): YubiKeyConnection {
  const [card = "", query = ""] = uri.split(/\?(.*)/s);
  const [, attributes] = /^yubikey:(.*)$/is.exec(card) ?? [];
  if (attributes === undefined) {
    throw invalidKmsUri(card, "does not name a YubiKey");
  }
  const shown = attributesOf(attributes);
  if (shown === undefined || (attributes !== "" && shown.size === 0)) {
    throw invalidKmsUri(card, "is not a list of attributes with values");
  }
  const serial = shown.get("serial");
  if (serial !== undefined && !/^\d{1,10}$/.test(serial)) {
    throw invalidKmsUri(card, "has an invalid serial number");
  }
  // Separated by `&`, as step-ca reads this part, or by `;`.
  const hidden = attributesOf(query.replaceAll("&", ";"));
  if (hidden === undefined) {
    throw invalidKmsUri(card, "has an unreadable part after the question mark");
  }
  const pinSource = hidden.get("pin-source");
  return {
    ...(serial === undefined ? {} : { serial: Number(serial) }),
    ...(pinSource === undefined ? {} : { pinSource }),
  };
}

/**
 * The same URI with another path of the PIN's file. Everything else stays as it is.
 *
 * @param place returns the new path
 * @throws PkiError `KEY_URI_INVALID`
 */
export function placePinSource(uri: string, place: (path: string) => string): string {
  const { pinSource } = parseYubiKeyKmsUri(uri);
  if (pinSource === undefined) {
    return uri;
  }
  const placed = formatKeyUri("", { "pin-source": place(pinSource) }).slice(1);
  return uri.replace(/(\?(?:.*[;&])?)pin-source=[^;&]*/s, (_all, before: string) => `${before}${placed}`);
}

/** The attributes of a list; undefined if it cannot be read. It may hold a PIN, so no message quotes it. */
function attributesOf(list: string): ReadonlyMap<string, string> | undefined {
  try {
    return list === "" ? new Map() : parseKeyUri(`yubikey:${list}`).attributes;
  } catch {
    return undefined;
  }
}

function invalidKmsUri(card: string, problem: string): PkiError {
  return new PkiError(
    "KEY_URI_INVALID",
    `"${withoutSecrets(card, YUBIKEY_URI_ATTRIBUTES)}" ${problem}`,
    "Write it as yubikey:serial=12345678, with the number that is printed on the device",
  );
}

/** The name of a YubiKey in messages. */
export function deviceName(serial: number | undefined): string {
  return serial === undefined ? "the YubiKey" : `the YubiKey ${String(serial)}`;
}
