import { checkLateRun } from "../rotation/lateRun";
import { readGenerationLabel } from "../rotation/authorityPart";
import type { GenerationStates } from "../rotation/generationStates";
import { readRotation, type Rotation, ROTATION_DEFAULTS, type RotationArgs } from "../rotation/rotation";
import { checkRotation } from "../rotation/rotationRules";
import { type Instant, milliseconds } from "../rotation/schedule";
import { endOfUse } from "../rotation/validity";
import type { LongestLeaf } from "../stepca/longestLeaf";
import { invalid, type Problem } from "../words/problem";
import { hasUnknown } from "../words/unknown";
import {
  checkExistingRootArgs,
  describeIntermediate,
  describeRoot,
  intermediateRemedy,
  rootRemedy,
} from "./existingRootFacts";
import type { AuthorityPlan } from "./plan";
import type { AuthorityStructure } from "./structure";

/** The settings with which the keys are made, by part. */
export type FixedSettings = Readonly<Record<string, unknown>>;

/** An authority's record in the state. */
export interface RecordedAuthority {
  /** The last run with a rotation; undefined if there was none. */
  readonly run:
    | {
        readonly lastRun: Instant;
        readonly rotation: RotationArgs;
        readonly generations: GenerationStates;
        readonly fixed: FixedSettings;
      }
    | undefined;
  /** Whether it has keys of generation 0, or adopts a CA that has them. */
  readonly hasKeys: boolean;
  /** PEM of the first root, if the stack made it or adopts it. */
  readonly rootPem: string | undefined;
  /** PEM of the first intermediate, if the stack made it or adopts it. */
  readonly intermediatePem: string | undefined;
}

/** The problems that keep an authority with a rotation from following its plan. */
export function recordedProblems(
  structure: AuthorityStructure,
  plan: AuthorityPlan,
  fixed: FixedSettings,
  { run, hasKeys, rootPem, intermediatePem }: RecordedAuthority,
): Problem[] {
  const compromised = checkCompromised(plan, { run, hasKeys });
  if (compromised.length > 0 || !plan.isRotated) {
    return compromised;
  }
  return run === undefined
    ? [...checkTakenUp(plan, hasKeys), ...checkRootTakenUp(structure, plan, rootPem)]
    : [
        ...checkRun(structure, plan, run),
        ...checkAnswersKept(structure, plan, run.generations),
        ...(structure.protect ? checkFixed(run.fixed, fixed) : []),
        ...checkKnownRoot(structure, rootPem),
        ...checkFactsStay(structure, plan, run.rotation, { rootPem, intermediatePem }),
      ];
}

/** Checks that compromised generations were made, and that none of the last run returns. */
function checkCompromised(
  { rotation, states, at }: AuthorityPlan,
  { run, hasKeys }: Pick<RecordedAuthority, "run" | "hasKeys">,
): Problem[] {
  const isMade = (label: string): boolean =>
    run === undefined ? hasKeys && readGenerationLabel(label)?.number === 0 : label in run.generations;
  const labelsIn = (generations: GenerationStates): string[] =>
    Object.keys(generations).filter((label) => generations[label] === "compromised");
  return [
    ...labelsIn(states)
      .filter((label) => !isMade(label))
      .map((label) =>
        invalid(
          "compromised",
          `no finished run of this stack has made "${label}"`,
          'Remove it. If a killed run was making it, run "pulumi up" once without it, and name it then',
        ),
      ),
    ...labelsIn(run?.generations ?? {})
      .filter((label) => states[label] !== "compromised" && isUsefulAt(rotation, label, at))
      .map((label) => ({
        code: "KEY_COMPROMISED" as const,
        property: "compromised",
        reason: `"${label}" was compromised at the last run, and a compromised key never returns`,
        remedy: `Name it again: compromised = ${JSON.stringify([...labelsIn(states), label])}`,
      })),
  ];
}

/** Whether the key of a generation could still be used at an instant, by itself or through its certificates. */
function isUsefulAt(rotation: Rotation, label: string, at: Instant): boolean {
  const generation = readGenerationLabel(label);
  return generation === undefined || at < endOfUse(rotation, generation.part, generation.number);
}

/** Checks the last run's state by the rotation of that run, which may have changed since. */
function checkRun(
  { rotation: given = {} }: AuthorityStructure,
  { rotation, at }: AuthorityPlan,
  { lastRun, rotation: previous }: NonNullable<RecordedAuthority["run"]>,
): Problem[] {
  const late = checkLateRun(rotation, "rotation", lastRun, at, readRotation(previous));
  // Leaves of the previous ca.json live as long as it allowed.
  return late.length > 0 ? late : checkRotation(longerLeaves(given, previous), "rotation", new Date(at));
}

/** The longer leaves of two rotations, because leaves from the last ca.json live on. */
function longerLeaves(one: RotationArgs, other: RotationArgs): RotationArgs {
  const longer = (kind: keyof LongestLeaf): string => {
    const [first, second] = [one, other].map(
      ({ longestLeaf: given = {} }) => given[kind] ?? ROTATION_DEFAULTS.longestLeaf[kind],
    ) as [string, string];
    return milliseconds(first) >= milliseconds(second) ? first : second;
  };
  return { ...one, longestLeaf: { tls: longer("tls"), sshUser: longer("sshUser"), sshHost: longer("sshHost") } };
}

/**
 * Checks that no answer is taken away whose intermediate is in use. The one before it would have to serve again, and its key may be
 * gone.
 */
function checkAnswersKept(
  { answers }: AuthorityStructure,
  { states }: AuthorityPlan,
  before: GenerationStates,
): Problem[] {
  const inUse = (generations: GenerationStates): { label: string; number: number }[] =>
    Object.entries(generations).flatMap(([label, state]) => {
      const found = readGenerationLabel(label);
      return found?.part === "intermediate" && state === "active" ? [{ label, number: found.number }] : [];
    });
  const [last, now] = [inUse(before)[0], inUse(states)[0]];
  return answers === undefined || last === undefined || now === undefined || now.number >= last.number
    ? []
    : [
        invalid(
          `intermediate.answers.${last.label}`,
          "it is missing, but this intermediate is in use, and the one before it may be gone",
          "Give the answer again",
        ),
      ];
}

/** Checks a rotation that starts on an existing authority, which has used generation 0 of everything until now. */
function checkTakenUp({ rotation, at }: AuthorityPlan, exists: boolean): Problem[] {
  return exists ? checkLateRun(rotation, "rotation", at, at, readRotation({})) : [];
}

/** Checks that the settings of the keys stay. The engine's own protection would keep a generation from ever going. */
function checkFixed(before: FixedSettings, now: FixedSettings): Problem[] {
  return (
    Object.entries(now)
      // The run compares what is unknown in a preview.
      .filter(([part, value]) => part in before && !hasUnknown(value))
      .filter(([part, value]) => JSON.stringify(before[part]) !== JSON.stringify(value))
      .map(([part]) =>
        invalid(
          "deletionProtection",
          `the keys of ${part} were made with other settings (${JSON.stringify(before[part])}), and the new ones would replace all of them`,
          "Restore those settings. To give up these keys and their certificates, turn deletionProtection off for an up",
        ),
      )
  );
}

/**
 * Checks that the rotation knows the facts about a root that was made without a rotation, because that root stays as it is.
 */
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
      : [invalid("rotation.existingRoot", "this stack has not made a root yet", "Omit it")];
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
          "the root was made without a rotation, and would be reissued with another end and path length",
          rootRemedy(found),
        ),
      ];
}

function checkKnownRoot({ hasExistingRoot, rotation }: AuthorityStructure, rootPem: string | undefined): Problem[] {
  return rotation?.existingRoot === undefined || hasExistingRoot || rootPem === undefined
    ? []
    : checkExistingRootArgs(rotation.existingRoot, rootPem);
}

/**
 * Checks that the rotation still knows the facts about certificates that exist. Without them, the schedule would reissue those with
 * other ends.
 */
function checkFactsStay(
  { hasExistingRoot, rotation }: AuthorityStructure,
  { roots, intermediates }: AuthorityPlan,
  previous: RotationArgs,
  { rootPem, intermediatePem }: Pick<RecordedAuthority, "rootPem" | "intermediatePem">,
): Problem[] {
  const hasRoot = roots.some(({ subject }) => subject === 0);
  const hasIntermediate = intermediates.some(({ subject, issuer }) => subject === 0 && issuer === 0);
  const isLost = (name: "existingRoot" | "existingIntermediate"): boolean =>
    previous[name] !== undefined && rotation?.[name] === undefined;
  const lost = (name: string, part: string, remedy: string): Problem =>
    invalid(
      `rotation.${name}`,
      `the ${part} existed before the rotation, and would be reissued with another end`,
      remedy,
    );
  return [
    ...(isLost("existingRoot") && hasRoot && !hasExistingRoot && rotation?.root !== undefined && rootPem !== undefined
      ? [lost("existingRoot", "root", rootRemedy(describeRoot(rootPem)))]
      : []),
    ...(isLost("existingIntermediate") && hasIntermediate && intermediatePem !== undefined
      ? [lost("existingIntermediate", "intermediate", intermediateRemedy(describeIntermediate(intermediatePem)))]
      : []),
  ];
}
