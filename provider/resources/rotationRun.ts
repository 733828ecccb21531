import type { CustomResourceOptions, Input, Output } from "../pulumi";
import { formatInstant } from "../words/instant";
import type { GenerationStates } from "../rotation/generationStates";
import type { RotationArgs } from "../rotation/rotation";
import { derived } from "./knownInputs";
import { LifecycleResource } from "./lifecycleResource";

/** The settings of a {@link RotationRun}. */
export interface RotationRunArgs {
  /** The program's rotation. */
  rotation: RotationArgs;
  /** The state of each generation, by label. */
  generations: GenerationStates;
  /** The settings that the keys are made with. */
  fixed: Input<object>;
  /** The URIs of the keys, by name. */
  keys: Output<Record<string, string>>;
  /** The SHA-256 fingerprints of the roots. */
  roots: Output<string[]>;
  /** Whether a key that leaves the program is deleted. */
  deleteRetiredKeys: Input<boolean>;
  /** The instant of the declaration. */
  now: Date;
}

/**
 * The record of a rotation's last run. With it, the next run is refused if it comes too late. A component declares it.
 */
export class RotationRun extends LifecycleResource {
  /** RFC 3339: the last run that changed something. */
  declare readonly lastRun: Output<string>;
  /** As JSON: the URIs of the keys that left the program and were not deleted. */
  declare readonly releasedKeys: Output<string>;
  /** As JSON: the SHA-256 fingerprints of the roots that left the program. Undefined in a record that 0.1.0 made. */
  declare readonly formerRoots: Output<string | undefined>;

  constructor(name: string, args: RotationRunArgs, opts?: CustomResourceOptions) {
    super(
      "rotationRun",
      "RotationRun",
      name,
      {
        rotation: rotationText(args.rotation),
        generations: JSON.stringify(args.generations),
        fixed: derived(args.fixed, (fixed) => JSON.stringify(fixed)),
        keys: args.keys.apply((keys) => JSON.stringify(keys)),
        roots: args.roots.apply((roots) => JSON.stringify(roots)),
        deleteRetiredKeys: args.deleteRetiredKeys,
        now: formatInstant(args.now.getTime()),
        lastRun: undefined,
        releasedKeys: undefined,
        formerRoots: undefined,
      },
      () => [],
      opts,
    );
  }
}

/**
 * The lasting part of a rotation as text, independent of the order of its fields and without what it allows in a single run.
 */
function rotationText({ allowGaps: _, ...lasting }: RotationArgs): string {
  return JSON.stringify(lasting, (_name, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
}
