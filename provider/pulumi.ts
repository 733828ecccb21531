/**
 * The door to Pulumi's SDK. `@pulumi/pulumi` itself loads 760 modules, among them what serializes functions, and takes most of a
 * second. What a program declares needs a fifth of them, so this module names the files of the SDK that have it. Nothing else
 * imports the SDK.
 */
export { Config } from "@pulumi/pulumi/config";
export * as log from "@pulumi/pulumi/log";
export { getOrganization, getProject, getStack } from "@pulumi/pulumi/metadata";
export { all, containsUnknowns, isUnknown, Output, output, secret, unknown } from "@pulumi/pulumi/output";
export type { Input, Inputs, Unwrap } from "@pulumi/pulumi/output";
export {
  allAliases,
  ComponentResource,
  createUrn,
  CustomResource,
  type ProviderResource,
  Resource,
} from "@pulumi/pulumi/resource";
export type { Alias, ComponentResourceOptions, CustomResourceOptions, ID, URN } from "@pulumi/pulumi/resource";
export { allConfig } from "@pulumi/pulumi/runtime/config";
export { invoke } from "@pulumi/pulumi/runtime/invoke";
export { getMonitor, isDryRun } from "@pulumi/pulumi/runtime/settings";
