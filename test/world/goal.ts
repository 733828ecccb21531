import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { ReadResourceRequest, RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import { type Properties, received } from "./propertyValue";

/** A program's complete declaration of a resource. */
export interface Goal {
  readonly type: string;
  readonly name: string;
  readonly custom: boolean;
  /** The URN of the parent; empty without one. */
  readonly parent: string;
  readonly inputs: Properties;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Undefined if the provider decides. */
  readonly deleteBeforeReplace: boolean | undefined;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** `<URN>::<id>`; undefined for a default provider. */
  readonly provider: string | undefined;
  readonly aliases: readonly Alias[];
  readonly importId: string | undefined;
  readonly ignoreChanges: readonly string[];
  readonly secretOutputs: readonly string[];
}

/** Reads a request of the SDK. */
export function goalOf(request: RegisterResourceRequest): Goal {
  const propertyDependencies: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap().forEach((urns, name) => {
    propertyDependencies[name] = urns.getUrnsList();
  });
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    parent: request.getParent(),
    inputs: received(request.getObject()?.toJavaScript() ?? {}) as Properties,
    protect: request.getProtect() === true,
    retainOnDelete: request.getRetainondelete() === true,
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    dependencies: request.getDependenciesList(),
    propertyDependencies,
    provider: request.getProvider() || undefined,
    aliases: request.getAliasesList(),
    importId: request.getImportid() || undefined,
    ignoreChanges: request.getIgnorechangesList(),
    secretOutputs: request.getAdditionalsecretoutputsList(),
  };
}

/** Reads a request of the SDK to read a resource. */
export function readGoalOf(request: ReadResourceRequest): Goal {
  return {
    ...{ type: request.getType(), name: request.getName(), custom: true, parent: request.getParent() },
    inputs: received(request.getProperties()?.toJavaScript() ?? {}) as Properties,
    ...{ protect: false, retainOnDelete: false, deleteBeforeReplace: undefined },
    ...{ dependencies: request.getDependenciesList(), propertyDependencies: {}, ignoreChanges: [] },
    provider: request.getProvider() || undefined,
    ...{ aliases: [], importId: undefined },
    secretOutputs: request.getAdditionalsecretoutputsList(),
  };
}
