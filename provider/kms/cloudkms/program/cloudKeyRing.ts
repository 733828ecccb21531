import type { Input } from "@pulumi/pulumi";
import { derived, withDefault } from "../../../resources/knownInputs";
import { UNKNOWN } from "../../../words/unknown";
import type { CloudKmsKeysArgs } from "./cloudKmsKeysArgs";
import { cloudProject } from "./cloudProject";

/** What names a key ring, where the program says it. */
export interface KeyRingSettings {
  readonly project?: string | undefined;
  readonly location?: string | undefined;
  readonly keyRing?: string | undefined;
}

/** The location of the ring of a program that names none. */
export const DEFAULT_LOCATION = "global";

/** The name of the ring of a program that names none. */
export const DEFAULT_KEY_RING = "pki";

/** What a ring is made with. */
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

/** The name of a ring's Pulumi resource. A preview that does not know a part of it shows another one. */
export function ringResource(
  authority: string,
  { location = DEFAULT_LOCATION, keyRing = DEFAULT_KEY_RING }: KeyRingSettings,
): string {
  return [authority, location, keyRing].map((part) => (part === UNKNOWN ? "unknown" : part)).join("-");
}
