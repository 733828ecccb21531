import type { Input } from "../../../pulumi";
import { derived, withDefault } from "../../../resources/knownInputs";
import { UNKNOWN } from "../../../words/unknown";
import type { CloudKmsKeysArgs } from "./cloudKmsKeysArgs";
import { cloudProject } from "./cloudProject";

/** The settings that name a key ring. */
export interface KeyRingSettings {
  readonly project?: string | undefined;
  readonly location?: string | undefined;
  readonly keyRing?: string | undefined;
}

/** The default location of the ring. */
export const DEFAULT_LOCATION = "global";

/** The default name of the ring. */
export const DEFAULT_KEY_RING = "pki";

/** The inputs of a ring. */
export function ringInputs({ project, location, keyRing }: Pick<CloudKmsKeysArgs, keyof KeyRingSettings>): {
  name: Input<string>;
  location: Input<string>;
  project: Input<string>;
} {
  return {
    name: withDefault(keyRing, DEFAULT_KEY_RING),
    location: withDefault(location, DEFAULT_LOCATION),
    project: derived(project, (known) => cloudProject(known) ?? ""),
  };
}

/** Google's name of a ring: `projects/.../keyRings/R`. */
export function ringName({
  project,
  location = DEFAULT_LOCATION,
  keyRing = DEFAULT_KEY_RING,
}: KeyRingSettings): string {
  return `projects/${cloudProject(project) ?? ""}/locations/${location}/keyRings/${keyRing}`;
}

/** The name of a ring's Pulumi resource. A preview that does not know a part of it shows a different name. */
export function ringResource(
  authority: string,
  { location = DEFAULT_LOCATION, keyRing = DEFAULT_KEY_RING }: KeyRingSettings,
): string {
  return [authority, location, keyRing].map((part) => (part === UNKNOWN ? "unknown" : part)).join("-");
}
