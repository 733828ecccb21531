import { all, type ComponentResource, type Output, type Resource } from "@pulumi/pulumi";
import { RotationRun } from "../resources/rotationRun";
import { AUTHORITY_PARTS, type AuthorityPart } from "../rotation/authorityPart";
import type { AuthorityState } from "../rotation/authorityState";
import type { ExistingGeneration } from "../rotation/generation";
import { generationStates } from "../rotation/generationStates";
import type { AuthorityKeys } from "./authorityKeys";
import { algorithmOfPart, type AuthoritySettings, sourceOf } from "./authoritySettings";

/**
 * Records what this run made, after all of it. The record is protected where the keys cannot be, and depends on them: so
 * the engine, which begins a `destroy` with it, goes no further.
 *
 * @param made the resources that must be there before
 */
export function recordRun(
  name: string,
  resource: ComponentResource,
  settings: AuthoritySettings,
  state: AuthorityState,
  keys: AuthorityKeys,
  made: readonly Resource[],
): RotationRun {
  return new RotationRun(
    `${name}-rotation`,
    {
      rotation: settings.rotation ?? {},
      generations: generationStates(existing(settings, state)),
      fixed: fixedSettings(settings),
      keys: urisOf(keys),
      deleteRetiredKeys: settings.deleteRetiredKeys,
      now: settings.now,
    },
    { parent: resource, protect: settings.protect, dependsOn: [...made] },
  );
}

/** By part, what its keys are made with. */
export function fixedSettings(settings: AuthoritySettings): Record<string, unknown> {
  return Object.fromEntries(
    AUTHORITY_PARTS.filter((part) => settings.ssh || !part.startsWith("ssh-")).map((part) => [
      part,
      { algorithm: algorithmOfPart(settings, part), ...sourceOf(settings, part).fixed },
    ]),
  );
}

function existing(
  { ssh }: AuthoritySettings,
  { generations }: AuthorityState,
): Partial<Record<AuthorityPart, readonly ExistingGeneration[]>> {
  const { root, intermediate } = generations;
  return ssh ? generations : { root, intermediate };
}

function urisOf(keys: AuthorityKeys): Output<Record<string, string>> {
  const names = [...keys.all.keys()];
  return all([...keys.all.values()].map(({ uri }) => uri)).apply((uris) =>
    Object.fromEntries(names.map((name, index) => [name, uris[index] ?? ""])),
  );
}
