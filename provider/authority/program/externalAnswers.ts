import { renewalTime } from "../../inputs/renewal";
import type { Input } from "../../pulumi";
import { plainValues } from "../../resources/knownInputs";
import type { Answers } from "../../rotation/awaitedAnswers";
import type { Instant } from "../../rotation/schedule";
import { validityOf } from "../../x509/certificate";
import { adoptedText, isAdopted } from "./adoptedFacts";
import type { AuthorityCertificateArgs, ExternalAnswers } from "./authorityArgs";

/** The answers that are there, by the label of the intermediate, or the function that asks for one. */
export type GivenAnswers =
  Readonly<Record<string, Input<string>>> | Extract<ExternalAnswers, (...asked: never) => unknown>;

/** Leaves out the answers that are not there yet, which are null or undefined. */
export function givenAnswers(answers: ExternalAnswers | undefined): GivenAnswers {
  return typeof answers === "function"
    ? answers
    : Object.fromEntries(
        Object.entries(answers ?? {}).flatMap(([label, answer]) =>
          answer === null || answer === undefined ? [] : [[label, answer]],
        ),
      );
}

/** Which requests have an answer. */
export function answersOf(given: GivenAnswers, hasAdopted: boolean): Answers {
  return typeof given === "function"
    ? "all"
    : [...new Set([...Object.keys(given), ...(hasAdopted ? ["intermediate"] : [])])];
}

/**
 * Until when an adopted intermediate that an issuer elsewhere signed needs no request: until it is due. While its text is not known,
 * there is none either.
 */
export function unaskedUntil(intermediate: AuthorityCertificateArgs, given: GivenAnswers): Instant | undefined {
  if (!isAdopted(intermediate) || (typeof given !== "function" && Object.hasOwn(given, "intermediate"))) {
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
