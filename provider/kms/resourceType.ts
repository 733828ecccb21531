const PREFIX = "pulumi-nodejs:dynamic/kms-pki:";
const PLUGIN_PREFIX = "kms-pki:index:";

/** The names of resources in release 0.1.0, which the states and slots of its stacks hold. */
const FORMER_NAMES: Readonly<Record<string, string>> = {
  ExistingKey: "PublicKey",
  PivKey: "YubiKeyKey",
  PivCertificate: "YubiKeyCertificate",
};

/** The type by which this package identifies a resource, such as `ExistingKey`, in marks and records, whoever serves it. */
export function resourceType(name: string): string {
  return PREFIX + name;
}

/** The type by which the engine knows a resource or a component that the plugin serves. */
export function pluginType(name: string): string {
  return PLUGIN_PREFIX + name;
}

/** Whether the plugin serves the resources that this process declares, in place of the dynamic provider of Pulumi's SDK for Node. */
export function isServedByPlugin(): boolean {
  return process.env["PULUMI_KMS_PKI_PLUGIN"] === "1";
}

/** The input by which the plugin knows the inputs of a class of `resources/`, which are those of its lifecycle. */
export const DECLARED = "__declared";

/** The type with which this process declares a resource. */
export function declaredType(name: string): string {
  return isServedByPlugin() ? pluginType(name) : resourceType(name);
}

/** The types with which a state may have the same resource: of either provider, and of release 0.1.0. */
export function typesInStates(name: string): string[] {
  const former = FORMER_NAMES[name];
  return [resourceType(name), pluginType(name), ...(former === undefined ? [] : [resourceType(former)])];
}

/** Those of {@link typesInStates} with which this process does not declare it. */
export function otherTypes(name: string): string[] {
  return typesInStates(name).filter((type) => type !== declaredType(name));
}

/** The name of a type of this package, such as `ExistingKey`, whoever serves it and whichever release recorded it. Undefined for any other type. */
export function resourceName(type: string): string | undefined {
  const prefix = [PREFIX, PLUGIN_PREFIX].find((each) => type.startsWith(each));
  if (prefix === undefined) {
    return undefined;
  }
  const name = type.slice(prefix.length);
  return Object.entries(FORMER_NAMES).find(([, former]) => former === name)?.[0] ?? name;
}

/** A recorded URN, or the owner's mark on a key, with the types of {@link resourceType}. A component keeps its own. */
export function withPresentTypes(urn: string): string {
  const ofResources = urn.replaceAll(/(?<=::|\$)kms-pki:index:(?!CertificateAuthority\b)(?=\w+(?:::|\$))/g, PREFIX);
  return Object.entries(FORMER_NAMES).reduce(
    (text, [name, former]) => text.replaceAll(new RegExp(`(?<=\\bkms-pki:)${former}(?=::|\\$)`, "g"), name),
    ofResources,
  );
}
