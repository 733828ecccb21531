const PREFIX = "pulumi-nodejs:dynamic/kms-pki:";

/** The names of resources in release 0.1.0, which the states and slots of its stacks hold. */
const FORMER_NAMES: Readonly<Record<string, string>> = {
  ExistingKey: "PublicKey",
  PivKey: "YubiKeyKey",
  PivCertificate: "YubiKeyCertificate",
};

/** The type by which the engine knows a resource of this package, such as `ExistingKey`. */
export function resourceType(name: string): string {
  return PREFIX + name;
}

/** The type by which release 0.1.0 recorded the same resource, where that was another. */
export function formerResourceType(name: string): string | undefined {
  const former = FORMER_NAMES[name];
  return former === undefined ? undefined : resourceType(former);
}

/** A recorded URN, or the owner's mark on a key, with the current types. */
export function withPresentTypes(urn: string): string {
  return Object.entries(FORMER_NAMES).reduce(
    (text, [name, former]) => text.replaceAll(new RegExp(`(?<=\\bkms-pki:)${former}(?=::|\\$)`, "g"), name),
    urn,
  );
}
