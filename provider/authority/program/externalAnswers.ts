import { renewalTime } from "../../inputs/renewal";
import { plainValues } from "../../resources/knownInputs";
import type { Answers } from "../../rotation/awaitedAnswers";
import type { Instant } from "../../rotation/schedule";
import { validityOf } from "../../x509/certificate";
import { adoptedText, isAdopted } from "./adoptedFacts";
import type { AuthorityCertificateArgs } from "./authorityArgs";

/** Which requests have an answer; undefined if the authority has a root of its own. */
export function answersOf(
  issuer: "external" | undefined,
  answers: Readonly<Record<string, unknown>> | ((...asked: never) => unknown) = {},
  hasAdopted = false,
): Answers | undefined {
  if (issuer !== "external") {
    return undefined;
  }
  return typeof answers === "function"
    ? "all"
    : [...new Set([...Object.keys(givenAnswers(answers)), ...(hasAdopted ? ["intermediate"] : [])])];
}

/**
 * Until when an adopted intermediate that an issuer elsewhere signed needs no request: until it is due. While its text is not known,
 * there is none either.
 */
export function unaskedUntil(
  intermediate: AuthorityCertificateArgs,
  answers: Readonly<Record<string, unknown>> | ((...asked: never) => unknown) = {},
): Instant | undefined {
  if (!isAdopted(intermediate) || (typeof answers !== "function" && (answers["intermediate"] ?? null) !== null)) {
    return undefined;
  }
  const [text, { renewBefore }] = [adoptedText(intermediate), plainValues(intermediate)];
  try {
    return typeof renewBefore !== "string" || text === undefined
      ? Infinity
      : renewalTime(validityOf(text), renewBefore).getTime();
  } catch {
    return Infinity; // a text that is no certificate, which a check reports
  }
}

/** The answers without those that are not there yet, which are null or undefined. */
export function givenAnswers<Answer>(answers: Readonly<Record<string, Answer>>): Record<string, NonNullable<Answer>> {
  return Object.fromEntries(
    Object.entries(answers).flatMap(([label, answer]) =>
      answer === null || answer === undefined ? [] : [[label, answer]],
    ),
  );
}
