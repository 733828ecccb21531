import { all, type ComponentResourceOptions, type Input, type Output, type Resource } from "@pulumi/pulumi";
import { PkiError } from "../errors";
import { refuseProblems } from "../words/problem";
import { AUTHORITY_PARTS } from "../rotation/authorityPart";
import type { AuthorityState } from "../rotation/authorityState";
import { readPublicKey } from "../x509/certificate";
import { keyNameOf, keyResource, roleOf } from "../keySources/authorityParts";
import { algorithmOfPart, type AuthoritySettings, rotationOf, sourceOf } from "./authoritySettings";
import { isExistingRoot } from "./existingRoot";
import type { FindRecorded, KeySource, PlannedKey } from "../keySources/keySource";
import { findRecorded, recordedResources } from "../keySources/recordedResources";
import { childUrns, plannedResource } from "../keySources/resourceUrns";
import { AUTHORITY_TYPE } from "./rotationReadiness";

/**
 * Settles when it is known, from what the last run recorded and from what exists, that the settings of the keys can be had.
 *
 * @returns undefined when no source has anything to say
 * @throws PkiError `INPUT_INVALID` with everything that is wrong
 */
export function requireAttainableKeys(
  name: string,
  settings: AuthoritySettings,
  state: AuthorityState,
  options: ComponentResourceOptions | undefined,
): Promise<void> | undefined {
  const planned = plannedKeys(name, settings, state);
  return [...planned.keys()].some((source) => source.recordedProblems !== undefined)
    ? refuseUnattainable(name, planned, options)
    : undefined;
}

async function refuseUnattainable(
  name: string,
  planned: ReadonlyMap<KeySource, readonly PlannedKey[]>,
  options: ComponentResourceOptions | undefined,
): Promise<void> {
  const recorded = await recordedResources();
  const authority = await plannedResource(AUTHORITY_TYPE, name, options);
  const find: FindRecorded = (type, child) => findRecorded(recorded, childUrns(authority, type, child));
  const problems = [...planned].map(async ([source, keys]) => (await source.recordedProblems?.(keys, find)) ?? []);
  refuseProblems(`CertificateAuthority "${name}"`, (await Promise.all(problems)).flat());
}

function plannedKeys(name: string, settings: AuthoritySettings, state: AuthorityState): Map<KeySource, PlannedKey[]> {
  const planned = new Map<KeySource, PlannedKey[]>();
  const { schedules } = rotationOf(settings);
  for (const part of AUTHORITY_PARTS.filter((each) => settings.ssh || !each.startsWith("ssh-"))) {
    const source = sourceOf(settings, part);
    const made = state.generations[part].filter(
      ({ number }) => part !== "root" || number > 0 || !isExistingRoot(settings.root),
    );
    const keys = made.map(({ number }) => ({
      ...{ role: roleOf(part), keyName: keyNameOf(part, number), algorithm: algorithmOfPart(settings, part) },
      ...{ name: keyResource(name, part, number), sharedName: keyResource(name, part, 0) },
      ...{ protect: settings.protect && schedules[part] === undefined, protectShared: settings.protect },
    }));
    planned.set(source, [...(planned.get(source) ?? []), ...keys]);
  }
  return planned;
}

/** What the sources of an authority's keys declared beside them. */
export async function companionsOf({ sources }: AuthoritySettings): Promise<Resource[]> {
  const each = [...new Set([sources.root, sources.intermediate, sources.ssh])];
  return (await Promise.all(each.map(async (source) => (await source?.companions?.()) ?? []))).flat();
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
