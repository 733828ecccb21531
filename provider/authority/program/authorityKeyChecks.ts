import { all, type ComponentResourceOptions, type Input, type Output, type Resource } from "../../pulumi";
import { PkiError } from "../../errors";
import { readPublicKey } from "../../x509/certificate";
import type { AuthorityPlan } from "../plan";
import type { PlannedKey } from "../plannedKey";
import { type AuthoritySettings, sourceOf, sourcesOf } from "./authoritySettings";
import type { FindRecorded, KeySource } from "../../keySources/keySource";
import { findRecorded, recordedResources } from "../../keySources/recordedResources";
import { childUrns, plannedResource } from "../../keySources/resourceUrns";
import { requireKnownSettings } from "./knownSettings";
import { AUTHORITY_TYPE } from "./rotationReadiness";
import { refuseArguments } from "./refusedArguments";

/** Checks the settings by themselves first, and then against existing keys and the state. */
export function requireAttainable(
  name: string,
  settings: AuthoritySettings,
  plan: AuthorityPlan,
  opts: ComponentResourceOptions | undefined,
): Promise<void> | undefined {
  const known = requireKnownSettings(name, settings);
  return known === undefined
    ? requireAttainableKeys(name, settings, plan, opts)
    : known.then(() => requireAttainableKeys(name, settings, plan, opts));
}

/**
 * Settles when the last run's record and the KMSs have shown that the settings of the keys are possible.
 *
 * @returns undefined if no source has such checks
 * @throws PkiError `INPUT_INVALID` with all problems
 */
function requireAttainableKeys(
  name: string,
  settings: AuthoritySettings,
  { keys }: AuthorityPlan,
  opts: ComponentResourceOptions | undefined,
): Promise<void> | undefined {
  const bySource = Map.groupBy(keys, ({ part }) => sourceOf(settings, part));
  return [...bySource.keys()].some((source) => source.recordedProblems !== undefined)
    ? refuseUnattainable(name, bySource, opts)
    : undefined;
}

async function refuseUnattainable(
  name: string,
  bySource: ReadonlyMap<KeySource, readonly PlannedKey[]>,
  opts: ComponentResourceOptions | undefined,
): Promise<void> {
  const recorded = await recordedResources();
  const authority = await plannedResource(AUTHORITY_TYPE, name, opts);
  const find: FindRecorded = (type, child) => findRecorded(recorded, childUrns(authority, type, child));
  const problems = [...bySource].map(async ([source, keys]) => (await source.recordedProblems?.(keys, find)) ?? []);
  refuseArguments(name, (await Promise.all(problems)).flat());
}

/** The resources that the sources of an authority's keys declared in addition to the keys. */
export async function companionsOf(settings: AuthoritySettings): Promise<Resource[]> {
  const each = sourcesOf(settings).map(async (source) => (await source.companions?.()) ?? []);
  return (await Promise.all(each)).flat();
}

/**
 * A value that resolves only if each key of an authority has one role. A key may have several names, so this is known
 * only from the public keys.
 *
 * @param publicKeys PEM, by the name of the key
 */
export function whenKeysAreApart<Value>(
  publicKeys: ReadonlyMap<string, Input<string>>,
  value: Output<Value>,
): Output<Value> {
  const names = [...publicKeys.keys()];
  return all([value, all([...publicKeys.values()])]).apply(([known, pems]) => {
    requireOneRoleEach(pems.map((pem, index) => [names[index] ?? "", pem]));
    return known as Value;
  });
}

/**
 * Refuses one key in two roles, because anyone allowed to use it for one could sign as the other.
 *
 * @param publicKeys PEM, each with the name of the key
 * @throws PkiError `INPUT_INVALID`
 */
export function requireOneRoleEach(publicKeys: readonly (readonly [string, string])[]): void {
  const keys = publicKeys.map(([name, pem]) => ({ name, key: readPublicKey(pem) }));
  keys.forEach(({ name, key }, index) => {
    const other = keys.slice(0, index).find((earlier) => earlier.key.equals(key));
    if (other !== undefined) {
      throw new PkiError(
        "INPUT_INVALID",
        `${other.name} and ${name} use the same key, so anyone allowed to use it for one could sign as the other`,
        "Give each its own key. Turn deletionProtection off for that up, because the record of this key is protected",
      );
    }
  });
}
