import { checkDuration, LAST_INSTANT, parseDuration } from "../words/duration";
import { checkInstant, parseInstant } from "../words/instant";
import type { Problem } from "../words/problem";
import { checkRenewBefore } from "./renewal";

/** The arguments for a certificate's dates, unchecked and possibly unknown. */
export interface ValidityInputs {
  readonly validity?: unknown;
  readonly notBefore?: unknown;
  readonly notAfter?: unknown;
  readonly renewBefore?: unknown;
}

/**
 * Whether the program itself fixes when a certificate ends, by its end or by its beginning, from which the end follows.
 * A reissued certificate would end no later, so time alone is not a reason to reissue it.
 */
export function hasFixedEnd({ notBefore, notAfter }: ValidityInputs): boolean {
  return notBefore !== undefined || notAfter !== undefined;
}

/**
 * Checks when a certificate begins, ends, and is reissued.
 *
 * @param defaultSeconds the default lifetime
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

/** Checks that a certificate does not end before it is issued. */
export function checkStillToCome({ notAfter }: ValidityInputs, now: Date): Problem[] {
  const end = instantOf(notAfter);
  return end === undefined || end > now
    ? []
    : [
        problem(
          "notAfter",
          `${JSON.stringify(notAfter)} is in the past: the certificate would already have ended`,
          "Give a later end",
        ),
      ];
}

function checkOneEnd(validity: unknown, notAfter: unknown): Problem[] {
  return validity === undefined || notAfter === undefined
    ? []
    : [problem("notAfter", "validity and notAfter both set the end", "Give only one of them")];
}

function checkOrder(begin: Date | undefined, end: Date | undefined): Problem[] {
  return begin === undefined || end === undefined || begin < end
    ? []
    : [problem("notAfter", "it is not later than notBefore", "Let the certificate end after it begins")];
}

/** Checks the end that the default validity gives. An explicit validity has already been checked. */
function checkDefaultEnd({ validity, notAfter }: ValidityInputs, begin: Date | undefined, seconds: number): Problem[] {
  const isDefault = validity === undefined && notAfter === undefined;
  return !isDefault || begin === undefined || begin.getTime() + seconds * 1000 <= LAST_INSTANT.getTime()
    ? []
    : [problem("notBefore", "with the default validity it would end after the year 9999", "Give validity or notAfter")];
}

function renewsForNothing(): Problem {
  return problem(
    "renewBefore",
    "notBefore or notAfter fixes when the certificate ends, so a new certificate would end no later",
    "Omit renewBefore, or give only validity",
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
