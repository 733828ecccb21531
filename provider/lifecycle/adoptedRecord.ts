import { PkiError } from "../errors";
import { ADOPTED_PEM } from "../inputs/adoption";
import { isSamePem } from "../inputs/pem";
import { hasUnknown } from "../words/unknown";
import { readCertificate } from "../x509/certificate";
import { certificatePem as readPem } from "../x509/pem";
import { subjectLine } from "../x509/subjectLine";
import { type AdoptedCertificate, type Declaration, sha256 } from "./certificateDeclaration";
import type { CertificateInputs, CertificateRecord } from "./certificateRecord";

/** The inputs of a certificate that exists. */
export type AdoptingInputs = CertificateInputs & Required<Pick<CertificateInputs, "adopt">>;

/** Whether the program adopts a certificate that is known. */
export function isAdopting(inputs: CertificateInputs): inputs is AdoptingInputs {
  return inputs.adopt !== undefined && !hasUnknown(inputs.adopt);
}

/**
 * The record of an adoption: the last run's, or that of the recorded certificate if the program adopts it only now. Undefined for a
 * certificate that was first issued here.
 *
 * @throws PkiError `ADOPTED_CERTIFICATE_CHANGED` if the program adopts another certificate than the recorded or once adopted one
 */
export function adoptedRecord(
  { certificatePem }: CertificateRecord,
  { adopted }: Pick<Declaration, "adopted">,
  news: CertificateInputs,
): AdoptedCertificate | undefined {
  if (!isAdopting(news)) {
    return adopted;
  }
  const given = news.adopt.certificatePem;
  if (sha256(given) === adopted?.sha256) {
    return adopted;
  }
  if (isSamePem(certificatePem, given, readPem)) {
    return adopted ?? { sha256: sha256(given) };
  }
  throw new PkiError(
    "ADOPTED_CERTIFICATE_CHANGED",
    `${ADOPTED_PEM} is another certificate than the recorded one of "${subjectLine(readCertificate(certificatePem))}", ` +
      "which is in use and was not replaced",
    "Remove adopt, or give the recorded certificate. To take up another CA, declare it under another name",
  );
}
