import { UNKNOWN } from "../words/unknown";
import type { Predecessor } from "../x509/certificateExtensions";
import { adoptedRecord } from "./adoptedRecord";
import { type AdoptedCertificate, type Declaration, sha256 } from "./certificateDeclaration";
import type { CertificateInputs, CertificateRecord } from "./certificateRecord";

/** The certificate whose place a new one takes, with the record that its name and key identifier stay. */
export interface Succession {
  readonly predecessor: Predecessor;
  readonly adopted: AdoptedCertificate;
}

/**
 * What a reissued certificate takes from the recorded one. Undefined for a certificate that was first issued here.
 *
 * @throws PkiError `ADOPTED_CERTIFICATE_CHANGED`
 */
export async function successionOf(
  state: CertificateRecord,
  declared: Declaration,
  news: CertificateInputs,
): Promise<Succession | undefined> {
  const adopted = adoptedRecord(state, declared, news);
  if (adopted === undefined) {
    return undefined;
  }
  const isAsDeclared = news.adopt?.reissue === true && adopted.reissued !== true;
  const { predecessorOf } = await import("./certificateAdoption.js");
  return {
    predecessor: predecessorOf(state.certificatePem, isAsDeclared ? undefined : declared),
    adopted: isAsDeclared ? { ...adopted, reissued: true } : adopted,
  };
}

/** What a new certificate takes from another of the same key; undefined if the program names none that was issued. */
export async function namesake({ sameSubjectAs }: CertificateInputs): Promise<Succession | undefined> {
  if (sameSubjectAs === undefined || sameSubjectAs === "" || sameSubjectAs === UNKNOWN) {
    return undefined;
  }
  const { predecessorOf } = await import("./certificateAdoption.js");
  return {
    predecessor: predecessorOf(sameSubjectAs, undefined),
    adopted: { sha256: sha256(sameSubjectAs), reissued: true },
  };
}
