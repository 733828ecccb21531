import type { Properties } from "./propertyValue";

/** A resource in the engine's state. */
export interface RecordedResource {
  readonly urn: string;
  readonly type: string;
  /** Whether a provider made it, unlike a component. */
  readonly custom: boolean;
  readonly id?: string;
  readonly parent?: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  /** A resource that the program read but did not declare. */
  readonly external?: boolean;
  /** A replaced resource that is still to be deleted. */
  readonly delete?: boolean;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** `<URN>::<id>` of its provider; absent for a default one. */
  readonly provider?: string;
  /** The outputs that the program declared secret. */
  readonly secretOutputs: readonly string[];
}

/** The engine's whole state between two runs, as plain JSON. */
export interface RecordedState {
  readonly resources: readonly RecordedResource[];
  /** The operations that an interrupted run started. */
  readonly pending: readonly PendingOperation[];
}

/** An operation that was started, without a recorded answer. */
export interface PendingOperation {
  readonly type: "creating" | "updating" | "deleting" | "importing" | "reading";
  readonly urn: string;
}

/** The state of an empty stack. */
export const EMPTY_STATE: RecordedState = { resources: [], pending: [] };

/** The URNs that a resource depends on. */
export function needs(resource: RecordedResource): string[] {
  const { parent, provider, dependencies } = resource;
  return [
    ...dependencies,
    ...(parent === undefined ? [] : [parent]),
    ...(provider === undefined ? [] : [provider.slice(0, provider.lastIndexOf("::"))]),
  ];
}

/** Resources in the order of deletion: no resource of a later group needs one of an earlier group. */
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
