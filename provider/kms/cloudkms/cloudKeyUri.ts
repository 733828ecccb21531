import { PkiError } from "../../errors";
import { formatKeyUri, parseKeyUri, withoutSecrets } from "../keyUri";

/** How to reach Cloud KMS. For anything omitted, Google's libraries use their defaults. */
export interface CloudConnection {
  /** The key file of a service account, instead of the application default credentials. */
  readonly credentialsFile?: string | undefined;
}

/** The attributes in the URIs of Cloud KMS that are no secret. */
export const CLOUD_URI_ATTRIBUTES = ["resource", "credentials-file"];

const KEY = /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/;
const VERSION =
  /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+\/cryptoKeyVersions\/[1-9][0-9]*$/;

/** Whether a text names a key of Cloud KMS without a URI. */
export function isBareCloudKey(text: string): boolean {
  return text.startsWith("projects/");
}

/**
 * Reads the name of a key version in every spelling that step-ca accepts: `projects/.../cryptoKeyVersions/N` by itself,
 * as `cloudkms:NAME` or as `cloudkms:resource=NAME`.
 *
 * @returns the name by itself
 * @throws PkiError `KEY_URI_INVALID`, also for a key without a version
 */
export function parseCloudKey(text: string): string {
  const name = isBareCloudKey(text) ? text : uriName(text);
  if (KEY.test(name)) {
    throw new PkiError(
      "KEY_URI_INVALID",
      `"${withoutSecrets(text, CLOUD_URI_ATTRIBUTES)}" names a key without a version, and only a version signs`,
      "Add the version: .../cryptoKeyVersions/1",
    );
  }
  if (!VERSION.test(name)) {
    throw new PkiError(
      "KEY_URI_INVALID",
      `"${withoutSecrets(text, CLOUD_URI_ATTRIBUTES)}" does not name a key version of Cloud KMS`,
      "Write it as projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/N, by itself or after cloudkms:",
    );
  }
  return name;
}

function uriName(text: string): string {
  const { scheme, attributes, opaque } = parseKeyUri(text);
  return scheme === "cloudkms" ? (attributes.get("resource") ?? opaque ?? "") : "";
}

/** The URI of a connection in `kms.uri` of ca.json: `cloudkms:credentials-file=FILE`. */
export function cloudKmsUri({ credentialsFile }: CloudConnection): string {
  return formatKeyUri("cloudkms", credentialsFile === undefined ? {} : { "credentials-file": credentialsFile });
}

/**
 * Reads a URI that {@link cloudKmsUri} wrote.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function parseCloudKmsUri(uri: string): CloudConnection {
  const credentialsFile = /^cloudkms:$/i.test(uri) ? undefined : parseKeyUri(uri).attributes.get("credentials-file");
  return credentialsFile === undefined ? {} : { credentialsFile };
}
