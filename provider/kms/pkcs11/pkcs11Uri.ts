import { PkiError } from "../../errors";
import { formatKeyUri, parseKeyUri, withoutSecrets } from "../keyUri";

/** How a token is distinguished from the others of a module: by exactly one of these. */
export interface TokenSelector {
  /** Its label. */
  readonly token?: string | undefined;
  readonly serial?: string | undefined;
  /** The number of its slot. Some modules give a token a different number each time. */
  readonly slotId?: number | undefined;
}

/** How a token is reached. */
export interface TokenConnection extends TokenSelector {
  /** The library of the module: a path, or a name that the system's loader finds. */
  readonly modulePath: string;
  /** The file that step-ca reads the PIN from. */
  readonly pinSource?: string | undefined;
}

/** The names by which a key is found in a token. At least one of the two is present. */
export interface TokenKeyName {
  /** CKA_ID, in hex. */
  readonly id?: string | undefined;
  /** CKA_LABEL. */
  readonly label?: string | undefined;
}

const EXAMPLE = "pkcs11:id=0a1b;object=root";
const KMS_EXAMPLE = "pkcs11:module-path=/usr/lib/softhsm/libsofthsm2.so;token=ca";

const PROXIES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: "p11-kit-proxy.dylib",
  win32: "p11-kit-proxy.dll",
};

/** step-ca's default module, which stands for all modules that p11-kit knows. */
export const DEFAULT_MODULE = PROXIES[process.platform] ?? "p11-kit-proxy.so";

/** The attributes in the URIs of tokens and their keys that are no secret. */
export const TOKEN_URI_ATTRIBUTES = ["module-path", "token", "serial", "slot-id", "id", "object", "pin-source"];

/** The URI of a token or of a key in it, for messages. */
export function shownTokenUri(uri: string): string {
  return withoutSecrets(uri, TOKEN_URI_ATTRIBUTES);
}

/** The URI of a key, as step-ca reads it: `pkcs11:id=0a1b;object=root`. */
export function tokenKeyUri({ id, label }: TokenKeyName): string {
  return formatKeyUri("pkcs11", {
    ...(id === undefined ? {} : { id }),
    ...(label === undefined ? {} : { object: label }),
  });
}

/**
 * The names of a key in a URI. The other attributes name the token.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function tokenKeyName(uri: string): TokenKeyName {
  const { scheme, attributes } = parseKeyUri(uri);
  const [id, label] = [attributes.get("id"), attributes.get("object")];
  if (scheme !== "pkcs11" || ((id ?? "") === "" && (label ?? "") === "")) {
    throw new PkiError(
      "KEY_URI_INVALID",
      `"${shownTokenUri(uri)}" does not name a key in a PKCS#11 token`,
      `Write it as ${EXAMPLE}, with the CKA_ID in hex and the CKA_LABEL, as pkcs11-tool --list-objects prints them`,
    );
  }
  return {
    ...((id ?? "") === "" ? {} : { id: hexId(uri) }),
    ...((label ?? "") === "" ? {} : { label }),
  };
}

/** The URI of a key with both of its names; undefined if it has only one, because only the token can complete it. */
export function canonicalTokenKeyUri(uri: string): string | undefined {
  const name = tokenKeyName(uri);
  return name.id === undefined || name.label === undefined ? undefined : tokenKeyUri(name);
}

/** The URI by which a token is named in `kms.uri` of ca.json: `pkcs11:module-path=...;token=ca?pin-source=/etc/step-ca/pin`. */
export function tokenKmsUri({ modulePath, token, serial, slotId, pinSource }: TokenConnection): string {
  const attributes = {
    "module-path": modulePath,
    ...(token === undefined ? {} : { token }),
    ...(serial === undefined ? {} : { serial }),
    ...(slotId === undefined ? {} : { "slot-id": String(slotId) }),
  };
  const uri = formatKeyUri("pkcs11", attributes);
  return pinSource === undefined ? uri : `${uri}?${formatKeyUri("", { "pin-source": pinSource }).slice(1)}`;
}

/**
 * Reads what {@link tokenKmsUri} writes, and the URI of a key that also names its token.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function parseTokenKmsUri(uri: string): TokenConnection {
  const [shown = "", query = ""] = uri.split(/\?(.*)/s);
  const { scheme, attributes } = parseKeyUri(shown);
  // Separated by `&`, as step-ca reads this part, or by `;`.
  const hidden = hiddenAttributes(query, shown);
  const of = (name: string): string | undefined => {
    const value = attributes.get(name) ?? hidden.get(name);
    return value === "" ? undefined : value;
  };
  const [token, serial, slot, pinSource] = ["token", "serial", "slot-id", "pin-source"].map(of);
  if (scheme !== "pkcs11" || [token, serial, slot].filter((value) => value !== undefined).length !== 1) {
    throw invalidKmsUri(shown, "does not name a token by exactly one of token, serial and slot-id");
  }
  if (slot !== undefined && !/^\d{1,15}$/.test(slot)) {
    throw invalidKmsUri(shown, "has a slot-id that is not a number");
  }
  return {
    modulePath: of("module-path") ?? DEFAULT_MODULE,
    ...(token === undefined ? {} : { token }),
    ...(serial === undefined ? {} : { serial }),
    ...(slot === undefined ? {} : { slotId: Number(slot) }),
    ...(pinSource === undefined ? {} : { pinSource }),
  };
}

/** Whether a URI names the token of a key. */
export function namesToken(uri: string): boolean {
  const { attributes } = parseKeyUri(uri);
  return ["token", "serial", "slot-id"].some((name) => attributes.has(name));
}

const PIN_SOURCE = /([:?;&])pin-source=([^;&?]*)/;

/** The PIN file that a URI names; undefined if it names none. */
export function pinSourceIn(uri: string): string | undefined {
  const [, , encoded] = PIN_SOURCE.exec(uri) ?? [];
  return encoded === undefined ? undefined : parseKeyUri(`pkcs11:pin-source=${encoded}`).attributes.get("pin-source");
}

/**
 * The same URI with another path of the PIN file. Everything else in it is unchanged.
 *
 * @param place returns the new path
 */
export function placeTokenPinSource(uri: string, place: (path: string) => string): string {
  const pinSource = pinSourceIn(uri);
  if (pinSource === undefined) {
    return uri;
  }
  const placed = formatKeyUri("", { "pin-source": place(pinSource) }).slice(1);
  return uri.replace(PIN_SOURCE, (_all, before: string) => `${before}${placed}`);
}

/** The name of a token in messages. */
export function tokenName({ token, serial, slotId }: TokenSelector): string {
  if (token !== undefined) {
    return `the token "${token}"`;
  }
  return serial === undefined ? `the token in slot ${String(slotId)}` : `the token ${serial}`;
}

/** Whether two URIs name the same token, whatever path its module is loaded from. */
export function isSameToken(one: string, other: string): boolean {
  const [first, second] = [parseTokenKmsUri(one), parseTokenKmsUri(other)];
  return first.token === second.token && first.serial === second.serial && first.slotId === second.slotId;
}

/** Undefined for an unreadable part. It may be a PIN, so no message contains it. */
function hiddenAttributes(query: string, shown: string): ReadonlyMap<string, string> {
  try {
    return query === "" ? new Map() : parseKeyUri(`pkcs11:${query.replaceAll("&", ";")}`).attributes;
  } catch {
    throw invalidKmsUri(shown, "has an unreadable part after the question mark");
  }
}

/**
 * Reads an id as step-ca does: hex, optionally with `0x` or colons, or else the octets themselves, percent-encoded as in RFC 7512.
 */
function hexId(uri: string): string {
  const [, raw = ""] = /[:;]id=([^;?]*)/.exec(uri) ?? [];
  const octets = raw.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  const digits = octets.replace(/^0x/i, "").replaceAll(":", "");
  if (/^[0-9a-f]+$/i.test(digits)) {
    return (digits.length % 2 === 0 ? digits : `0${digits}`).toLowerCase();
  }
  return Buffer.from(octets, "latin1").toString("hex");
}

function invalidKmsUri(shown: string, problem: string): PkiError {
  return new PkiError("KEY_URI_INVALID", `"${shownTokenUri(shown)}" ${problem}`, `Write it as ${KMS_EXAMPLE}`);
}
