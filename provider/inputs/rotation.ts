import { checkSwitch } from "./form";
import { checkArgumentNames } from "../words/argumentNames";
import { checkDuration, parseDuration } from "../words/duration";
import { checkPathLength } from "./extensions";
import { checkInstant } from "../words/instant";
import type { Problem } from "../words/problem";

const SCHEDULE_FIELDS = ["start", "every", "publishBefore", "retireAfter"];
const MARGINS = ["clientRefresh", "lateness", "clockSkew", "backdate"];
const VALIDITY = ["notBefore", "notAfter"];
const LEAVES = ["tls", "sshUser", "sshHost"];

/**
 * Checks the form of a rotation: its fields, instants and durations. How they must relate to each other is checked only
 * if this finds no problem.
 */
export function checkRotationForm(value: unknown, property: string, now: Date): Problem[] {
  const fields = ["root", "intermediate", "ssh", "longestLeaf", ...MARGINS];
  const others = ["retiringIntermediatesInCrt", "existingRoot", "existingIntermediate", "allowGaps", "compromised"];
  if (!isObject(value)) {
    return [notAnObject(property)];
  }
  const at = (field: string): string => `${property}.${field}`;
  const { root, intermediate, ssh, longestLeaf, retiringIntermediatesInCrt: inCrt } = value;
  return [
    ...checkArgumentNames(value, [...fields, ...others], property),
    ...checkSchedule(root, at("root"), now),
    ...checkSchedule(intermediate, at("intermediate"), now),
    ...checkSsh(ssh, at("ssh"), now),
    ...checkLongestLeaf(longestLeaf, at("longestLeaf"), now),
    ...MARGINS.flatMap((field) => checkMargin(value[field], at(field), now)),
    ...checkSwitch(inCrt, at("retiringIntermediatesInCrt")),
    ...checkExisting(value["existingRoot"], at("existingRoot"), ["pathLength", ...VALIDITY]),
    ...checkExisting(value["existingIntermediate"], at("existingIntermediate"), VALIDITY),
    ...["allowGaps", "compromised"].flatMap((field) => checkGenerationLabels(value[field], at(field))),
  ];
}

/** Checks a list of generations by label. Whether they exist is checked elsewhere. */
export function checkGenerationLabels(value: unknown, property: string): Problem[] {
  return value === undefined || (Array.isArray(value) && value.every((label) => typeof label === "string"))
    ? []
    : [invalid(property, "it is not a list of generations", 'Write it as ["root-g1"]')];
}

function checkSchedule(value: unknown, property: string, now: Date): Problem[] {
  if (value === undefined) {
    return [];
  }
  if (!isObject(value)) {
    return [notAnObject(property)];
  }
  const { start, every, publishBefore, retireAfter } = value;
  return [
    ...checkArgumentNames(value, SCHEDULE_FIELDS, property),
    ...SCHEDULE_FIELDS.filter((field) => value[field] === undefined).map((field) =>
      invalid(`${property}.${field}`, "it is missing", `A schedule needs ${SCHEDULE_FIELDS.join(", ")}`),
    ),
    ...checkInstant(start, `${property}.start`),
    ...Object.entries({ every, publishBefore, retireAfter }).flatMap(([field, duration]) =>
      checkDuration(duration, `${property}.${field}`, now),
    ),
  ];
}

function checkSsh(value: unknown, property: string, now: Date): Problem[] {
  if (!isObject(value) || SCHEDULE_FIELDS.some((field) => field in value)) {
    return checkSchedule(value, property, now);
  }
  return [
    ...checkArgumentNames(value, ["user", "host"], property),
    ...checkSchedule(value["user"], `${property}.user`, now),
    ...checkSchedule(value["host"], `${property}.host`, now),
  ];
}

function checkLongestLeaf(value: unknown, property: string, now: Date): Problem[] {
  if (value === undefined) {
    return [];
  }
  return isObject(value)
    ? [
        ...checkArgumentNames(value, LEAVES, property),
        ...LEAVES.flatMap((kind) => checkDuration(value[kind], `${property}.${kind}`, now)),
      ]
    : [notAnObject(property)];
}

/** A margin may be zero. */
function checkMargin(value: unknown, property: string, now: Date): Problem[] {
  return typeof value === "string" && parseDuration(value) === 0 ? [] : checkDuration(value, property, now);
}

function checkExisting(value: unknown, property: string, fields: readonly string[]): Problem[] {
  if (value === undefined) {
    return [];
  }
  if (!isObject(value)) {
    return [notAnObject(property)];
  }
  return [
    ...checkArgumentNames(value, fields, property),
    ...checkPathLength(value["pathLength"], `${property}.pathLength`),
    ...VALIDITY.flatMap((field) =>
      value[field] === undefined
        ? [invalid(`${property}.${field}`, "it is missing", "Give the validity of the certificate")]
        : checkInstant(value[field], `${property}.${field}`),
    ),
  ];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function notAnObject(property: string): Problem {
  return invalid(property, "it is not an object", "Write it as an object with named fields");
}

function invalid(property: string, reason: string, remedy: string): Problem {
  return { code: "INPUT_INVALID", property, reason, remedy };
}
