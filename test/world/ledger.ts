import { needs, type PendingOperation, type RecordedResource, type RecordedState } from "./recordedState";

/** The state while a run changes it. It is up to date at any moment, as the engine writes it after each step. */
export class Ledger {
  /** The state of the last run, without resources that this run has recorded again. */
  #before: RecordedResource[];
  readonly #now = new Map<string, RecordedResource>();
  /** New URNs by the old ones. */
  readonly #renamed = new Map<string, string>();
  #pending: PendingOperation[];

  constructor(state: RecordedState) {
    this.#before = [...state.resources];
    this.#pending = [...state.pending];
  }

  /** The resource with one of these URNs. The first match counts. */
  find(urns: readonly string[]): RecordedResource | undefined {
    for (const urn of urns) {
      const found = this.#before.find((resource) => resource.urn === urn && resource.delete !== true);
      if (found !== undefined) {
        return found;
      }
    }
    return undefined;
  }

  /** The record of a resource from this run, or else from the last one. */
  current(urn: string): RecordedResource | undefined {
    return this.#now.get(urn) ?? this.find([urn]);
  }

  /** Records a resource in place of its old record. */
  record(resource: RecordedResource, old?: RecordedResource): void {
    this.#before = this.#before.filter((each) => each !== old);
    if (old !== undefined && old.urn !== resource.urn) {
      this.#renamed.set(old.urn, resource.urn);
    }
    this.#now.set(resource.urn, resource);
  }

  /** Records a replacement of a resource that is still to be deleted. */
  recordReplacement(resource: RecordedResource, old: RecordedResource): void {
    this.record(resource, old);
    this.#before.push({ ...old, delete: true });
  }

  /** Removes a resource. */
  remove(resource: RecordedResource): void {
    this.#before = this.#before.filter((each) => each !== resource);
  }

  /** The resources of the last run that this run has not registered. */
  get left(): readonly RecordedResource[] {
    return this.#before;
  }

  begin(operation: PendingOperation): void {
    this.#pending.push(operation);
  }

  end(operation: PendingOperation): void {
    this.#pending = this.#pending.filter((each) => each !== operation);
  }

  /** The state at this moment. */
  state(): RecordedState {
    const renamed = (urn: string): string => this.#renamed.get(urn) ?? urn;
    const resources = [...this.#now.values(), ...this.#before].map((resource) =>
      needs(resource).some((urn) => this.#renamed.has(urn)) ? withNames(resource, renamed) : resource,
    );
    return { resources, pending: [...this.#pending] };
  }
}

function withNames(resource: RecordedResource, renamed: (urn: string) => string): RecordedResource {
  const { parent, provider } = resource;
  const end = provider?.lastIndexOf("::") ?? 0;
  return {
    ...resource,
    dependencies: resource.dependencies.map(renamed),
    propertyDependencies: Object.fromEntries(
      Object.entries(resource.propertyDependencies).map(([name, urns]) => [name, urns.map(renamed)]),
    ),
    ...(parent === undefined ? {} : { parent: renamed(parent) }),
    ...(provider === undefined ? {} : { provider: renamed(provider.slice(0, end)) + provider.slice(end) }),
  };
}
