import { type CustomResourceOptions, isDryRun, type Resource } from "../../../pulumi";
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
  /** The ids of the keys of its role that are in the state or about to be adopted. */
  readonly keyIds: readonly string[];
}

/** The type of the resource that makes an alias. */
const ALIAS_TYPE = "aws:kms/alias:Alias";

/**
 * Decides whether to import an alias, because AWS has it and the state does not, as after a killed run. Otherwise the
 * engine would try to make it, and AWS would refuse every time. A preview, which asks no KMS, shows it as created.
 *
 * @param list asks for the aliases of the region: their names and the ids of their keys
 * @throws PkiError `ALIAS_EXISTS` for an alias that points to someone else's key
 */
export async function aliasOptions(
  { parent, resource, name, keyIds }: DeclaredAlias,
  list: () => Promise<ReadonlyMap<string, string>>,
): Promise<CustomResourceOptions> {
  const urns = childUrns(await knownResource(parent), ALIAS_TYPE, resource);
  const isRecorded = findRecorded(await recordedResources(), urns) !== undefined;
  const target = isRecorded || isDryRun() ? undefined : (await list()).get(name);
  if (target === undefined) {
    return {};
  }
  if (!keyIds.includes(target)) {
    throw new PkiError(
      "ALIAS_EXISTS",
      `${name} exists and points to the key ${target}, which is not the key of "${resource}"`,
      `Choose another aliasPrefix, or delete the alias if nothing uses it: aws kms delete-alias --alias-name ${name}. ` +
        'Then run "pulumi up"',
    );
  }
  // If another generation is active now, the next up moves it.
  return { import: name, ignoreChanges: ["targetKeyId"] };
}
