import type { CertificateInputs } from "./certificateRecord";

/** The inputs of a certificate that an issuer elsewhere has signed. */
export type AnsweredInputs = CertificateInputs & Required<Pick<CertificateInputs, "answerPem">>;

/** Whether an issuer elsewhere has signed the certificate. */
export function isAnswered(inputs: CertificateInputs): inputs is AnsweredInputs {
  return inputs.answerPem !== undefined;
}
