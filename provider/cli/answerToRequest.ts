import { PkiError } from "../errors";
import { type Answer, describeDifferences, readAnswer } from "../x509/answer";
import { answerFaults } from "../x509/answerFaults";
import { readCertificates } from "../x509/pem";
import { subjectLine } from "../x509/subjectLine";
import type { RequestOutputs } from "./requestOutputs";

/**
 * The answer of an issuer elsewhere, with the request that it answers.
 *
 * @param text PEM: the certificate, then those above it
 * @param name of the text, for messages
 * @throws PkiError the errors of {@link readAnswer}, `ANSWER_MISMATCH` if nothing was asked for, and `NAME_NOT_PERMITTED`,
 * `EXTENSION_INVALID` or `INPUT_INVALID` if step-ca could not serve below it
 */
export function answerToOneOf(
  requests: readonly RequestOutputs[],
  text: string,
  name: string,
  now: Date,
): { readonly request: RequestOutputs; readonly answer: Answer } {
  const [certificate] = readCertificates(text, name);
  const request = requests.find(({ asked }) => asked.publicKey.equals(certificate.publicKey)) ?? requests[0];
  if (request === undefined) {
    throw new PkiError(
      "ANSWER_MISMATCH",
      "this authority asks no issuer elsewhere: its own root signs its intermediate",
      'Choose another stack or authority, or set kms-pki:rootKms to "external" first',
    );
  }
  const answer = readAnswer(text, name, request.asked, now);
  const [fault] = answerFaults([answer.certificate, ...answer.above].join(""), request.dnsNames);
  if (fault !== undefined) {
    const served = request.dnsNames[fault.at];
    throw new PkiError(
      fault.code,
      `the answer in ${name} cannot be used, and was not accepted: step-ca could not serve ` +
        `${served === undefined ? "below it" : `"${served}"`}: ${fault.reason}`,
      "Have it issued as the request asks",
    );
  }
  return { request, answer };
}

/** What an answer is, for a person, and what the issuer changed. */
export function answerText(
  { name }: RequestOutputs,
  answer: Answer,
): { readonly lines: readonly string[]; readonly note: string | undefined } {
  const { certificate, above } = answer;
  const until = new Date(certificate.validTo).toISOString().slice(0, "YYYY-MM-DD".length);
  return {
    lines: [
      `✔ Answer to the request ${name}: "${subjectLine(certificate)}", valid until ${until}`,
      `✔ Issued by ${above.map((each) => `"${subjectLine(each)}"`).join(", which is issued by ")}`,
    ],
    note: describeDifferences(answer),
  };
}
