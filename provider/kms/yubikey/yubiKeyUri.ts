import { PkiError } from "../../errors";
import { isSlot, type Slot, SLOTS } from "../../piv/slots";
import { formatKeyUri, parseKeyUri, withoutQuery } from "../keyUri";

/** How a YubiKey is reached. */
export interface YubiKeyConnection {
  /** As it is printed on the device. Without one, the only YubiKey that is plugged in. */
  readonly serial?: number | undefined;
  /** The file that step-ca reads the PIN from. */
  readonly pinSource?: string | undefined;
}

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
      `"${withoutQuery(uri)}" names no slot of a YubiKey`,
      `Write it as yubikey:slot-id=9c; the slots are ${SLOTS.slice(0, 4).join(", ")} and 82 to 95`,
    );
  }
  return slot;
}

/** The URI by which a YubiKey is named in `kms.uri` of ca.json: `yubikey:serial=12345678?pin-source=/etc/step-ca/pin`. */
export function yubiKeyKmsUri({ serial, pinSource }: YubiKeyConnection): string {
  const card = formatKeyUri("yubikey", serial === undefined ? {} : { serial: String(serial) });
  return pinSource === undefined ? card : `${card}?${formatKeyUri("", { "pin-source": pinSource }).slice(1)}`;
}

/**
 * Reads what {@link yubiKeyKmsUri} writes.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function parseYubiKeyKmsUri(uri: string): YubiKeyConnection {
  const [card = "", query = ""] = uri.split(/\?(.*)/s);
  const [, attributes] = /^yubikey:(.*)$/is.exec(card) ?? [];
  if (attributes === undefined) {
    throw invalidKmsUri(card, "names no YubiKey");
  }
  const shown = attributesOf(attributes);
  if (shown === undefined || (attributes !== "" && shown.size === 0)) {
    throw invalidKmsUri(card, "is no list of attributes with values");
  }
  const serial = shown.get("serial");
  if (serial !== undefined && !/^\d{1,10}$/.test(serial)) {
    throw invalidKmsUri(card, "has a serial number that is none");
  }
  // Separated by `&`, as step-ca reads what stands here, or by `;`.
  const hidden = attributesOf(query.replaceAll("&", ";"));
  if (hidden === undefined) {
    throw invalidKmsUri(card, "has something after the question mark that cannot be read");
  }
  const pinSource = hidden.get("pin-source");
  return {
    ...(serial === undefined ? {} : { serial: Number(serial) }),
    ...(pinSource === undefined ? {} : { pinSource }),
  };
}

/**
 * The same URI with the PIN's file elsewhere. All else in it stays as it is.
 *
 * @param place what becomes of the path
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

/** Undefined for what cannot be read. It may be a PIN, so no message tells of it. */
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
    `"${card}" ${problem}`,
    "Write it as yubikey:serial=12345678, with the number that is printed on the device",
  );
}

/** A YubiKey as a message names it. */
export function deviceName(serial: number | undefined): string {
  return serial === undefined ? "the YubiKey" : `the YubiKey ${String(serial)}`;
}
