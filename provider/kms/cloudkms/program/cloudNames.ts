import { isDryRun, log, type Resource } from "../../../pulumi";
import { PkiError } from "../../../errors";
import { findRecorded, recordedResources } from "../../../keySources/recordedResources";
import { childUrns, knownResource } from "../../../keySources/resourceUrns";
import { argumentNaming } from "../../../words/argumentNaming";

/** A ring or key that is about to be declared, whose name stays taken forever once it is made. */
export interface LastingName {
  readonly type: string;
  /** The name of the Pulumi resource. */
  readonly resource: string;
  readonly name: string;
  /** The setting that uses an existing one. */
  readonly setting: string;
}

/**
 * Announces that a name may already be taken, and what to do then. If it is, the engine reports only Google's message
 * and ends the program at once.
 */
export async function announceName(parent: Resource, { type, resource, name, setting }: LastingName): Promise<void> {
  if (!isDryRun() && !(await isRecorded(parent, type, resource))) {
    void log.info(
      `Making ${name}, which can never be deleted. If Google reports that it already exists, use it as it is: ` +
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
 * Refuses to treat a key in the state as existing. A key that leaves the program also leaves the state, and the engine
 * destroys its versions.
 *
 * @throws PkiError `INPUT_INVALID`
 */
export async function refuseManaged(parent: Resource, type: string, name: string, role: string): Promise<void> {
  if (await isRecorded(parent, type, name)) {
    throw new PkiError(
      "INPUT_INVALID",
      `existing.cryptoKeys says that the key of "${name}" (${role}) exists already, but this stack itself has it in its state`,
      "Remove it from existing.cryptoKeys",
    );
  }
}
