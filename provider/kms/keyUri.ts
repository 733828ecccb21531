import { PkiError } from "../errors";

/**
 * A key URI as step-ca writes it, after RFC 7512: `scheme:k=v;k=v?k=v`. The part after the question mark may be secret
 * (a PIN) and is never shown.
 */
export interface KeyUri {
  readonly scheme: string;
  /** The attributes before the question mark. */
  readonly attributes: ReadonlyMap<string, string>;
  /** The part before the question mark if it is not a list of attributes: `softkms:keys/root.pem`. */
  readonly opaque: string | undefined;
}

/**
 * Parses a key URI.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function parseKeyUri(text: string): KeyUri {
  const match = /^([a-z][a-z0-9+.-]*):([^?]*)(?:\?.*)?$/i.exec(text);
  const [, scheme, path] = match ?? [];
  if (scheme === undefined || path === undefined || path === "") {
    throw invalidUri(text, "is not a key URI");
  }
  if (!path.includes("=")) {
    return { scheme: scheme.toLowerCase(), attributes: new Map(), opaque: decode(path) };
  }
  const attributes = new Map<string, string>();
  // What follows a secret may be the rest of it, if it has a semicolon.
  const shown = (part: string, other: string): string => (holdsSecret(text) ? other : part);
  for (const pair of path.split(";").filter((part) => part !== "")) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined) {
      throw invalidUri(text, `has ${shown(`"${pair}"`, "a part")}, which is not an attribute with a value`);
    }
    if (attributes.has(name)) {
      throw invalidUri(text, `has ${shown(`the attribute ${name}`, "an attribute")} twice`); // readers differ in which one counts
    }
    attributes.set(name, decode(value));
  }
  return { scheme: scheme.toLowerCase(), attributes, opaque: undefined };
}

function invalidUri(text: string, problem: string): PkiError {
  return new PkiError(
    "KEY_URI_INVALID",
    `"${withoutSecrets(text)}" ${problem}`,
    'Write it as scheme:attribute=value;attribute=value, such as "softkms:path=keys/root.pem"',
  );
}

/** Formats a key URI. Octets that the grammar reserves are percent-encoded. */
export function formatKeyUri(scheme: string, attributes: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(attributes).map(([name, value]) => `${name}=${encode(value)}`);
  return `${scheme}:${pairs.join(";")}`;
}

/**
 * The URI of a key with the attributes of a `kms.uri` that reaches it: `yubikey:serial=12345678;slot-id=9a`. Nothing after a question
 * mark is kept.
 */
export function connectedKeyUri(uri: string, kms: string | undefined): string {
  const [, reached = ""] = /^[a-z0-9+.-]*:([^?]*)/i.exec(kms ?? "") ?? [];
  const { scheme, attributes, opaque } = parseKeyUri(uri);
  return reached === "" || opaque !== undefined
    ? uri
    : formatKeyUri(scheme, {
        ...Object.fromEntries(parseKeyUri(`${scheme}:${reached}`).attributes),
        ...Object.fromEntries(attributes),
      });
}

/**
 * An attribute of a URI as step-ca finds it, before or after the question mark; undefined if it has none. It may be a secret.
 */
export function anyAttribute(uri: string, name: string): string | undefined {
  const pairs = uri.replace(/^[a-z0-9+.-]*:/i, "").split(/[?;&]/);
  const pair = pairs.find((each) => each.startsWith(`${name}=`));
  return pair === undefined ? undefined : decode(pair.slice(name.length + 1));
}

/** The attributes that are secret, wherever they stand: step-ca also finds them before the question mark. */
const SECRETS = String.raw`\s*(?:pin-value|management-key)\s*=`;
const SECRET = new RegExp(`^${SECRETS}`, "i");
const ANY_SECRET = new RegExp(`[:?;&]${SECRETS}`, "i");

/**
 * A key URI for messages, without a PIN or management key, and without the part after the question mark.
 *
 * @param attributes those that its KMS knows and that are no secret. Anything else behind a secret may be the rest of it
 */
export function withoutSecrets(uri: string, attributes: readonly string[] = []): string {
  const [, scheme = "", list = ""] = /^([a-z0-9+.-]*:)?([^?]*)/is.exec(uri) ?? [];
  const parts = list.split(";");
  const first = parts.findIndex((part) => SECRET.test(part));
  const isPublic = (part: string): boolean => {
    const [, name = ""] = /^\s*([^=]*?)\s*=/.exec(part) ?? [];
    return attributes.includes(name.toLowerCase());
  };
  return scheme + parts.filter((part, at) => first < 0 || at < first || isPublic(part)).join(";");
}

/** Whether a key URI holds a PIN or management key. */
export function holdsSecret(uri: string): boolean {
  return ANY_SECRET.test(uri);
}

function encode(value: string): string {
  return value.replace(/[%;?=&#+\s]/g, encodeURIComponent); // step-ca takes a plus sign for a space
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value; // a stray percent sign stands for itself
  }
}
