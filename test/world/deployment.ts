import { picked } from "../pulumiPlugin/properties";
import type { Goal } from "./goal";
import { Ledger } from "./ledger";
import { type Properties, isSame, revealedProperties, UNKNOWN, withSecrets } from "./propertyValue";
import type { CheckFailure, Difference, Provider } from "./provider";
import type { Providers } from "./providers";
import { deletionOrder, type PendingOperation, type RecordedResource, type RecordedState } from "./recordedState";
import type { Operation, Report } from "./report";
import { aliasUrns, nameOf, typeOf, urnOf } from "./urn";

/** Where a run is cut off, as by a kill: its answer is yes at that moment. */
export type CutOff = (operation: PendingOperation, moment: "before" | "after") => boolean;

/** What a run is. */
export interface DeploymentOptions {
  readonly stack: string;
  readonly project: string;
  readonly state: RecordedState;
  readonly providers: Providers;
  readonly report: Report;
  /** What exists is read instead of changed, and what does not exist is not made. */
  readonly refreshes?: boolean;
  readonly cutOff?: CutOff;
}

/** What the program is told of a resource. */
export interface Registration {
  readonly urn: string;
  readonly id?: string;
  readonly outputs: Properties;
}

const IMPORTED_REPLACED =
  "previously-imported resources that still specify an ID may not be replaced; please remove the `import` declaration from your program";

/** What a program says after the run has ended, or was cut off, is never answered. */
const NEVER = new Promise<never>(() => undefined);

/** One run of the engine over a state: takes what the program declares, in its order, and makes it so. */
export class Deployment {
  readonly ledger: Ledger;
  readonly #options: DeploymentOptions;
  readonly #report: Report;
  readonly #preview: boolean;
  readonly #seen = new Set<string>();
  /** The URN by which this run found a resource, where it is another. */
  readonly #foundAs = new Map<string, string>();
  readonly #stackOutputsBefore: Properties;
  #turn: Promise<unknown> = Promise.resolve();
  #atWork = 0;
  #stop: () => void = () => undefined;
  #isStopped = false;
  /** Settles when nothing is begun any more: a step failed, or the run was cut off. */
  readonly stopped = new Promise<void>((resolve) => {
    this.#stop = resolve;
  });
  wasCutOff = false;

  constructor(options: DeploymentOptions) {
    this.#options = options;
    this.#report = options.report;
    this.#preview = options.report.preview;
    this.ledger = new Ledger(options.state);
    this.#stackOutputsBefore = this.#stackResource?.outputs ?? {};
  }

  /** Whether an operation is going on. */
  get isBusy(): boolean {
    return this.#atWork > 0;
  }

  /** Reads what the program does not declare. Never answers once something has failed. */
  async read(goal: Goal, id: string): Promise<Registration> {
    this.#atWork += 1;
    try {
      const urn = urnOf({ stack: this.#options.stack, project: this.#options.project, ...goal });
      const provider = await this.#provider(goal.type, goal.provider);
      const found = await provider.read(urn, id, {}, revealedProperties(goal.inputs));
      if (found !== undefined) {
        this.#seen.add(urn);
        const outputs = withSecrets(found.outputs, goal.inputs, goal.secretOutputs);
        const read = { ...recordOf(urn, goal, goal.inputs), id: found.id, outputs, external: true };
        return this.#done("read", read, this.ledger.find([urn]));
      }
      throw new Error(`resource '${id}' does not exist`);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#atWork -= 1;
    }
    return NEVER;
  }

  /** Takes what the program declares. Never answers once something has failed, as the engine hangs up then. */
  async register(goal: Goal): Promise<Registration> {
    this.#atWork += 1;
    try {
      const registration = await this.#inTurn(goal);
      if (registration !== undefined) {
        return registration;
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#atWork -= 1;
    }
    return NEVER;
  }

  /** What is to be done is decided for one resource after the other, and then done for many at a time. */
  async #inTurn(goal: Goal): Promise<Registration | undefined> {
    const decision = this.#turn.then(() => (this.#isStopped ? undefined : this.#decide(goal)));
    this.#turn = decision.catch(() => undefined);
    return (await decision)?.();
  }

  /** Records what a component, or the stack, has said of itself. */
  registerOutputs(urn: string, outputs: Properties): void {
    const resource = this.ledger.current(urn);
    if (resource === undefined) {
      throw new Error(`outputs of an unknown resource ${urn}`);
    }
    this.ledger.record({ ...resource, outputs });
  }

  /** Ends a run whose program has ended well: what is no longer declared goes. */
  async finish(): Promise<void> {
    if (!this.#isStopped && this.#options.refreshes !== true) {
      await this.delete(
        this.ledger.left.filter(({ delete: isReplaced, urn }) => isReplaced === true || !this.#seen.has(urn)),
      );
    }
  }

  /** Ends a run whose program has failed: the stack keeps the outputs that it had, beside the new ones. */
  keepStackOutputs(): void {
    const stack = this.#stackResource;
    if (stack !== undefined) {
      this.ledger.record({ ...stack, outputs: { ...this.#stackOutputsBefore, ...stack.outputs } }, stack);
    }
  }

  /** Deletes resources, those first that no other one needs. Stops with the group in which one could not be. */
  async delete(resources: readonly RecordedResource[]): Promise<void> {
    for (const group of deletionOrder(resources)) {
      if (this.#isStopped) {
        return;
      }
      await Promise.race([Promise.all(group.map((resource) => this.#deleteOne(resource))), this.#untilCutOff()]);
    }
  }

  /** Reads every resource anew. */
  async refresh(): Promise<void> {
    await Promise.all(
      this.ledger.left.map(async (resource) => {
        try {
          await this.#refreshOne(resource, await this.#providerOf(resource));
        } catch (error) {
          this.#fail(error);
        }
      }),
    );
  }

  async #decide(goal: Goal): Promise<() => Promise<Registration>> {
    const parts = { stack: this.#options.stack, project: this.#options.project, ...goal };
    const urn = urnOf(parts);
    if (this.#seen.has(urn)) {
      throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`);
    }
    const old = this.ledger.find([urn, ...aliasUrns(parts, goal.aliases, this.#foundAs.get(goal.parent))]);
    this.#seen.add(urn);
    if (old !== undefined && old.urn !== urn) {
      this.#seen.add(old.urn);
      this.#foundAs.set(urn, old.urn);
    }
    if (!goal.custom) {
      return () => Promise.resolve(this.#component(urn, goal, old));
    }
    const provider = await this.#provider(goal.type, goal.provider);
    if (this.#options.refreshes === true) {
      return () => this.#refreshDeclared(urn, goal, old, provider);
    }
    if (goal.importId !== undefined && goal.importId !== old?.id) {
      return () => this.#import(urn, goal, goal.importId ?? "", old, provider);
    }
    const inputs = await this.#check(urn, goal, old?.inputs ?? {}, provider);
    return old === undefined
      ? () => this.#create(urn, goal, inputs, undefined, provider)
      : this.#compare(urn, goal, old, inputs, provider);
  }

  async #compare(
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
      // It is another resource now, whose inputs are completed anew.
      const again = await this.#check(urn, goal, {}, provider);
      if (goal.deleteBeforeReplace ?? difference.deleteBeforeReplace) {
        await this.#deleteFirst(old);
        return () => this.#create(urn, goal, again, undefined, provider, "replace");
      }
      return () => this.#create(urn, goal, again, old, provider, "replace");
    }
    return difference.changes
      ? () => this.#update(urn, goal, old, inputs, provider)
      : () =>
          Promise.resolve(
            this.#done("same", { ...recordOf(urn, goal, inputs), ...idOf(old), outputs: old.outputs }, old),
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

  #component(urn: string, goal: Goal, old: RecordedResource | undefined): Registration {
    const isKnown = old !== undefined && isSame(old.inputs, goal.inputs);
    const operation = old === undefined ? "create" : isKnown ? "same" : "update";
    return this.#done(operation, { ...recordOf(urn, goal, goal.inputs), outputs: old?.outputs ?? {} }, old);
  }

  async #create(
    urn: string,
    goal: Goal,
    inputs: Properties,
    replaced: RecordedResource | undefined,
    provider: Provider,
    operation: Operation = "create",
  ): Promise<Registration> {
    const made = await this.#operate({ type: "creating", urn }, () =>
      provider.create(urn, revealedProperties(inputs), this.#preview),
    );
    const outputs = withSecrets(made.outputs, inputs, goal.secretOutputs);
    const resource = { ...recordOf(urn, goal, inputs), ...idOf(made), outputs };
    if (replaced === undefined) {
      return this.#done(operation, resource, undefined);
    }
    this.ledger.recordReplacement(resource, replaced);
    this.#report.step(operation, urn, replaced.inputs, inputs);
    return registrationOf(resource);
  }

  async #update(
    urn: string,
    goal: Goal,
    old: RecordedResource,
    inputs: Properties,
    provider: Provider,
  ): Promise<Registration> {
    const updated = await this.#operate({ type: "updating", urn }, () =>
      provider.update(urn, old.id ?? "", revealedProperties(old.outputs), revealedProperties(inputs), this.#preview),
    );
    const outputs = withSecrets(updated.outputs, inputs, goal.secretOutputs);
    return this.#done("update", { ...recordOf(urn, goal, inputs), ...idOf(old), outputs }, old);
  }

  async #import(
    urn: string,
    goal: Goal,
    id: string,
    replaced: RecordedResource | undefined,
    provider: Provider,
  ): Promise<Registration> {
    if (replaced !== undefined) {
      refuseReplacement(replaced, goal);
    }
    const found = await this.#operate({ type: "importing", urn }, () => provider.read(urn, id, {}, {}));
    if (found?.inputs === undefined) {
      throw new Error(`resource '${id}' does not exist`);
    }
    const outputs = withSecrets(found.outputs, goal.inputs, goal.secretOutputs);
    const imported = { ...recordOf(urn, goal, found.inputs), id: found.id, outputs };
    if (replaced === undefined) {
      this.ledger.record(imported);
    } else {
      this.ledger.recordReplacement(imported, replaced);
    }
    this.#report.step(replaced === undefined ? "import" : "replace", urn);
    return this.#adapt(urn, goal, imported, provider);
  }

  /** Makes what was imported what the program wants of it, in the same run. */
  async #adapt(urn: string, goal: Goal, imported: RecordedResource, provider: Provider): Promise<Registration> {
    const inputs = await this.#check(urn, goal, imported.inputs, provider);
    const { changes, replaces } = await this.#difference(urn, goal, imported, inputs, provider);
    if (replaces.length > 0) {
      throw new Error(IMPORTED_REPLACED);
    }
    if (changes) {
      return this.#update(urn, goal, imported, inputs, provider);
    }
    const adapted = { ...imported, inputs };
    this.ledger.record(adapted);
    return registrationOf(adapted);
  }

  async #refreshDeclared(
    urn: string,
    goal: Goal,
    old: RecordedResource | undefined,
    provider: Provider,
  ): Promise<Registration> {
    if (old === undefined) {
      return { urn, outputs: goal.inputs };
    }
    const refreshed = await this.#refreshOne(old, provider);
    return registrationOf(refreshed ?? { ...old, outputs: {} });
  }

  async #refreshOne(old: RecordedResource, provider: Provider | undefined): Promise<RecordedResource | undefined> {
    if (provider === undefined || old.external === true) {
      this.#report.step("same", old.urn);
      return old;
    }
    const [inputs, outputs] = [revealedProperties(old.inputs), revealedProperties(old.outputs)];
    const found = await provider.read(old.urn, old.id ?? "", inputs, outputs);
    if (found === undefined) {
      this.#report.step("delete", old.urn);
      this.ledger.remove(old);
      return undefined;
    }
    const refreshed = {
      ...old,
      id: found.id,
      inputs: withSecrets(found.inputs ?? inputs, old.inputs, []),
      outputs: withSecrets(found.outputs, old.inputs, old.secretOutputs),
    };
    const { changes } = await provider.diff(old.urn, found.id, {
      oldInputs: found.inputs ?? inputs,
      oldOutputs: found.outputs,
      inputs,
      ignoreChanges: [],
    });
    this.ledger.record(refreshed, old);
    this.#report.step(changes ? "update" : "same", old.urn, old.outputs, refreshed.outputs);
    return refreshed;
  }

  async #check(urn: string, goal: Goal, olds: Properties, provider: Provider): Promise<Properties> {
    const news = revealedProperties(ignoring(goal, olds));
    const { inputs, failures } = await provider.check(urn, revealedProperties(olds), news);
    if (failures.length > 0) {
      throw new Error(failures.map((failure) => describe(urn, failure, news)).join("\nerror: "));
    }
    return withSecrets(inputs, goal.inputs, []);
  }

  /** Deletes a resource that is about to be made anew, and before it those that have to be made anew with it. */
  async #deleteFirst(old: RecordedResource): Promise<void> {
    const going = [old];
    for (const dependent of this.ledger.left) {
      if (await this.#mustFollow(dependent, going)) {
        refuseProtected(dependent, "replace");
        going.push(dependent);
      }
    }
    for (const group of deletionOrder(going)) {
      await Promise.all(group.map((resource) => this.#remove(resource)));
    }
  }

  /** Whether a resource is replaced when what it takes from others is not what it was. */
  async #mustFollow(dependent: RecordedResource, going: readonly RecordedResource[]): Promise<boolean> {
    const changing = Object.entries(dependent.propertyDependencies)
      .filter(([, urns]) => going.some(({ urn }) => urns.includes(urn)))
      .map(([name]) => [name, UNKNOWN]);
    if (changing.length === 0 || going.includes(dependent)) {
      return false;
    }
    const oldInputs = revealedProperties(dependent.inputs);
    const provider = await this.#providerOf(dependent);
    const difference = await provider?.diff(dependent.urn, dependent.id ?? "", {
      oldInputs,
      oldOutputs: revealedProperties(dependent.outputs),
      inputs: { ...oldInputs, ...(Object.fromEntries(changing) as Properties) },
      ignoreChanges: [],
    });
    return (difference?.replaces.length ?? 0) > 0;
  }

  async #deleteOne(resource: RecordedResource): Promise<void> {
    this.#atWork += 1;
    try {
      if (resource.delete !== true) {
        refuseProtected(resource, "delete");
      }
      await this.#remove(resource);
      if (resource.delete !== true && resource.external !== true) {
        this.#report.step("delete", resource.urn);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#atWork -= 1;
    }
  }

  async #remove(resource: RecordedResource): Promise<void> {
    const provider = await this.#providerOf(resource);
    if (provider !== undefined && resource.retainOnDelete !== true && resource.external !== true && !this.#preview) {
      const { urn, id = "" } = resource;
      await this.#operate({ type: "deleting", urn }, () =>
        provider.delete(urn, id, revealedProperties(resource.outputs)),
      );
    }
    this.ledger.remove(resource);
  }

  /** Does what may be cut off; from then on, nothing is recorded. */
  async #operate<Answer>(operation: PendingOperation, call: () => Promise<Answer>): Promise<Answer> {
    const isCutOff = (moment: "before" | "after"): boolean =>
      this.wasCutOff || (!this.#preview && this.#options.cutOff?.(operation, moment) === true);
    this.ledger.begin(operation);
    if (isCutOff("before")) {
      return this.#cutOff();
    }
    let answer: Answer;
    try {
      answer = await call();
    } catch (error) {
      if (!this.wasCutOff) {
        this.ledger.end(operation);
      }
      throw error;
    }
    if (isCutOff("after")) {
      return this.#cutOff();
    }
    this.ledger.end(operation);
    return answer;
  }

  #cutOff(): Promise<never> {
    this.wasCutOff = true;
    this.#halt();
    return NEVER;
  }

  #untilCutOff(): Promise<void> {
    return this.stopped.then(() => (this.wasCutOff ? undefined : NEVER));
  }

  #done(operation: Operation, resource: RecordedResource, old: RecordedResource | undefined): Registration {
    this.ledger.record(resource, old);
    this.#report.step(operation, resource.urn, old?.inputs ?? {}, resource.inputs);
    return registrationOf(resource);
  }

  #fail(error: unknown): void {
    if (!this.wasCutOff) {
      this.#report.fail(error instanceof Error ? error.message : String(error));
    }
    this.#halt();
  }

  #halt(): void {
    this.#isStopped = true;
    this.#stop();
  }

  #provider(type: string, reference: string | undefined): Promise<Provider> {
    return this.#options.providers.of(type, reference, (urn) => this.ledger.current(urn)?.inputs ?? {});
  }

  async #providerOf({ custom, type, provider }: RecordedResource): Promise<Provider | undefined> {
    return custom ? this.#provider(type, provider) : undefined;
  }

  get #stackResource(): RecordedResource | undefined {
    const { stack, project } = this.#options;
    return this.ledger.current(
      urnOf({ stack, project, parent: "", type: "pulumi:pulumi:Stack", name: `${project}-${stack}` }),
    );
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

/** What the program wants, but that what it ignores stays as it was; what is made anew has nothing to stay as. */
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

function registrationOf({ urn, id, outputs }: RecordedResource): Registration {
  return { urn, ...(id === undefined ? {} : { id }), outputs };
}

/** To unprotect and to replace may be one step. */
function refuseReplacement(old: RecordedResource, { protect }: Goal): void {
  if (protect) {
    refuseProtected(old, "replace");
  }
}

function refuseProtected({ urn, protect }: RecordedResource, what: "replace" | "delete"): void {
  if (protect === true) {
    const refused = what === "replace" ? `unable to replace resource "${urn}"` : `resource "${urn}" cannot be deleted`;
    throw new Error(`${refused}\nas it is currently marked for protection: it is protected`);
  }
}

function describe(urn: string, { property, reason }: CheckFailure, inputs: Properties): string {
  const resource = `${typeOf(urn)} resource '${nameOf(urn)}'`;
  return property === ""
    ? `${resource} has a problem: ${reason}`
    : `${resource}: property ${property} value {${JSON.stringify(inputs[property])}} has a problem: ${reason}`;
}
