import { ADOPTED_PEM } from "../inputs/adoption";
import { isSamePem } from "../inputs/pem";
import { type Problem, problemsOf } from "../words/problem";
import { formatInstant } from "../words/instant";
import { UNKNOWN } from "../words/unknown";
import { readCertificate, readPublicKey, validityOf } from "../x509/certificate";
import { certificateDifferences, describeDifference } from "../x509/certificateDifferences";
import type { Predecessor } from "../x509/certificateExtensions";
import { isIssuedBy } from "../x509/certificationPath";
import { readCertificateRequest } from "../x509/certificateRequest";
import { readIssuer } from "../x509/issuer";
import { certificatePem as readPem } from "../x509/pem";
import { subjectLine } from "../x509/subjectLine";
import type { AdoptingInputs } from "./adoptedRecord";
import { type AdoptedCertificate, type Declaration, sha256 } from "./certificateDeclaration";
import type { IssuedCertificate } from "./certificateIssuance";
import type { CertificateInputs, CertificateRecord } from "./certificateRecord";
import type { Context } from "./context";
import { saysUnknown, templateOf } from "./declaredContent";
import { requireTakable, takeCertificate, type TakenCertificate } from "./takenCertificate";

/**
 * Finds why a certificate cannot be adopted, as far as a preview knows, and shows how it differs from the declaration. The problem
 * has no property, because the engine would print its value.
 */
export async function problemsOfAdopted(
  inputs: AdoptingInputs,
  { surroundings, notice }: Context,
): Promise<readonly Problem[]> {
  const taken = takenOf(inputs);
  const problems = await taken.then(
    (known) => problemsOf(() => requireTakable(inputs, known, surroundings.now()), ""),
    (cause: unknown) => problemsOf(() => raise(cause), ""),
  );
  if (problems.length === 0) {
    showBeginning(inputs.adopt.certificatePem, surroundings.now(), notice);
    showDifferences(inputs.adopt.certificatePem, inputs, "withDates", notice);
  }
  return problems;
}

/**
 * Takes the certificate of a new resource.
 *
 * @returns also the certificate in whose place one is to be issued as the program declares it, if it asks for that
 * @throws PkiError the errors of {@link requireTakable}
 */
export async function takeAdopted(
  inputs: AdoptingInputs,
  { backends, surroundings }: Context,
): Promise<{ taken: IssuedCertificate; adopted: AdoptedCertificate; toReissue: Predecessor | undefined }> {
  const known = await takenOf(inputs);
  const { uri, kms } = inputs.signingKey;
  // If nobody has recorded the key, only its key management service knows it.
  const publicKey = known.publicKey ?? (await (await backends.keyManager(uri, kms)).describeKey(uri)).publicKey;
  const taken = takeCertificate(inputs, { ...known, publicKey }, surroundings.now());
  const { certificatePem, notAfter } = taken;
  const isOther = (): boolean =>
    surroundings.now() >= new Date(notAfter) ||
    !isUnderIssuer(certificatePem, inputs) ||
    differencesOf(certificatePem, inputs, "withDates").length > 0;
  const isReissued = inputs.adopt.reissue === true && inputs.withdrawn !== true && isOther();
  return {
    taken,
    adopted: { sha256: sha256(certificatePem), ...(isReissued ? { reissued: true } : {}) },
    toReissue: isReissued ? predecessorOf(certificatePem, undefined) : undefined,
  };
}

/**
 * Shows how the recorded certificate differs from the declaration.
 *
 * @param record of the adoption
 * @returns whether the program asks for a certificate as it declares it, and has not got it yet
 */
export function isToBeReissued(
  { certificatePem }: CertificateRecord,
  { reissued }: AdoptedCertificate,
  news: AdoptingInputs,
  { notice }: Context,
): boolean {
  if (reissued === true) {
    return false;
  }
  const isUntouched = isSamePem(certificatePem, news.adopt.certificatePem, readPem);
  const found = showDifferences(certificatePem, news, isUntouched ? "withDates" : "withoutDates", notice);
  return news.adopt.reissue === true && found > 0;
}

/**
 * The certificate in whose place another is issued.
 *
 * @param declared what the program declared when it was issued or taken; undefined for one that is to become as declared now
 */
export function predecessorOf(certificatePem: string, declared: Declaration | undefined): Predecessor {
  return { ...readIssuer(certificatePem), declared: declared === undefined ? undefined : templateOf(declared) };
}

/** Whether a certificate states the name and the key identifier of the declared issuer. */
function isUnderIssuer(certificatePem: string, { issuer }: AdoptingInputs): boolean {
  return issuer === undefined || isIssuedBy(readCertificate(certificatePem), readCertificate(issuer.certificatePem));
}

function raise(cause: unknown): never {
  throw cause;
}

async function takenOf(inputs: AdoptingInputs): Promise<TakenCertificate> {
  const { publicKeyPem, csrPem, crossOf, adopt } = inputs;
  const isKnown = (text: string | undefined): text is string => text !== undefined && text !== UNKNOWN;
  const publicKey = isKnown(crossOf)
    ? readCertificate(crossOf).publicKey
    : isKnown(csrPem)
      ? await readCertificateRequest(csrPem)
      : isKnown(publicKeyPem)
        ? readPublicKey(publicKeyPem)
        : undefined;
  return { certificatePem: adopt.certificatePem, name: ADOPTED_PEM, publicKey, isReissued: adopt.reissue === true };
}

/** Tells of a certificate that is not valid yet. It may be taken ahead of its time. */
function showBeginning(pem: string, now: Date, notice: Context["notice"]): void {
  const { notBefore } = validityOf(pem);
  if (now < notBefore) {
    notice(
      `${adoptedName(pem)} is not valid before ${formatInstant(notBefore.getTime())}: until then, nobody accepts what it issues.`,
    );
  }
}

/** The name of an adopted certificate at the beginning of a message. */
function adoptedName(pem: string): string {
  return `the adopted certificate of ${subjectLine(readCertificate(pem)) || "an empty subject"}`;
}

type Dates = Parameters<typeof certificateDifferences>[2];

function differencesOf(
  certificatePem: string,
  inputs: CertificateInputs,
  dates: Dates,
): ReturnType<typeof certificateDifferences> {
  const found = certificateDifferences(certificatePem, templateOf(inputs), dates);
  // A cross certificate has the name of its root, which it was compared with.
  return inputs.crossOf === undefined ? found : found.filter(({ argument }) => argument !== "subject");
}

/** Shows each difference, and returns how many there are. */
function showDifferences(pem: string, inputs: AdoptingInputs, dates: Dates, notice: Context["notice"]): number {
  if (saysUnknown(inputs)) {
    return 0;
  }
  const found = differencesOf(pem, inputs, dates);
  const isReissued = inputs.adopt.reissue === true;
  if (found.length > 0) {
    notice(
      `${adoptedName(pem)} is not as the program declares it` +
        `${isReissued ? ", and is reissued as declared" : ", and stays as it is"}:` +
        found.map((each) => `\n  ${describeDifference(each)}`).join("") +
        (isReissued ? "" : "\nDeclare what it says, or set adopt.reissue to have it reissued as declared."),
    );
  }
  return found.length;
}
