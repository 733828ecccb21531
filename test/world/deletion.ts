import type { DeploymentRun } from "./deploymentRun";
import { type Properties, revealedProperties, UNKNOWN } from "./propertyValue";
import { deletionOrder, type RecordedResource } from "./recordedState";

/** Deletes resources of a run, beginning with those that no other one needs. */
export class Deletion {
  readonly #run: DeploymentRun;

  constructor(run: DeploymentRun) {
    this.#run = run;
  }

  /** Deletes resources, beginning with those that no other one needs. Stops after a group with a failed deletion. */
  async delete(resources: readonly RecordedResource[]): Promise<void> {
    for (const group of deletionOrder(resources)) {
      if (this.#run.isStopped) {
        return;
      }
      await Promise.race([Promise.all(group.map((resource) => this.#deleteOne(resource))), this.#run.untilCutOff()]);
    }
  }

  /** Deletes a resource before its replacement, and before it those that must be replaced with it. */
  async deleteFirst(old: RecordedResource): Promise<void> {
    const going = [old];
    for (const dependent of this.#run.ledger.left) {
      if (await this.#mustFollow(dependent, going)) {
        refuseProtected(dependent, "replace");
        going.push(dependent);
      }
    }
    for (const group of deletionOrder(going)) {
      await Promise.all(group.map((resource) => this.#remove(resource)));
    }
  }

  /** Whether a resource is replaced when its inputs from other resources change. */
  async #mustFollow(dependent: RecordedResource, going: readonly RecordedResource[]): Promise<boolean> {
    const changing = Object.entries(dependent.propertyDependencies)
      .filter(([, urns]) => going.some(({ urn }) => urns.includes(urn)))
      .map(([name]) => [name, UNKNOWN]);
    if (changing.length === 0 || going.includes(dependent)) {
      return false;
    }
    const oldInputs = revealedProperties(dependent.inputs);
    const provider = await this.#run.providerOf(dependent);
    const difference = await provider?.diff(dependent.urn, dependent.id ?? "", {
      oldInputs,
      oldOutputs: revealedProperties(dependent.outputs),
      inputs: { ...oldInputs, ...(Object.fromEntries(changing) as Properties) },
      ignoreChanges: [],
    });
    return (difference?.replaces.length ?? 0) > 0;
  }

  async #deleteOne(resource: RecordedResource): Promise<void> {
    await this.#run.step(async () => {
      if (resource.delete !== true) {
        refuseProtected(resource, "delete");
      }
      await this.#remove(resource);
      if (resource.delete !== true && resource.external !== true) {
        this.#run.report.step("delete", resource.urn);
      }
    });
  }

  async #remove(resource: RecordedResource): Promise<void> {
    const provider = await this.#run.providerOf(resource);
    if (
      provider !== undefined &&
      resource.retainOnDelete !== true &&
      resource.external !== true &&
      !this.#run.preview
    ) {
      const { urn, id = "" } = resource;
      await this.#run.operate({ type: "deleting", urn }, () =>
        provider.delete(urn, id, revealedProperties(resource.outputs)),
      );
    }
    this.#run.ledger.remove(resource);
  }
}

/** Refuses to replace or delete what is protected. */
export function refuseProtected({ urn, protect }: RecordedResource, what: "replace" | "delete"): void {
  if (protect === true) {
    const refused = what === "replace" ? `unable to replace resource "${urn}"` : `resource "${urn}" cannot be deleted`;
    throw new Error(`${refused}\nas it is currently marked for protection: it is protected`);
  }
}
