import { PkiError } from "../errors";
import type { Issuer } from "./issuer";
import type { CertificateTemplate } from "./template";

/**
 * From when to when a certificate is valid. It never begins before its issuer: a beginning that was asked for gives way,
 * since an issuer that was issued anew under the same name and key begins later than what it issued before, and nothing
 * could have been verified earlier. It never ends after its issuer, either: only the default end gives way.
 *
 * @param moment of issue, in whole seconds
 * @throws PkiError `VALIDITY_EXCEEDS_ISSUER`, and `VALIDITY_INVALID` when the end has passed already
 */
export function validityUnder(
  issuer: Issuer | undefined,
  template: CertificateTemplate,
  moment: Date,
): { notBefore: Date; notAfter: Date } {
  const begin = template.notBefore ?? moment;
  const notBefore = issuer !== undefined && begin < issuer.notBefore ? issuer.notBefore : begin;
  const wanted = template.notAfter ?? new Date(begin.getTime() + template.validitySeconds * 1000);
  if (wanted <= moment || wanted <= notBefore) {
    throw new PkiError(
      "VALIDITY_INVALID",
      `the certificate would end on ${wanted.toISOString()}, which is ${wanted <= moment ? "past" : "before it or its issuer begins"}`,
      "Give a later end",
    );
  }
  if (issuer === undefined || wanted <= issuer.notAfter) {
    return { notBefore, notAfter: wanted };
  }
  if (template.validityIsExplicit) {
    throw new PkiError(
      "VALIDITY_EXCEEDS_ISSUER",
      `the certificate would end on ${wanted.toISOString()}, after its issuer, which ends on ${issuer.notAfter.toISOString()}`,
      "Give an earlier end, give none to end with the issuer, or renew the issuer first",
    );
  }
  return { notBefore, notAfter: issuer.notAfter };
}
