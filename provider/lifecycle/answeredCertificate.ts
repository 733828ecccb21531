import { type Problem, problemsOf } from "../words/problem";
import { hasUnknown } from "../words/unknown";
import { type Answer, describeDifferences, readAnswer } from "../x509/answer";
import { askedByTemplate } from "../x509/askedCertificate";
import { readPublicKey } from "../x509/certificate";
import type { AnsweredInputs } from "./answeredInputs";
import type { IssuedCertificate } from "./certificateIssuance";
import type { CertificateInputs } from "./certificateRecord";
import type { Context } from "./context";
import { contentOf, templateOf } from "./declaredContent";
import { takeCertificate } from "./takenCertificate";

const NAME = "answerPem";

/**
 * Takes the answer of an issuer elsewhere as the certificate. Nothing is signed. Loaded only when there is an answer.
 *
 * @throws PkiError the errors of {@link readAnswer}
 */
export function acceptAnswer(inputs: AnsweredInputs, { surroundings }: Context): IssuedCertificate {
  const { certificate, above } = answerTo(inputs, surroundings.now());
  const { publicKey } = certificate;
  const taken = { certificatePem: certificate.toString(), name: NAME, publicKey, isReissued: false };
  return takeCertificate({ ...inputs, issuer: { certificatePem: above[0].toString() } }, taken, surroundings.now());
}

/**
 * Finds why an answer cannot be accepted, as far as everything is known, and tells how a new one differs from what the program
 * declares. The dates of an answer that is in use already are not checked again. A problem has no property, because the engine would print
 * its value.
 */
export function answerProblems(
  olds: Partial<CertificateInputs>,
  news: AnsweredInputs,
  { surroundings, notice }: Context,
): readonly Problem[] {
  if (news.publicKeyPem === undefined || hasUnknown([news.answerPem, news.publicKeyPem, contentOf(news)])) {
    return [];
  }
  return problemsOf(() => {
    const isNew = olds.answerPem !== news.answerPem;
    const said = describeDifferences(answerTo(news, isNew ? surroundings.now() : undefined));
    if (isNew && said !== undefined) {
      notice(said);
    }
  }, "");
}

function answerTo(inputs: AnsweredInputs, now: Date | undefined): Answer {
  const asked = askedByTemplate(templateOf(inputs), readPublicKey(inputs.publicKeyPem ?? ""));
  return readAnswer(inputs.answerPem, NAME, asked, now);
}
