import { isDeepStrictEqual } from "node:util";
import { parseDuration } from "../words/duration";
import { parseInstant } from "../words/instant";
import { hasUnknown } from "../words/unknown";
import { dateDifferences } from "../x509/certificateDates";
import { type CertificateContent, type CertificateTemplate, certificateTemplate } from "../x509/template";
import type { CertificateInputs } from "./certificateRecord";

/** What a certificate or a request says, and the key that signs it. */
export interface DeclaredContent extends CertificateContent, Pick<CertificateInputs, "signingKey"> {}

/** The template of a certificate with these inputs. */
export function templateOf(content: CertificateContent): CertificateTemplate {
  const { validity, notBefore, notAfter } = content;
  return certificateTemplate(content, {
    validitySeconds: validity === undefined ? undefined : parseDuration(validity),
    notBefore: notBefore === undefined ? undefined : parseInstant(notBefore),
    notAfter: notAfter === undefined ? undefined : parseInstant(notAfter),
  });
}

/** What a declaration says of the certificate, rather than of the subject's key and of other certificates. */
export function contentOf(inputs: CertificateInputs): DeclaredContent {
  const { issuer: _issuer, crossOf: _root, publicKeyPem: _key, subjectKeyUri: _uri, ...others } = inputs;
  const { adopt: _adopted, sameSubjectAs: _namesake, answerPem: _answer, ...content } = others;
  return content;
}

/** Whether a preview does not know all that a declaration says of the certificate. */
export function saysUnknown(inputs: CertificateInputs): boolean {
  const { signingKey: _, ...content } = contentOf(inputs);
  return hasUnknown(content);
}

/**
 * Whether content differs from what was recorded. A change of the signing key is not a change of content, but one of its
 * algorithm is.
 *
 * @param adopted the period in which an adopted certificate is valid. Dates that it has are not a change, as when a rotation takes it
 *   up or lets it go
 */
export function isContentChanged(
  declared: DeclaredContent,
  { signingKey, ...content }: DeclaredContent,
  adopted?: Parameters<typeof dateDifferences>[0],
): boolean {
  if (hasUnknown(content)) {
    return true;
  }
  const keepsDates = adopted !== undefined && dateDifferences(adopted, templateOf(content)).length === 0;
  const dates = keepsDates ? "withoutDates" : "withDates";
  return (
    (!hasUnknown(signingKey) && signingKey.algorithm !== declared.signingKey.algorithm) ||
    !isDeepStrictEqual(comparable(declared, dates), comparable(content, dates))
  );
}

/** Content in comparable form. An explicit validity that equals the default is not a change. */
function comparable(content: CertificateContent, dates: "withDates" | "withoutDates"): object {
  const { validityIsExplicit: _, validitySeconds, notBefore, notAfter, ...others } = templateOf(content);
  const template = dates === "withDates" ? { ...others, validitySeconds, notBefore, notAfter } : others;
  return JSON.parse(JSON.stringify(template)) as object;
}
