import { checkText } from "../../inputs/form";
import { readGenerationLabel } from "../../rotation/authorityPart";
import { invalid, type Problem, problemsOf } from "../../words/problem";
import { UNKNOWN } from "../../words/unknown";
import { answerFaults } from "../../x509/answerFaults";
import { readCertificates } from "../../x509/pem";
import type { AuthoritySettings } from "./authoritySettings";

/**
 * Checks an authority whose intermediates an issuer elsewhere signs.
 *
 * @param settings as far as they are known
 */
export function checkExternalIssuer(settings: AuthoritySettings): Problem[] {
  const { answers, intermediate, rotation, dnsNames, givenAnswers } = settings;
  if (answers === undefined) {
    return [];
  }
  const isCompromised = rotation?.compromised?.some((label) => readGenerationLabel(label)?.part === "root") ?? false;
  return [
    ...(intermediate.validity === undefined
      ? []
      : [
          invalid(
            "intermediate.validity",
            "the issuer elsewhere chooses how long the intermediate is valid",
            "Omit it",
          ),
        ]),
    ...(rotation?.root === undefined
      ? []
      : [invalid("rotation.root", "the root belongs to an issuer elsewhere, and cannot rotate here", "Omit it")]),
    ...(isCompromised
      ? [
          invalid(
            "compromised",
            "the root belongs to an issuer elsewhere",
            "Take an answer from another CA, and remove the root from every trust store",
          ),
        ]
      : []),
    ...Object.entries(typeof givenAnswers === "function" ? {} : (givenAnswers ?? {})).flatMap(([label, answer]) => [
      ...checkText(answer, `intermediate.answers.${label}`),
      ...(typeof answer === "string" && answer !== UNKNOWN ? checkServed(dnsNames, answer, label) : []),
    ]),
  ];
}

/** Checks that step-ca can serve its own names below the CAs of an answer. */
function checkServed(dnsNames: unknown, answerPem: string, label: string): Problem[] {
  const unreadable = problemsOf(() => readCertificates(answerPem, `intermediate.answers.${label}`), "");
  if (unreadable.length > 0) {
    return unreadable;
  }
  const names = (Array.isArray(dnsNames) ? (dnsNames as unknown[]) : []).map((name) =>
    typeof name === "string" && name !== UNKNOWN ? name : undefined,
  );
  return answerFaults(answerPem, names).map(({ code, at, reason }) => ({
    code,
    property: at < 0 ? `intermediate.answers.${label}` : `dnsNames[${String(at)}]`,
    reason: `${reason}, as the answer for ${label} has it`,
    remedy: "Have it issued as the request asks, or change the names that step-ca serves",
  }));
}
