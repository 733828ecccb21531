import { formatDuration, LAST_INSTANT } from "../words/duration";
import { formatInstant } from "../words/instant";
import type { Problem } from "../words/problem";
import { checkRotationForm } from "../inputs/rotation";
import type { AuthorityPart } from "./authorityPart";
import { canSignNext } from "./certificates";
import { checkCompromisedNames } from "./compromisedNames";
import { takesAnotherTurn } from "./generation";
import { activeGenerationOf, generationOf, generationsOf } from "./partGenerations";
import { type Rotation, type RotationArgs, readRotation, schedulesOf } from "./rotation";
import type { Schedule } from "./schedule";
import { crossEnd, intermediateUseEnd, rootEnd, scheduledIntermediateEnd } from "./validity";

/** How many generations of a key may exist at a time. More is surely a mistake, and too much for any machine. */
const MOST_GENERATIONS = 100;

/** A sum of durations with its text for a message. */
interface Sum {
  readonly milliseconds: number;
  /** `longestLeaf.tls 1d + lateness 1d = 2d`. */
  readonly text: string;
}

/**
 * Checks a rotation before anything is made. It checks the form first, then whether each state lasts long enough that
 * no live certificate loses its trust.
 *
 * @param value a {@link RotationArgs}, or any other value in its place
 * @param property its path: `rotation`
 */
export function checkRotation(value: unknown, property: string, now: Date): Problem[] {
  const problems = checkRotationForm(value, property, now);
  if (problems.length > 0) {
    return problems;
  }
  const args = value as RotationArgs;
  const rotation = readRotation(args);
  return [
    ...schedulesOf(args).flatMap(({ part, path }) => {
      const schedule = rotation.schedules[part];
      return schedule === undefined ? [] : checkPart(rotation, part, schedule, `${property}.${path}`, now.getTime());
    }),
    ...checkExistingRoot(rotation, property, now.getTime()),
    ...checkExistingIntermediate(rotation, property, now.getTime()),
    ...checkCompromisedNames(rotation, args.compromised ?? [], "compromised", now.getTime()),
  ].filter(
    // Both SSH keys may share a schedule, and then have the same problem.
    (problem, index, all) =>
      all.findIndex((o) => o.property === problem.property && o.reason === problem.reason) === index,
  );
}

/** The shortest `publishBefore` and `retireAfter`; absent if there is no minimum. */
export function shortestStates(rotation: Rotation, part: AuthorityPart): { publishBefore: Sum; retireAfter?: Sum } {
  const { longestLeaf, clientRefresh, lateness, clockSkew, backdate } = rotation.margins;
  const late = { lateness, clockSkew };
  switch (part) {
    case "root": {
      const longer = longestLeaf.tls >= clientRefresh ? { "longestLeaf.tls": longestLeaf.tls } : { clientRefresh };
      return {
        publishBefore: sum({ "longestLeaf.tls": longestLeaf.tls, clientRefresh, ...late }),
        retireAfter: sum({ ...longer, ...late }),
      };
    }
    case "intermediate":
      return {
        publishBefore: sum({ backdate, clockSkew }),
        ...(rotation.retiringIntermediatesInCrt
          ? { retireAfter: sum({ "longestLeaf.tls": longestLeaf.tls, ...late }) }
          : {}),
      };
    case "ssh-user":
      return {
        publishBefore: sum({ clientRefresh, ...late }),
        retireAfter: sum({ "longestLeaf.sshUser": longestLeaf.sshUser, ...late }),
      };
    case "ssh-host":
      return {
        publishBefore: sum({ clientRefresh, ...late }),
        retireAfter: sum({ "longestLeaf.sshHost": longestLeaf.sshHost, ...late }),
      };
  }
}

function checkPart(
  rotation: Rotation,
  part: AuthorityPart,
  schedule: Schedule,
  property: string,
  now: number,
): Problem[] {
  const { every, publishBefore, retireAfter } = schedule;
  const shortest = shortestStates(rotation, part);
  const tooShort = (field: "publishBefore" | "retireAfter", least: Sum | undefined): Problem[] =>
    least === undefined || schedule[field] >= least.milliseconds
      ? []
      : [
          broken(
            `${property}.${field}`,
            `${duration(schedule[field])} is shorter than ${least.text}`,
            `Give at least ${duration(least.milliseconds)}`,
          ),
        ];
  const active = activeGenerationOf(rotation, part, now);
  const last = Math.max(rootEnd(rotation, active), crossEnd(rotation, active)) + 2 * every;
  return [
    ...tooShort("publishBefore", shortest.publishBefore),
    ...tooShort("retireAfter", shortest.retireAfter),
    ...(part === "root" && publishBefore + retireAfter > every
      ? [
          broken(
            `${property}.every`,
            `${duration(every)} is shorter than publishBefore ${duration(publishBefore)} + retireAfter ` +
              `${duration(retireAfter)} = ${duration(publishBefore + retireAfter)}, so one root would still be retiring ` +
              "when the next but one is published",
            `Give at least ${duration(publishBefore + retireAfter)}`,
          ),
        ]
      : []),
    ...(part !== "root" && publishBefore > every
      ? [
          broken(
            `${property}.publishBefore`,
            `${duration(publishBefore)} is longer than every ${duration(every)}, so a generation would be published ` +
              "before its predecessor is active",
            `Give at most ${duration(every)}`,
          ),
        ]
      : []),
    ...(retireAfter > every * MOST_GENERATIONS
      ? [
          broken(
            `${property}.retireAfter`,
            `${duration(retireAfter)} is more than ${String(MOST_GENERATIONS)} times every ${duration(every)}, so too many ` +
              "keys would be trusted at a time",
            "Shorten it, or lengthen every",
          ),
        ]
      : []),
    ...(last > LAST_INSTANT.getTime()
      ? [
          broken(
            `${property}.every`,
            "certificates would end after the year 9999",
            "Shorten it, or choose an earlier start",
          ),
        ]
      : []),
  ];
}

/** Checks that the schedule fits an existing root, which cannot change. */
function checkExistingRoot(rotation: Rotation, property: string, now: number): Problem[] {
  const { existingRoot, schedules } = rotation;
  const root = generationOf(rotation, "root", 0);
  if (existingRoot === undefined || now >= root.goneFrom || rotation.compromised.root.includes(0)) {
    return [];
  }
  // Without a schedule of its own, it must outlast every intermediate, except one that stands in before its own time.
  const under =
    schedules.root === undefined
      ? Math.max(
          -Infinity,
          ...generationsOf(rotation, "intermediate", now)
            .filter((each) => !takesAnotherTurn(each) || now >= each.scheduled.publishedFrom)
            .map((each) => scheduledIntermediateEnd(rotation, each, root)),
        )
      : canSignNext(rotation, 0)
        ? crossEnd(rotation, root)
        : scheduledIntermediateEnd(rotation, root, root);
  if (under === Infinity || under <= existingRoot.notAfter) {
    return [];
  }
  return [
    broken(
      `${property}.existingRoot.notAfter`,
      `the root ends on ${formatInstant(existingRoot.notAfter)}, but what it signs must last until ${formatInstant(under)}`,
      schedules.root === undefined
        ? `Give ${property}.root a schedule, or ${property}.intermediate a shorter one`
        : `Let ${property}.root.start be at least ${duration(under - existingRoot.notAfter)} earlier, or shorten every`,
    ),
  ];
}

/** Checks that the schedule fits an adopted intermediate, which keeps its end. */
function checkExistingIntermediate(rotation: Rotation, property: string, now: number): Problem[] {
  const { existingIntermediate, schedules, compromised } = rotation;
  const [intermediate, root] = [generationOf(rotation, "intermediate", 0), generationOf(rotation, "root", 0)];
  const isGone = now >= Math.min(intermediate.goneFrom, root.goneFrom);
  const isCompromised = compromised.intermediate.includes(0) || compromised.root.includes(0);
  const until = intermediateUseEnd(rotation, intermediate, root);
  if (existingIntermediate === undefined || isGone || isCompromised || until === Infinity) {
    return [];
  }
  const { notAfter } = existingIntermediate;
  const part = intermediate.retiringFrom <= root.retiringFrom ? "intermediate" : "root";
  return until <= notAfter
    ? []
    : [
        broken(
          `${property}.existingIntermediate.notAfter`,
          `the intermediate ends on ${formatInstant(notAfter)}, but what it issues must be trusted until ${formatInstant(until)}`,
          `Let ${property}.${schedules[part] === undefined ? "intermediate" : part}.start be at least ` +
            `${duration(until - notAfter)} earlier, or shorten every`,
        ),
      ];
}

function sum(terms: Readonly<Record<string, number>>): Sum {
  const total = Object.values(terms).reduce((all, term) => all + term, 0);
  const names = Object.entries(terms).map(([name, term]) => `${name} ${duration(term)}`);
  return { milliseconds: total, text: `${names.join(" + ")} = ${duration(total)}` };
}

function duration(milliseconds: number): string {
  return formatDuration(milliseconds / 1000);
}

function broken(property: string, reason: string, remedy: string): Problem {
  return { code: "ROTATION_INVALID", property, reason, remedy };
}
