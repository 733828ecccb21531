import { picked } from "../pulumiPlugin/properties";
import { type Deletion, refuseProtected } from "./deletion";
import { type DeploymentRun, type Registration, registrationOf } from "./deploymentRun";
import type { Goal } from "./goal";
import { isSame, type Properties, revealedProperties, withSecrets } from "./propertyValue";
import type { CheckFailure, Difference, Provider } from "./provider";
import type { RecordedResource } from "./recordedState";
import type { Operation } from "./report";
import { nameOf, typeOf } from "./urn";

const IMPORTED_REPLACED =
  "previously-imported resources that still specify an ID may not be replaced; please remove the `import` declaration from your program";

/** Creates, updates and replaces the resources of a run as declared. */
export class Making {
  readonly #run: DeploymentRun;
  readonly #deletion: Deletion;

  constructor(run: DeploymentRun, deletion: Deletion) {
    this.#run = run;
    this.#deletion = deletion;
  }

  component(urn: string, goal: Goal, old: RecordedResource | undefined): Registration {
    const isKnown = old !== undefined && isSame(old.inputs, goal.inputs);
    const operation = old === undefined ? "create" : isKnown ? "same" : "update";
    return this.#run.done(operation, { ...recordOf(urn, goal, goal.inputs), outputs: old?.outputs ?? {} }, old);
  }

  async compare(
    urn: string,
    goal: Goal,
    old: RecordedResource,
    inputs: Properties,
    provider: Provider,
  ): Promise<() => Promise<Registration>> {
    const difference = await this.#difference(urn, goal, old, inputs, provider);
    if (difference.replaces.length > 0) {
      if (goal.importId !== undefined) {
        throw new Error(IMPORTED_REPLACED);
      }
      refuseReplacement(old, goal);
      // It is a new resource now, whose inputs are completed again.
      const again = await this.check(urn, goal, {}, provider);
      if (goal.deleteBeforeReplace ?? difference.deleteBeforeReplace) {
        await this.#deletion.deleteFirst(old);
        return () => this.create(urn, goal, again, undefined, provider, "replace");
      }
      return () => this.create(urn, goal, again, old, provider, "replace");
    }
    return difference.changes
      ? () => this.#update(urn, goal, old, inputs, provider)
      : () =>
          Promise.resolve(
            this.#run.done("same", { ...recordOf(urn, goal, inputs), ...idOf(old), outputs: old.outputs }, old),
          );
  }

  #difference(
    urn: string,
    { ignoreChanges }: Goal,
    old: RecordedResource,
    inputs: Properties,
    provider: Provider,
  ): Promise<Difference> {
    return provider.diff(urn, old.id ?? "", {
      oldInputs: revealedProperties(old.inputs),
      oldOutputs: revealedProperties(old.outputs),
      inputs: revealedProperties(inputs),
      ignoreChanges,
    });
  }

  async create(
    urn: string,
    goal: Goal,
    inputs: Properties,
    replaced: RecordedResource | undefined,
    provider: Provider,
    operation: Operation = "create",
  ): Promise<Registration> {
    const made = await this.#run.operate({ type: "creating", urn }, () =>
      provider.create(urn, revealedProperties(inputs), this.#run.preview),
    );
    const outputs = withSecrets(made.outputs, inputs, goal.secretOutputs);
    const resource = { ...recordOf(urn, goal, inputs), ...idOf(made), outputs };
    if (replaced === undefined) {
      return this.#run.done(operation, resource, undefined);
    }
    this.#run.ledger.recordReplacement(resource, replaced);
    this.#run.report.step(operation, urn, replaced.inputs, inputs);
    return registrationOf(resource);
  }

  async #update(
    urn: string,
    goal: Goal,
    old: RecordedResource,
    inputs: Properties,
    provider: Provider,
  ): Promise<Registration> {
    const updated = await this.#run.operate({ type: "updating", urn }, () =>
      provider.update(
        urn,
        old.id ?? "",
        revealedProperties(old.outputs),
        revealedProperties(inputs),
        this.#run.preview,
      ),
    );
    const outputs = withSecrets(updated.outputs, inputs, goal.secretOutputs);
    return this.#run.done("update", { ...recordOf(urn, goal, inputs), ...idOf(old), outputs }, old);
  }

  async import(
    urn: string,
    goal: Goal,
    id: string,
    replaced: RecordedResource | undefined,
    provider: Provider,
  ): Promise<Registration> {
    if (replaced !== undefined) {
      refuseReplacement(replaced, goal);
    }
    const found = await this.#run.operate({ type: "importing", urn }, () => provider.read(urn, id, {}, {}));
    if (found?.inputs === undefined) {
      throw new Error(`resource '${id}' does not exist`);
    }
    const outputs = withSecrets(found.outputs, goal.inputs, goal.secretOutputs);
    const imported = { ...recordOf(urn, goal, found.inputs), id: found.id, outputs };
    if (replaced === undefined) {
      this.#run.ledger.record(imported);
    } else {
      this.#run.ledger.recordReplacement(imported, replaced);
    }
    this.#run.report.step(replaced === undefined ? "import" : "replace", urn);
    return this.#adapt(urn, goal, imported, provider);
  }

  /** Updates an imported resource as declared, in the same run. */
  async #adapt(urn: string, goal: Goal, imported: RecordedResource, provider: Provider): Promise<Registration> {
    const inputs = await this.check(urn, goal, imported.inputs, provider);
    const { changes, replaces } = await this.#difference(urn, goal, imported, inputs, provider);
    if (replaces.length > 0) {
      throw new Error(IMPORTED_REPLACED);
    }
    if (changes) {
      return this.#update(urn, goal, imported, inputs, provider);
    }
    const adapted = { ...imported, inputs };
    this.#run.ledger.record(adapted);
    return registrationOf(adapted);
  }

  /** Reads an external resource, and records it as external. */
  async read(urn: string, goal: Goal, id: string, provider: Provider): Promise<Registration> {
    const found = await provider.read(urn, id, {}, revealedProperties(goal.inputs));
    if (found === undefined) {
      throw new Error(`resource '${id}' does not exist`);
    }
    const outputs = withSecrets(found.outputs, goal.inputs, goal.secretOutputs);
    const read = { ...recordOf(urn, goal, goal.inputs), id: found.id, outputs, external: true };
    return this.#run.done("read", read, this.#run.ledger.find([urn]));
  }

  async check(urn: string, goal: Goal, olds: Properties, provider: Provider): Promise<Properties> {
    const news = revealedProperties(ignoring(goal, olds));
    const { inputs, failures } = await provider.check(urn, revealedProperties(olds), news);
    if (failures.length > 0) {
      throw new Error(failures.map((failure) => describe(urn, failure, news)).join("\nerror: "));
    }
    return withSecrets(inputs, goal.inputs, []);
  }
}

function recordOf(urn: string, goal: Goal, inputs: Properties): Omit<RecordedResource, "outputs"> {
  const { type, custom, parent, protect, retainOnDelete, provider } = goal;
  return {
    ...{ urn, type, custom, inputs },
    ...(parent === "" ? {} : { parent }),
    ...(protect ? { protect } : {}),
    ...(retainOnDelete ? { retainOnDelete } : {}),
    ...(provider === undefined ? {} : { provider }),
    dependencies: goal.dependencies,
    propertyDependencies: goal.propertyDependencies,
    secretOutputs: goal.secretOutputs,
  };
}

/** The declared inputs, with the old values of ignored ones. A new resource has no old values. */
function ignoring({ inputs, ignoreChanges }: Goal, olds: Properties): Properties {
  if (Object.keys(olds).length === 0) {
    return inputs;
  }
  const kept = Object.entries(inputs).filter(([name]) => !ignoreChanges.includes(name));
  return { ...Object.fromEntries(kept), ...picked(olds, ignoreChanges) };
}

function idOf({ id }: { readonly id?: string }): { id?: string } {
  return id === undefined ? {} : { id };
}

/** One step may unprotect and replace. */
function refuseReplacement(old: RecordedResource, { protect }: Goal): void {
  if (protect) {
    refuseProtected(old, "replace");
  }
}

function describe(urn: string, { property, reason }: CheckFailure, inputs: Properties): string {
  const resource = `${typeOf(urn)} resource '${nameOf(urn)}'`;
  return property === ""
    ? `${resource} has a problem: ${reason}`
    : `${resource}: property ${property} value {${JSON.stringify(inputs[property])}} has a problem: ${reason}`;
}
