import { readGenerationLabel } from "../../rotation/authorityPart";
import type { Answers } from "../../rotation/awaitedAnswers";
import { invalid, type Problem } from "../../words/problem";

/** Which requests have an answer; undefined if the authority has a root of its own. */
export function answersOf(
  issuer: "external" | undefined,
  answers: Readonly<Record<string, unknown>> | ((...asked: never) => unknown) = {},
): Answers | undefined {
  if (issuer !== "external") {
    return undefined;
  }
  return typeof answers === "function" ? "all" : Object.keys(givenAnswers(answers));
}

/** The answers without those that are not there yet, which are null or undefined. */
export function givenAnswers<Answer>(answers: Readonly<Record<string, Answer>>): Record<string, NonNullable<Answer>> {
  return Object.fromEntries(
    Object.entries(answers).flatMap(([label, answer]) =>
      answer === null || answer === undefined ? [] : [[label, answer]],
    ),
  );
}

/** Checks the form of the arguments for an issuer elsewhere. */
export function checkExternalArgs(intermediate: unknown, root: unknown): Problem[] {
  const { issuer, answers, adopt } = (intermediate ?? {}) as Readonly<Record<string, unknown>>;
  if (issuer === undefined) {
    return answers === undefined
      ? []
      : [invalid("intermediate.answers", "the authority's own root signs the intermediate", 'Set issuer: "external"')];
  }
  return [
    ...(adopt === undefined
      ? []
      : [
          invalid(
            "intermediate.adopt",
            "an issuer elsewhere signs the intermediate",
            "Give its certificate in answers",
          ),
        ]),
    ...(issuer === "external"
      ? []
      : [invalid("intermediate.issuer", `${JSON.stringify(issuer)} is unknown`, 'Give "external", or omit it')]),
    ...(root === undefined
      ? []
      : [invalid("root", "the root belongs to an issuer elsewhere", 'Omit it, or omit issuer: "external"')]),
    ...checkAnswerForms(answers),
  ];
}

function checkAnswerForms(answers: unknown): Problem[] {
  if (answers === undefined || typeof answers === "function") {
    return [];
  }
  if (typeof answers !== "object" || answers === null || Array.isArray(answers)) {
    return [
      invalid("intermediate.answers", "it is neither an object nor a function", "Write it as { intermediate: PEM }"),
    ];
  }
  return Object.keys(answers)
    .filter((label) => readGenerationLabel(label)?.part !== "intermediate")
    .map((label) =>
      invalid(
        `intermediate.answers.${label}`,
        "it is not the label of an intermediate",
        'Use the name of the request, such as "intermediate" or "intermediate-g1"',
      ),
    );
}
