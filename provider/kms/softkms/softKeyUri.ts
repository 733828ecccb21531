import { PkiError } from "../../errors";
import { formatKeyUri, parseKeyUri, withoutSecrets } from "../keyUri";

/** The attributes in the URI of a key file. */
export const SOFT_KEY_ATTRIBUTES = ["path"];

/** The URI of a key file for messages. */
export function shownSoftKeyUri(uri: string): string {
  return withoutSecrets(uri, SOFT_KEY_ATTRIBUTES);
}

/** The key URI of a PEM file. */
export function softKeyUri(path: string): string {
  return formatKeyUri("softkms", { path });
}

/** The key URI of a key file that is named by its path or by its URI. */
export function namedSoftKeyUri(name: string): string {
  // One letter before a colon is a Windows drive.
  return /^[a-z][a-z0-9+.-]+:/i.test(name) ? softKeyUri(softKeyPath(name)) : softKeyUri(name);
}

/**
 * The path of the PEM file in a key URI: `softkms:path=FILE`, `softkms:FILE`.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function softKeyPath(uri: string): string {
  const { scheme, attributes, opaque } = parseKeyUri(uri);
  const path = attributes.get("path") ?? opaque;
  if (scheme !== "softkms" || path === undefined || path === "") {
    throw new PkiError(
      "KEY_URI_INVALID",
      `"${shownSoftKeyUri(uri)}" does not name a key file`,
      "Write it as softkms:path=keys/root.pem",
    );
  }
  return path;
}
