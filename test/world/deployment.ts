import { Deletion } from "./deletion";
import { type DeploymentOptions, DeploymentRun, NEVER, type Registration, registrationOf } from "./deploymentRun";
import type { Goal } from "./goal";
import type { Ledger } from "./ledger";
import { Making } from "./making";
import type { Properties } from "./propertyValue";
import type { Provider } from "./provider";
import type { RecordedResource } from "./recordedState";
import { refreshResource } from "./refresh";
import { aliasUrns, urnOf } from "./urn";

/** One run of the engine over a state: takes the program's declarations in order, and performs them. */
export class Deployment {
  readonly #run: DeploymentRun;
  readonly #deletion: Deletion;
  readonly #making: Making;
  readonly #seen = new Set<string>();
  /** The former URN under which this run found a resource, if it differs. */
  readonly #foundAs = new Map<string, string>();
  readonly #stackOutputsBefore: Properties;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: DeploymentOptions) {
    this.#run = new DeploymentRun(options);
    this.#deletion = new Deletion(this.#run);
    this.#making = new Making(this.#run, this.#deletion);
    this.#stackOutputsBefore = this.#stackResource?.outputs ?? {};
  }

  get ledger(): Ledger {
    return this.#run.ledger;
  }

  /** Whether an operation is in progress. */
  get isBusy(): boolean {
    return this.#run.isBusy;
  }

  /** Settles when the providers have ended what they had begun. */
  untilQuiet(): Promise<void> {
    return this.#run.untilQuiet();
  }

  get wasCutOff(): boolean {
    return this.#run.wasCutOff;
  }

  /** Settles when no further step is started, because a step failed or the run was cut off. */
  get stopped(): Promise<void> {
    return this.#run.stopped;
  }

  /** Reads a resource that the program does not declare. Never answers after a failure. */
  async read(goal: Goal, id: string): Promise<Registration> {
    const read = this.#run.step(async () => {
      const urn = urnOf({ stack: this.#run.options.stack, project: this.#run.options.project, ...goal });
      const provider = await this.#run.provider(goal.type, goal.provider);
      const registration = await this.#making.read(urn, goal, id, provider);
      this.#seen.add(urn);
      return registration;
    });
    return (await read) ?? NEVER;
  }

  /** Registers a declared resource. Never answers after a failure, because the engine then closes the connection. */
  async register(goal: Goal): Promise<Registration> {
    return (await this.#run.step(() => this.#inTurn(goal))) ?? NEVER;
  }

  /** Steps are planned for one resource after another, and then performed for many at a time. */
  async #inTurn(goal: Goal): Promise<Registration | undefined> {
    const decision = this.#turn.then(() => (this.#run.isStopped ? undefined : this.#decide(goal)));
    this.#turn = decision.catch(() => undefined);
    return (await decision)?.();
  }

  /** Records the outputs of a component or of the stack. */
  registerOutputs(urn: string, outputs: Properties): void {
    const resource = this.ledger.current(urn);
    if (resource === undefined) {
      throw new Error(`outputs of an unknown resource ${urn}`);
    }
    this.ledger.record({ ...resource, outputs });
  }

  /** Ends a run after the program succeeded, and deletes what is no longer declared. */
  async finish(): Promise<void> {
    if (!this.#run.isStopped && this.#run.options.refreshes !== true) {
      await this.delete(
        this.ledger.left.filter(({ delete: isReplaced, urn }) => isReplaced === true || !this.#seen.has(urn)),
      );
    }
  }

  /** Ends a run after the program failed. The stack keeps its old outputs beside the new ones. */
  keepStackOutputs(): void {
    const stack = this.#stackResource;
    if (stack !== undefined) {
      this.ledger.record({ ...stack, outputs: { ...this.#stackOutputsBefore, ...stack.outputs } }, stack);
    }
  }

  /** Deletes resources, beginning with those that no other one needs. Stops after a group with a failed deletion. */
  delete(resources: readonly RecordedResource[]): Promise<void> {
    return this.#deletion.delete(resources);
  }

  /** Reads every resource again. */
  async refresh(): Promise<void> {
    await Promise.all(
      this.ledger.left.map((resource) =>
        this.#run.step(async () => refreshResource(this.#run, resource, await this.#run.providerOf(resource))),
      ),
    );
  }

  async #decide(goal: Goal): Promise<() => Promise<Registration>> {
    const parts = { stack: this.#run.options.stack, project: this.#run.options.project, ...goal };
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
      return () => Promise.resolve(this.#making.component(urn, goal, old));
    }
    const provider = await this.#run.provider(goal.type, goal.provider);
    if (this.#run.options.refreshes === true) {
      return () => this.#refreshDeclared(urn, goal, old, provider);
    }
    if (goal.importId !== undefined && goal.importId !== old?.id) {
      return () => this.#making.import(urn, goal, goal.importId ?? "", old, provider);
    }
    const inputs = await this.#making.check(urn, goal, old?.inputs ?? {}, provider);
    return old === undefined
      ? () => this.#making.create(urn, goal, inputs, undefined, provider)
      : this.#making.compare(urn, goal, old, inputs, provider);
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
    const refreshed = await refreshResource(this.#run, old, provider);
    return registrationOf(refreshed ?? { ...old, outputs: {} });
  }

  get #stackResource(): RecordedResource | undefined {
    const { stack, project } = this.#run.options;
    return this.ledger.current(
      urnOf({ stack, project, parent: "", type: "pulumi:pulumi:Stack", name: `${project}-${stack}` }),
    );
  }
}
