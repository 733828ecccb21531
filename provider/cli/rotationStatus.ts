import { formatInstant, parseInstant } from "../words/instant";
import { kmsRegistry } from "../kms/registry/registry";
import { generationLabel } from "../rotation/authorityPart";
import { nextChange } from "../rotation/changes";
import { readRotation, type Rotation } from "../rotation/rotation";
import { checkRotation } from "../rotation/rotationRules";
import { describeGap, trustGaps } from "../rotation/trustGap";
import type { OutputReader } from "./outputReader";

/** The stack's outputs about its rotation. */
export interface RotationOutputs {
  readonly rotation: Rotation;
  readonly lastRun: Date;
  /** URIs of the keys that left the program and were not deleted. */
  readonly releasedKeys: readonly string[];
}

/** A rotation as `kms-pki status --json` shows it. */
export interface RotationStatus {
  /** RFC 3339: the last `up` that changed a generation. */
  readonly lastRun: string;
  /** RFC 3339: when the next `up` has something to do. In the past: it is due. */
  readonly nextChange?: string;
  /** The gaps in trust, with an `up` now. */
  readonly gaps: readonly {
    readonly label: string;
    readonly state: string;
    /** RFC 3339. */
    readonly from: string;
    readonly to: string;
    readonly description: string;
  }[];
  /** URIs of the keys that left the program and were not deleted. */
  readonly releasedKeys: readonly string[];
}

/**
 * Reads the outputs `rotation`, `lastRun` and `releasedKeys`.
 *
 * @returns undefined if the stack has no rotation
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export function readRotationOutputs(outputs: OutputReader): RotationOutputs | undefined {
  if (!outputs.has("rotation") || !outputs.has("lastRun")) {
    return undefined;
  }
  outputs.require(["rotation", "lastRun"]);
  const lastRun = outputs.read("lastRun", "an RFC 3339 instant", parseInstant);
  const args = outputs.object("rotation");
  if (checkRotation(args, "rotation", lastRun).length > 0) {
    throw outputs.refused("rotation", "is not a rotation that kms-pki plan would accept");
  }
  const releasedKeys = outputs.has("releasedKeys") ? outputs.texts("releasedKeys") : [];
  return { rotation: readRotation(args), lastRun, releasedKeys };
}

/** The status of a rotation at a moment. */
export function rotationStatus({ rotation, lastRun, releasedKeys }: RotationOutputs, now: Date): RotationStatus {
  const next = nextChange(rotation, lastRun.getTime());
  return {
    lastRun: formatInstant(lastRun.getTime()),
    ...(next === undefined ? {} : { nextChange: formatInstant(next) }),
    gaps: trustGaps(rotation, lastRun.getTime(), now.getTime()).map((gap) => ({
      label: generationLabel(gap.part, gap.generation),
      state: gap.state,
      from: formatInstant(gap.from),
      to: formatInstant(gap.to),
      description: describeGap(gap),
    })),
    releasedKeys: releasedKeys.map((key) => kmsRegistry.shownUri(key)),
  };
}

/** The same for people. */
export function rotationStatusText(
  { lastRun, nextChange: next, gaps, releasedKeys }: RotationStatus,
  now: Date,
): string[] {
  const isDue = next !== undefined && Date.parse(next) <= now.getTime();
  return [
    "",
    `Last change: ${lastRun}.` +
      (next === undefined ? "" : ` Next: ${next}${isDue ? ", which is due: run pulumi up" : ""}.`),
    ...gaps.map(({ description }) => `Gap in trust: ${description}.`),
    ...(releasedKeys.length === 0 ? [] : ["", "KEYS RELEASED, NOT DELETED", ...releasedKeys]),
  ];
}
