import { checkLateRun } from "../rotation/lateRun";
import { readRotation, ROTATION_DEFAULTS, type RotationArgs } from "../rotation/rotation";
import { checkRotation } from "../rotation/rotationRules";
import { type Instant, milliseconds } from "../rotation/schedule";
import type { LongestLeaf } from "../stepca/longestLeaf";
import { invalid, type Problem } from "../words/problem";
import { hasUnknown } from "../words/unknown";
import { checkExistingRootArgs, describeRoot, settingOf } from "./existingRootFacts";
import type { AuthorityPlan } from "./plan";
import type { AuthorityStructure } from "./structure";

/** By part, what its keys are made with. */
export type FixedSettings = Readonly<Record<string, unknown>>;

/** What the state tells of an authority. */
export interface RecordedAuthority {
  /** The last run with a rotation; undefined when there was none. */
  readonly run:
    { readonly lastRun: Instant; readonly rotation: RotationArgs; readonly fixed: FixedSettings } | undefined;
  /** Whether it has keys of generation 0. */
  readonly hasKeys: boolean;
  /** PEM of the first root, where the stack has made it. */
  readonly rootPem: string | undefined;
}

/** What keeps an authority with a rotation from becoming what its plan says. */
export function recordedProblems(
  structure: AuthorityStructure,
  plan: AuthorityPlan,
  fixed: FixedSettings,
  { run, hasKeys, rootPem }: RecordedAuthority,
): Problem[] {
  return run === undefined
    ? [...checkTakenUp(plan, hasKeys), ...checkRootTakenUp(structure, plan, rootPem)]
    : [
        ...checkRun(structure, plan, run),
        ...(structure.protect ? checkFixed(run.fixed, fixed) : []),
        ...checkKnownRoot(structure, rootPem),
      ];
}

/** What the last run left is judged by the rotation that it had, in case that was changed since. */
function checkRun(
  { rotation: given = {} }: AuthorityStructure,
  { rotation, at }: AuthorityPlan,
  { lastRun, rotation: previous }: NonNullable<RecordedAuthority["run"]>,
): Problem[] {
  const late = checkLateRun(rotation, "rotation", lastRun, at, readRotation(previous));
  // Leaves of the ca.json before this one live as long as that allowed.
  return late.length > 0 ? late : checkRotation(longerLeaves(given, previous), "rotation", new Date(at));
}

/** The longer of what two rotations reckon with: what was issued under the last ca.json lives on. */
function longerLeaves(one: RotationArgs, other: RotationArgs): RotationArgs {
  const longer = (kind: keyof LongestLeaf): string => {
    const [first, second] = [one, other].map(
      ({ longestLeaf: given = {} }) => given[kind] ?? ROTATION_DEFAULTS.longestLeaf[kind],
    ) as [string, string];
    return milliseconds(first) >= milliseconds(second) ? first : second;
  };
  return { ...one, longestLeaf: { tls: longer("tls"), sshUser: longer("sshUser"), sshHost: longer("sshHost") } };
}

/** An authority that exists has used generation 0 of everything until now. */
function checkTakenUp({ rotation, at }: AuthorityPlan, exists: boolean): Problem[] {
  return exists ? checkLateRun(rotation, "rotation", at, at, readRotation({})) : [];
}

/** The engine's own protection would keep a generation from ever going. */
function checkFixed(before: FixedSettings, now: FixedSettings): Problem[] {
  return (
    Object.entries(now)
      // What a preview does not know, the run compares.
      .filter(([part, value]) => part in before && !hasUnknown(value))
      .filter(([part, value]) => JSON.stringify(before[part]) !== JSON.stringify(value))
      .map(([part]) =>
        invalid(
          "deletionProtection",
          `the keys of ${part} were made with other settings (${JSON.stringify(before[part])}), and with these all of them would be replaced`,
          "Set those back; or, to give up these keys and their certificates, turn deletionProtection off for an up",
        ),
      )
  );
}

/** A root that was made without a rotation stays what it is, so the rotation must know what that is. */
function checkRootTakenUp(
  { hasExistingRoot, rotation }: AuthorityStructure,
  { roots }: AuthorityPlan,
  rootPem: string | undefined,
): Problem[] {
  const scheduled = roots.find(({ subject }) => subject === 0);
  const given = rotation?.existingRoot;
  if (scheduled === undefined || hasExistingRoot) {
    return [];
  }
  if (rootPem === undefined) {
    return given === undefined
      ? []
      : [invalid("rotation.existingRoot", "this stack has not made a root yet", "Leave it out")];
  }
  if (given !== undefined) {
    return checkExistingRootArgs(given, rootPem);
  }
  const found = describeRoot(rootPem);
  const isAsScheduled =
    scheduled.notAfter === undefined ||
    (found.pathLength === scheduled.pathLength && Date.parse(found.notAfter) === Date.parse(scheduled.notAfter));
  return isAsScheduled
    ? []
    : [
        invalid(
          "rotation.existingRoot",
          "the root was made without a rotation, and would be issued anew with another end and path length",
          settingOf(found),
        ),
      ];
}

function checkKnownRoot({ hasExistingRoot, rotation }: AuthorityStructure, rootPem: string | undefined): Problem[] {
  return rotation?.existingRoot === undefined || hasExistingRoot || rootPem === undefined
    ? []
    : checkExistingRootArgs(rotation.existingRoot, rootPem);
}
