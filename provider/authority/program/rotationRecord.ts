import { all, type ComponentResource, type Input, type Output, type Resource } from "../../pulumi";
import { derived } from "../../resources/knownInputs";
import { RotationRun } from "../../resources/rotationRun";
import type { AuthorityPlan } from "../plan";
import type { FixedSettings } from "../recordedProblems";
import { algorithmOfPart, partsOf } from "../structure";
import type { RootGeneration } from "./authorityGenerations";
import { type AuthoritySettings, sourceOf } from "./authoritySettings";
import type { DeclaredAuthority } from "./declaredAuthority";

/**
 * Records what this run made, after everything else. The record is protected, because rotated keys cannot be, and it
 * depends on them. So the engine begins a `destroy` with the record and stops there.
 *
 * @param made the resources that must exist first
 */
export function recordRun(
  name: string,
  resource: ComponentResource,
  settings: AuthoritySettings,
  plan: AuthorityPlan,
  { keys }: DeclaredAuthority,
  roots: Output<RootGeneration[] | undefined>,
  made: readonly Resource[],
): RotationRun {
  return new RotationRun(
    runResource(name),
    {
      rotation: settings.rotation ?? {},
      generations: plan.states,
      fixed: fixedSettings(settings),
      keys: urisOf(keys),
      roots: roots.apply((known = []) => known.map(({ fingerprint }) => fingerprint)),
      deleteRetiredKeys: settings.deleteRetiredKeys,
      now: settings.now,
    },
    { parent: resource, protect: settings.protect, dependsOn: [...made] },
  );
}

/** The name of the record. */
export function runResource(authority: string): string {
  return `${authority}-rotation`;
}

/** The settings with which the keys are made, by part. */
export function fixedSettings(settings: AuthoritySettings): Input<FixedSettings> {
  const parts = partsOf(settings).map((part) => ({
    ...{ part, algorithm: algorithmOfPart(settings, part), fixed: sourceOf(settings, part).fixed ?? {} },
  }));
  return derived({ parts }, (known) =>
    Object.fromEntries(known.parts.map(({ part, algorithm, fixed }) => [part, { algorithm, ...fixed }])),
  );
}

function urisOf(keys: DeclaredAuthority["keys"]): Output<Record<string, string>> {
  const names = [...keys.keys()];
  return all([...keys.values()].map(({ uri }) => uri)).apply((uris) =>
    Object.fromEntries(names.map((name, index) => [name, uris[index] ?? ""])),
  );
}
