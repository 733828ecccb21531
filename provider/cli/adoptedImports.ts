import { pluginType } from "../kms/resourceType";
import { connectedKeyUri, formatKeyUri } from "../kms/keyUri";
import type { KeyDescription } from "../kms/keyManager";
import { PkiError } from "../errors";
import { KEY_ROLES } from "../authority/keyNames";
import { isJsonObject } from "../stepca/jsonObject";
import type { AdoptedAuthority } from "./adoptedAuthority";
import type { RunningCa } from "./runningCa";
import type { KmsInUse, RunningCaKeys } from "./runningCaKeys";

/** A resource of the file that `pulumi import --file` reads. */
export interface ImportedResource {
  readonly type: string;
  readonly name: string;
  readonly id: string;
}

/**
 * What of a step-ca Pulumi's plugin of this package can import: each key, each certificate and each JWK provisioner.
 *
 * @param place a path as an id names it
 * @throws PkiError `KEY_NOT_FOUND` if the root's key is elsewhere
 */
export function adoptedImports(
  { root, intermediate }: AdoptedAuthority,
  { keys, used, usedByRoot }: RunningCaKeys,
  { config, file }: { readonly config: RunningCa["config"]; readonly file: string },
  place: (path: string) => string,
): ImportedResource[] {
  if (root === undefined || usedByRoot === undefined) {
    throw new PkiError(
      "KEY_NOT_FOUND",
      "the root's key is not here, and Pulumi imports an intermediate only together with it. Nothing was written",
      "Name the root's key with --root-key, or take the CA over with the root stack or --program",
    );
  }
  const uriOf = (role: keyof RunningCaKeys["keys"]): string => {
    const key = keys[role];
    return key === undefined ? "" : importedKeyUri(role === "root" ? usedByRoot : used, key, place);
  };
  const [rootKey, intermediateKey] = [uriOf("root"), uriOf("intermediate")];
  return [
    ...KEY_ROLES.filter((role) => keys[role] !== undefined).map((role) => ({
      type: pluginType((role === "root" ? usedByRoot : used).descriptor.keyResource),
      ...{ name: role.startsWith("ssh-") ? role : `${role}-key`, id: uriOf(role) },
    })),
    // A CA below others is used, and is nobody's to issue.
    ...(root.isOwn ? [{ type: pluginType("Certificate"), name: "root", id: `${root.file},${rootKey}` }] : []),
    {
      ...{ type: pluginType("Certificate"), name: "intermediate" },
      id: `${intermediate.file},${intermediateKey},${root.file},${rootKey}`,
    },
    ...jwkProvisioners(config).map((name, index) => ({
      ...{ type: pluginType("JwkProvisioner"), name: index === 0 ? "provisioner" : `provisioner-${String(index + 1)}` },
      id: `${place(file)},${name}`,
    })),
  ];
}

/** The URI of a key that also says where its KMS is, because an import has nothing else to know it by. */
function importedKeyUri(
  { descriptor, connection }: KmsInUse,
  { uri, resourceName, kms }: KeyDescription,
  place: (path: string) => string,
): string {
  const file = descriptor.keyFile?.(uri);
  return file === undefined
    ? (resourceName ?? connectedKeyUri(uri, kms ?? connection))
    : formatKeyUri(descriptor.scheme, { path: place(file) });
}

/** The names of the JWK provisioners whose private key is in ca.json, encrypted. */
function jwkProvisioners({ authority }: RunningCa["config"]): string[] {
  const listed: unknown = isJsonObject(authority) ? authority["provisioners"] : undefined;
  return (Array.isArray(listed) ? (listed as unknown[]) : [])
    .filter(isJsonObject)
    .filter(({ type, key, encryptedKey }) => type === "JWK" && isJsonObject(key) && typeof encryptedKey === "string")
    .map(({ name }) => String(name));
}
