import { PkiError } from "../errors";
import type { Issuer } from "./issuer";
import type { CertificateTemplate } from "./template";

/**
 * The period in which a certificate is valid. It never begins before its issuer: an earlier beginning is moved, because
 * a reissued issuer with the same name and key begins later than the certificates that it issued before, and nothing
 * could have been verified earlier. It never ends after its issuer either, but only a default end is moved.
 *
 * @param moment of issue, in whole seconds
 * @throws PkiError `VALIDITY_EXCEEDS_ISSUER`, and `VALIDITY_INVALID` if the end has already passed
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
      `the certificate would end on ${wanted.toISOString()}, which is ${wanted <= moment ? "in the past" : "before it or its issuer begins"}`,
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
      "Give an earlier end, omit it to end with the issuer, or renew the issuer first",
    );
  }
  return { notBefore, notAfter: issuer.notAfter };
}
