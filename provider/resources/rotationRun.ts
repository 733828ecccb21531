import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import { formatInstant } from "../inputs/instant";
import type { Rotation } from "../rotation/rotation";
import type { GenerationStates } from "../rotation/stateChange";
import { LifecycleResource } from "./lifecycleResource";

/** The settings of a {@link RotationRun}. */
export interface RotationRunArgs {
  /** The schedules as they were read. */
  schedules: Rotation["schedules"];
  /** What each generation is, by label. */
  generations: GenerationStates;
  /** What the keys are made with. */
  fixed: object;
  /** The URIs of the keys, by name. */
  keys: Output<Record<string, string>>;
  /** Whether a key that leaves the program is deleted. */
  deleteRetiredKeys: Input<boolean>;
  /** The instant for which all this was declared. */
  now: Date;
}

/** The record of a rotation's last run, by which the next one is refused when it comes too late. A component declares it. */
export class RotationRun extends LifecycleResource {
  /** RFC 3339: the last run that changed something. */
  declare readonly lastRun: Output<string>;
  /** As JSON: the URIs of the keys that left the program and were not deleted. */
  declare readonly releasedKeys: Output<string>;

  constructor(name: string, args: RotationRunArgs, options?: CustomResourceOptions) {
    super(
      "rotationRun",
      "RotationRun",
      name,
      {
        schedules: JSON.stringify(args.schedules),
        generations: JSON.stringify(args.generations),
        fixed: JSON.stringify(args.fixed),
        keys: args.keys.apply((keys) => JSON.stringify(keys)),
        deleteRetiredKeys: args.deleteRetiredKeys,
        now: formatInstant(args.now.getTime()),
        lastRun: undefined,
        releasedKeys: undefined,
      },
      () => [],
      options,
    );
  }
}
