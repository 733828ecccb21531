import { all, type ComponentResourceOptions, type Input, type Output, type Resource } from "@pulumi/pulumi";
import { PkiError } from "../../errors";
import { readPublicKey } from "../../x509/certificate";
import type { AuthorityPlan } from "../plan";
import type { PlannedKey } from "../plannedKey";
import { type AuthoritySettings, sourceOf, sourcesOf } from "./authoritySettings";
import type { FindRecorded, KeySource } from "../../keySources/keySource";
import { findRecorded, recordedResources } from "../../keySources/recordedResources";
import { childUrns, plannedResource } from "../../keySources/resourceUrns";
import { AUTHORITY_TYPE } from "./rotationReadiness";
import { refuseArguments } from "./refusedArguments";

/**
 * Settles when it is known, from what the last run recorded and from what exists, that the settings of the keys can be had.
 *
 * @returns undefined when no source has anything to say
 * @throws PkiError `INPUT_INVALID` with everything that is wrong
 */
export function requireAttainableKeys(
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

/** What the sources of an authority's keys declared beside them. */
export async function companionsOf(settings: AuthoritySettings): Promise<Resource[]> {
  const each = sourcesOf(settings).map(async (source) => (await source.companions?.()) ?? []);
  return (await Promise.all(each)).flat();
}

/**
 * A value that is there only when each key of an authority has one role. A key may be named in several ways, so that is not
 * known before the public keys are.
 *
 * @param publicKeys PEM, by what the key is called
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
 * Refuses one key in two roles: who may use it for the one could sign as the other.
 *
 * @param publicKeys PEM, each with what the key is called
 * @throws PkiError `INPUT_INVALID`
 */
export function requireOneRoleEach(publicKeys: readonly (readonly [string, string])[]): void {
  const keys = publicKeys.map(([name, pem]) => ({ name, key: readPublicKey(pem) }));
  keys.forEach(({ name, key }, index) => {
    const other = keys.slice(0, index).find((earlier) => earlier.key.equals(key));
    if (other !== undefined) {
      throw new PkiError(
        "INPUT_INVALID",
        `the keys named for ${other.name} and ${name} are one key, and who may use it for the one could sign as the other`,
        "Give each its own key, with deletionProtection off for that up: what was recorded of this one is protected",
      );
    }
  });
}
