import { isDeepStrictEqual } from "node:util";
import { parseDuration } from "../words/duration";
import { parseInstant } from "../words/instant";
import { hasUnknown } from "../words/unknown";
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

/**
 * Whether content differs from what was recorded. A change of the signing key is not a change of content, but one of its
 * algorithm is.
 */
export function isContentChanged(declared: DeclaredContent, { signingKey, ...content }: DeclaredContent): boolean {
  return (
    hasUnknown(content) ||
    (!hasUnknown(signingKey) && signingKey.algorithm !== declared.signingKey.algorithm) ||
    !isDeepStrictEqual(comparable(declared), comparable(content))
  );
}

/** Content in comparable form. An explicit validity that equals the default is not a change. */
function comparable(content: CertificateContent): object {
  const { validityIsExplicit: _, ...template } = templateOf(content);
  return JSON.parse(JSON.stringify(template)) as object;
}
