import type { Properties } from "./propertyValue";

/** A resource as the engine's state has it. */
export interface RecordedResource {
  readonly urn: string;
  readonly type: string;
  /** Whether a provider made it; a component is nobody's. */
  readonly custom: boolean;
  readonly id?: string;
  readonly parent?: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  /** A resource that the program read and did not declare. */
  readonly external?: boolean;
  /** A resource that was replaced, and is still to be deleted. */
  readonly delete?: boolean;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** `<URN>::<id>` of its provider; absent for a default one. */
  readonly provider?: string;
  /** The outputs that are secret because the program says so. */
  readonly secretOutputs: readonly string[];
}

/** All that the engine remembers between two runs: plain JSON. */
export interface RecordedState {
  readonly resources: readonly RecordedResource[];
  /** What was begun by a run that did not come to its end. */
  readonly pending: readonly PendingOperation[];
}

/** An operation that was begun, and of which no answer was recorded. */
export interface PendingOperation {
  readonly type: "creating" | "updating" | "deleting" | "importing" | "reading";
  readonly urn: string;
}

/** The state of a stack of which nothing was made yet. */
export const EMPTY_STATE: RecordedState = { resources: [], pending: [] };

/** The URNs without which a resource cannot be. */
export function needs(resource: RecordedResource): string[] {
  const { parent, provider, dependencies } = resource;
  return [
    ...dependencies,
    ...(parent === undefined ? [] : [parent]),
    ...(provider === undefined ? [] : [provider.slice(0, provider.lastIndexOf("::"))]),
  ];
}

/** Resources in the order in which they are deleted: each group is of those that no later group's need. */
export function deletionOrder(resources: readonly RecordedResource[]): RecordedResource[][] {
  let left = [...resources];
  const groups: RecordedResource[][] = [];
  while (left.length > 0) {
    const remaining = left;
    const isNeeded = (resource: RecordedResource): boolean =>
      remaining.some((other) => other !== resource && needs(other).includes(resource.urn));
    const group = remaining.filter((resource) => !isNeeded(resource));
    if (group.length === 0) {
      throw new Error("the resources of the state need each other");
    }
    groups.push(group);
    left = remaining.filter((resource) => !group.includes(resource));
  }
  return groups;
}
