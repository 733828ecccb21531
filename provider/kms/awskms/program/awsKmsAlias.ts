import { type CustomResourceOptions, type Resource, runtime } from "@pulumi/pulumi";
import { PkiError } from "../../../errors";
import { findRecorded, recordedResources } from "../../../keySources/recordedResources";
import { childUrns, knownResource } from "../../../keySources/resourceUrns";

/** An alias that is about to be declared. */
export interface DeclaredAlias {
  readonly parent: Resource;
  /** The name of the Pulumi resource. */
  readonly resource: string;
  /** `alias/NAME`. */
  readonly name: string;
  /** The ids of the keys of its role that are in the state, or are about to be taken into it. */
  readonly keyIds: readonly string[];
}

/** The type of the resource that makes an alias. */
const ALIAS_TYPE = "aws:kms/alias:Alias";

/**
 * Decides whether an alias is imported: AWS has it and the state does not, as after a run that was cut off. The engine would
 * make it, and AWS would refuse that for ever. A preview, which asks no KMS, has it made.
 *
 * @param list asks for the aliases of the region: their names and the ids of their keys
 * @throws PkiError `ALIAS_EXISTS` for one that points to a key of somebody else
 */
export async function aliasOptions(
  { parent, resource, name, keyIds }: DeclaredAlias,
  list: () => Promise<ReadonlyMap<string, string>>,
): Promise<CustomResourceOptions> {
  const urns = childUrns(await knownResource(parent), ALIAS_TYPE, resource);
  const isRecorded = findRecorded(await recordedResources(), urns) !== undefined;
  const target = isRecorded || runtime.isDryRun() ? undefined : (await list()).get(name);
  if (target === undefined) {
    return {};
  }
  if (!keyIds.includes(target)) {
    throw new PkiError(
      "ALIAS_EXISTS",
      `${name} exists and points to the key ${target}, which is not the key of "${resource}"`,
      `Choose another aliasPrefix, or delete the alias if nothing uses it: aws kms delete-alias --alias-name ${name}. ` +
        'Then "pulumi up"',
    );
  }
  // The up after this one moves it, if another generation is active now.
  return { import: name, ignoreChanges: ["targetKeyId"] };
}
