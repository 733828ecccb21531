import { invalid, type Problem } from "../words/problem";

/** The arguments that a certificate by an issuer elsewhere cannot have: the issuer chooses them, or the key is not the program's. */
const NOT_OF_AN_ANSWER = [
  ...["publicKeyPem", "csrPem", "crossOf", "adopt", "sameSubjectAs"],
  ...["validity", "notBefore", "notAfter", "mayBeginEarlier", "lintProfile"],
];

/** Checks that a certificate by an issuer elsewhere has an answer, and nothing that the issuer decides. */
export function checkAnswerGiven(args: object): Problem[] {
  const given = new Map<string, unknown>(Object.entries(args));
  const isExternal = given.get("issuer") === "external";
  if (!isExternal || given.get("answerPem") === undefined) {
    return [
      invalid(
        isExternal ? "answerPem" : "issuer",
        'issuer "external" and answerPem belong together',
        "Give both. Until there is an answer, declare only a CertificateRequest",
      ),
    ];
  }
  return NOT_OF_AN_ANSWER.filter((name) => given.get(name) !== undefined).map((name) =>
    invalid(name, "an issuer elsewhere signs this certificate, for the key in key", "Omit it"),
  );
}
