import { checkDuration, LAST_INSTANT, parseDuration } from "../words/duration";
import { checkInstant, parseInstant } from "../words/instant";
import type { Problem } from "../words/problem";
import { checkRenewBefore } from "./renewal";

/** The arguments about a certificate's dates, unchecked, and some not known yet. */
export interface ValidityInputs {
  readonly validity?: unknown;
  readonly notBefore?: unknown;
  readonly notAfter?: unknown;
  readonly renewBefore?: unknown;
}

/**
 * Whether the program itself says when a certificate ends: it gives its end, or its beginning, from which the end follows.
 * A reissued one would end no later, so time alone is no reason to reissue it.
 */
export function hasFixedEnd({ notBefore, notAfter }: ValidityInputs): boolean {
  return notBefore !== undefined || notAfter !== undefined;
}

/**
 * Checks when a certificate begins, ends, and is reissued.
 *
 * @param defaultSeconds how long it is valid when nothing is said
 */
export function checkValidity(inputs: ValidityInputs, defaultSeconds: number, now: Date): Problem[] {
  const { validity, notBefore, notAfter, renewBefore } = inputs;
  const begin = instantOf(notBefore);
  return [
    ...checkDuration(validity, "validity", begin ?? now),
    ...checkInstant(notBefore, "notBefore"),
    ...checkInstant(notAfter, "notAfter"),
    ...checkOneEnd(validity, notAfter),
    ...checkOrder(begin, instantOf(notAfter)),
    ...checkDefaultEnd(inputs, begin, defaultSeconds),
    ...(renewBefore !== undefined && hasFixedEnd(inputs)
      ? [renewsForNothing()]
      : checkRenewBefore(renewBefore, secondsOf(validity, defaultSeconds), "renewBefore", now)),
  ];
}

/** Checks that a certificate which is to be issued has not ended already. */
export function checkStillToCome({ notAfter }: ValidityInputs, now: Date): Problem[] {
  const end = instantOf(notAfter);
  return end === undefined || end > now
    ? []
    : [
        problem(
          "notAfter",
          `${JSON.stringify(notAfter)} is past: the certificate would have ended`,
          "Give a later end",
        ),
      ];
}

function checkOneEnd(validity: unknown, notAfter: unknown): Problem[] {
  return validity === undefined || notAfter === undefined
    ? []
    : [problem("notAfter", "the end is said twice, by validity and by notAfter", "Give one of them")];
}

function checkOrder(begin: Date | undefined, end: Date | undefined): Problem[] {
  return begin === undefined || end === undefined || begin < end
    ? []
    : [problem("notAfter", "it is no later than notBefore", "Let the certificate end after it begins")];
}

/** An explicit validity has been checked; the default one is not added to what has no end. */
function checkDefaultEnd({ validity, notAfter }: ValidityInputs, begin: Date | undefined, seconds: number): Problem[] {
  const isDefault = validity === undefined && notAfter === undefined;
  return !isDefault || begin === undefined || begin.getTime() + seconds * 1000 <= LAST_INSTANT.getTime()
    ? []
    : [problem("notBefore", "with the default validity it would end after the year 9999", "Give validity or notAfter")];
}

function renewsForNothing(): Problem {
  return problem(
    "renewBefore",
    "notBefore or notAfter say when the certificate ends, so that a new one would end no later",
    "Leave renewBefore out, or say validity alone",
  );
}

function secondsOf(validity: unknown, defaultSeconds: number): number | undefined {
  if (validity === undefined) {
    return defaultSeconds;
  }
  return typeof validity === "string" ? parseDuration(validity) : undefined;
}

function instantOf(value: unknown): Date | undefined {
  return typeof value === "string" ? parseInstant(value) : undefined;
}

function problem(property: string, reason: string, remedy: string): Problem {
  return { code: "VALIDITY_INVALID", property, reason, remedy };
}
