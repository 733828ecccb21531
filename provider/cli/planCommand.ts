import { resolve } from "node:path";
import { messageOf, PkiError } from "../errors";
import { parseDuration } from "../words/duration";
import { parseInstant } from "../words/instant";
import { refuseProblems } from "../words/problem";
import { trustGaps } from "../rotation/trustGap";
import { readRotation, type Rotation, type RotationArgs } from "../rotation/rotation";
import { checkRotation } from "../rotation/rotationRules";
import type { Instant } from "../rotation/schedule";
import { timeline, timelineLength } from "../rotation/timeline";
import { type Command, parseOptions, usageError } from "./command";
import { PLAN_HELP } from "./planHelp";
import { plannedRequestDates, unanswered } from "./plannedRequests";
import { plannedRevocationLists } from "./plannedRevocationLists";
import { planFile, writePlannedFile } from "./plannedFile";
import { rotationDrawing } from "./rotationDrawing";
import { rotationPlan } from "./rotationPlan";
import { rotationPlanText } from "./rotationPlanText";
import { readRotationSource } from "./rotationSource";
import type { Shell } from "./shell";

/** More steps than anyone reads. Probably a wrong date, or a schedule in seconds. */
const MOST_STEPS = 2_000;
const DRAWING_MODE = 0o644;
/** How long a plan is in which nothing has a schedule. */
const DAY = 86_400_000;

const GAPS_EXIT_CODE = 1;
const RULES_EXIT_CODE = 2;

/** `kms-pki plan`: the timeline of a rotation, before anything is made, or the renewals of an authority that has none. */
export const planCommand: Command = {
  help: PLAN_HELP,
  failureCode: 3, // 1 and 2 say how the rotation is
  parse(args) {
    const values = parseOptions("plan", args, {
      cwd: { type: "string", default: "." },
      stack: { type: "string" },
      authority: { type: "string" },
      schedule: { type: "string" },
      external: { type: "boolean", default: false },
      from: { type: "string" },
      to: { type: "string" },
      "last-run": { type: "string" },
      json: { type: "boolean", default: false },
      svg: { type: "string" },
    });
    const { cwd, stack, authority, schedule: file, external, json, svg } = values;
    if (external && file === undefined) {
      throw usageError("plan", "--external needs --schedule. Otherwise the stack tells who signs the intermediate");
    }
    for (const [option, value] of Object.entries({ stack, authority })) {
      if (file !== undefined && value !== undefined) {
        throw usageError("plan", `--schedule and --${option} exclude each other`);
      }
    }
    const source = {
      cwd,
      ...(stack === undefined ? {} : { stack }),
      ...(authority === undefined ? {} : { authority }),
      ...(file === undefined ? {} : { file, external }),
    };
    const from = readOption("from", values.from);
    const to = readOption("to", values.to, true);
    const lastRun = readOption("last-run", values["last-run"]);
    return async (shell) => {
      const begin = wholeSeconds(from?.(0) ?? shell.now().getTime());
      const { rotation: written, lists, requests, renewals } = await readRotationSource(source, shell);
      if (isRefused(written, begin, shell)) {
        return RULES_EXIT_CODE;
      }
      const rotation = readRotation(written as RotationArgs);
      if (renewals === undefined) {
        requireSchedule(rotation);
      } else if (svg !== undefined) {
        throw new PkiError("CONFIG_UNREADABLE", "no rotation is set, so there is nothing to draw", "Omit --svg");
      }
      const end = to?.(begin) ?? begin + (2 * longestPeriod(rotation) || DAY);
      refuseLength(rotation, begin, end);
      const plan = {
        ...rotationPlan(
          timeline(rotation, begin, end, unanswered(requests ?? [])),
          trustGaps(rotation, lastRun?.(0) ?? -Infinity, begin),
        ),
        ...(lists === undefined ? {} : { revocationLists: plannedRevocationLists(rotation, lists, begin, end) }),
        ...(requests === undefined ? {} : { requests: plannedRequestDates(rotation, requests, begin, end) }),
        ...(renewals === undefined ? {} : { renewals }),
      };
      if (svg !== undefined) {
        await writePlannedFile(await planFile(resolve(shell.cwd, svg), rotationDrawing(plan), DRAWING_MODE));
      }
      shell.out(json ? JSON.stringify(plan, null, 2) : rotationPlanText(plan));
      return plan.gaps.length > 0 ? GAPS_EXIT_CODE : 0;
    };
  },
};

/** Reads an instant, a day, or, if allowed, a duration after the beginning. */
function readOption(name: string, text: string | undefined, after = false): ((begin: Instant) => Instant) | undefined {
  if (text === undefined) {
    return undefined;
  }
  const instant = parseInstant(text) ?? parseInstant(`${text}T00:00:00Z`);
  if (instant !== undefined) {
    return () => instant.getTime();
  }
  const seconds = after ? parseDuration(text) : undefined;
  if (seconds === undefined) {
    const forms = `such as 2026-01-31T12:00:00Z or 2026-01-31${after ? ", nor a duration such as 3650d" : ""}`;
    throw usageError("plan", `--${name} "${text}" is not an instant ${forms}`);
  }
  return (begin) => begin + seconds * 1000;
}

function isRefused(written: unknown, begin: Instant, shell: Shell): boolean {
  try {
    refuseProblems("The rotation", checkRotation(written, "rotation", new Date(begin)));
    return false;
  } catch (error) {
    shell.err(messageOf(error));
    return true;
  }
}

function longestPeriod({ schedules }: Rotation): number {
  return Math.max(0, ...Object.values(schedules).map(({ every }) => every));
}

function requireSchedule(rotation: Rotation): void {
  const isCompromised = Object.values(rotation.compromised).some((numbers) => numbers.length > 0);
  if (longestPeriod(rotation) === 0 && !isCompromised) {
    throw new PkiError(
      "CONFIG_UNREADABLE",
      "no part of the rotation has a schedule",
      "Give root, intermediate or ssh a schedule",
    );
  }
}

function refuseLength(rotation: Rotation, from: Instant, to: Instant): void {
  if (to <= from) {
    throw new PkiError("INPUT_INVALID", "the plan ends before it begins", "Give a --to after --from");
  }
  const steps = timelineLength(rotation, from, to);
  if (steps > MOST_STEPS) {
    throw new PkiError(
      "INPUT_INVALID",
      `the plan would have about ${String(steps)} steps, but at most ${String(MOST_STEPS)} are shown`,
      "Give an earlier --to",
    );
  }
}

function wholeSeconds(instant: Instant): Instant {
  return Math.floor(instant / 1000) * 1000;
}
