import { log, type Resource, runtime } from "@pulumi/pulumi";
import { PkiError } from "../../../errors";
import { findRecorded, recordedResources } from "../../../keySources/recordedResources";
import { childUrns, knownResource } from "../../../keySources/resourceUrns";
import { argumentNaming } from "../../../words/argumentNaming";

/** Something of Cloud KMS that is about to be declared, whose name is taken for ever once it is made. */
export interface LastingName {
  readonly type: string;
  /** The name of the Pulumi resource. */
  readonly resource: string;
  readonly name: string;
  /** The setting by which it is taken as it is. */
  readonly setting: string;
}

/**
 * Says of what this run makes that its name may be taken, and what to do then: when it is, the engine reports Google's
 * own words and ends the program at once.
 */
export async function announceName(parent: Resource, { type, resource, name, setting }: LastingName): Promise<void> {
  if (!runtime.isDryRun() && !(await isRecorded(parent, type, resource))) {
    void log.info(
      `Makes ${name}, which can never be deleted. Should Google say that it already exists, take it as it is: ` +
        argumentNaming().assignment(`keys.existing.${setting}`, true),
    );
  }
}

/** Whether the last run left a resource in the state. */
export async function isRecorded(parent: Resource, type: string, resource: string): Promise<boolean> {
  const recorded = await recordedResources();
  return findRecorded(recorded, childUrns(await knownResource(parent), type, resource)) !== undefined;
}

/**
 * Refuses to take as there what the state holds: what leaves the program leaves the state, and the engine destroys the
 * versions of a key that does.
 *
 * @throws PkiError `INPUT_INVALID`
 */
export async function refuseManaged(parent: Resource, type: string, name: string, role: string): Promise<void> {
  if (await isRecorded(parent, type, name)) {
    throw new PkiError(
      "INPUT_INVALID",
      `existing.cryptoKeys says that the key of "${name}" (${role}) is there, and this stack itself has it in its state`,
      "Remove it from existing.cryptoKeys",
    );
  }
}
