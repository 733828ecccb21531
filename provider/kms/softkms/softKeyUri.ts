import { PkiError } from "../../errors";
import { formatKeyUri, parseKeyUri, withoutQuery } from "../keyUri";

/** The key URI of a PEM file. */
export function softKeyUri(path: string): string {
  return formatKeyUri("softkms", { path });
}

/**
 * The path of the PEM file that a key URI names: `softkms:path=FILE`, `softkms:FILE`.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function softKeyPath(uri: string): string {
  const { scheme, attributes, opaque } = parseKeyUri(uri);
  const path = attributes.get("path") ?? opaque;
  if (scheme !== "softkms" || path === undefined || path === "") {
    throw new PkiError(
      "KEY_URI_INVALID",
      `"${withoutQuery(uri)}" names no key file`,
      "Write it as softkms:path=keys/root.pem",
    );
  }
  return path;
}
