import { isReissueAsked } from "../../inputs/adoption";
import { readGenerationLabel } from "../../rotation/authorityPart";
import { invalid, type Problem } from "../../words/problem";

/** Checks the form of the arguments for an issuer elsewhere. */
export function checkExternalArgs(intermediate: unknown, root: unknown): Problem[] {
  const { issuer, answers, adopt, renewBefore } = (intermediate ?? {}) as Readonly<Record<string, unknown>>;
  if (issuer === undefined) {
    return answers === undefined
      ? []
      : [invalid("intermediate.answers", "the authority's own root signs the intermediate", 'Set issuer: "external"')];
  }
  return [
    ...(adopt === undefined || renewBefore !== undefined
      ? []
      : [
          invalid(
            "intermediate.renewBefore",
            "it is missing, and tells when the request for the next certificate of an adopted intermediate is made",
            'Set it, such as to "1/3" of the lifetime',
          ),
        ]),
    ...(isReissueAsked(adopt)
      ? [
          invalid(
            "intermediate.adopt.reissue",
            "an issuer elsewhere signs the intermediate",
            "Omit it, and have the issuer make another certificate",
          ),
        ]
      : []),
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
