import type { Lifecycle } from "./provider";

/** The inputs of a rotation's run. All but the last two are JSON, because each value in the state costs time. */
export interface RotationRunInputs {
  /** The rotation's arguments, except those for a single run. */
  readonly rotation: string;
  /** The states of the generations, by label. */
  readonly generations: string;
  /** The settings with which the keys are made. */
  readonly fixed: string;
  /** The URIs of the keys, by name. */
  readonly keys: string;
  /** The SHA-256 fingerprints of the roots. */
  readonly roots: string;
  /** Whether a key that leaves the program is deleted. */
  readonly deleteRetiredKeys: boolean;
  /** RFC 3339: the instant of the program's declarations. */
  readonly now: string;
}

/** The record of the last run that changed something. */
export interface RotationRunRecord extends Omit<RotationRunInputs, "now" | "roots"> {
  /** Absent in a record that 0.1.0 made, until the next change. */
  readonly roots?: string;
  /** RFC 3339. Between it and now every run found the same generations in the same states. */
  readonly lastRun: string;
  /** As JSON: the URIs of the keys that left the program and were not deleted. */
  readonly releasedKeys: string;
  /** As JSON: the SHA-256 fingerprints of the roots that left the program. Absent where `roots` is. */
  readonly formerRoots?: string;
}

const CHANGES = ["rotation", "generations", "fixed", "keys", "deleteRetiredKeys"] as const;

/**
 * The lifecycle of the record of a rotation's last run. The record is written after everything that the run made, and
 * only by a run that changes something: if the generations are the same at two instants, so is everything that follows
 * from them.
 */
export function rotationRunLifecycle(): Lifecycle<RotationRunInputs, RotationRunRecord> {
  return {
    check: (_olds, news) => ({ inputs: news, problems: [] }),

    diff: (state, news) => ({ changes: CHANGES.some((property) => state[property] !== news[property]) }),

    create: ({ now, ...run }) =>
      Promise.resolve({ id: "rotation", state: { ...run, lastRun: now, releasedKeys: "[]", formerRoots: "[]" } }),

    read: (state) => Promise.resolve(state),

    update: (state, { now, ...run }) =>
      Promise.resolve({
        ...run,
        lastRun: now,
        releasedKeys: JSON.stringify(releasedKeys(state, run.keys)),
        formerRoots: JSON.stringify(formerRoots(state, run.roots)),
      }),

    delete: () => Promise.resolve(),
  };
}

function releasedKeys(
  { releasedKeys: before = "[]", keys: recorded = "{}", deleteRetiredKeys }: Partial<RotationRunRecord>,
  keys: string,
): string[] {
  const uris = (text: string): string[] => Object.values(JSON.parse(text) as Record<string, string>);
  const kept = uris(keys);
  const released = [...(JSON.parse(before) as string[]), ...(deleteRetiredKeys ? [] : uris(recorded))];
  return [...new Set(released)].filter((uri) => !kept.includes(uri));
}

function formerRoots(
  { formerRoots: before = "[]", roots: recorded = "[]" }: Partial<RotationRunRecord>,
  roots: string,
): string[] {
  const list = (text: string): string[] => JSON.parse(text) as string[];
  return [...new Set([...list(before), ...list(recorded)])].filter((root) => !list(roots).includes(root));
}
