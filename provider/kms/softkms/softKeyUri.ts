import { PkiError } from "../../errors";
import { formatKeyUri, parseKeyUri, withoutQuery } from "../keyUri";

/** The key URI of a PEM file. */
export function softKeyUri(path: string): string {
  return formatKeyUri("softkms", { path });
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
      `"${withoutQuery(uri)}" does not name a key file`,
      "Write it as softkms:path=keys/root.pem",
    );
  }
  return path;
}
