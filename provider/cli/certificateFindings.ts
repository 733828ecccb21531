import { X509Certificate } from "node:crypto";
import { certificationPath } from "../x509/certificationPath";
import type { Finding, lintCertificate, LintOptions } from "../x509/lint/lint";

/** The lint, which is loaded when it is needed. */
export type Lint = typeof lintCertificate;

/**
 * The findings about a certificate.
 *
 * @param others the certificates among which its issuer may be
 */
export function certificateFindings(
  lint: Lint,
  der: Buffer,
  others: readonly X509Certificate[],
  options: Pick<LintOptions, "profile"> = {},
): Finding[] {
  const certificate = readable(der);
  const issuer = certificate === undefined ? undefined : certificationPath(certificate, others)[1];
  return lint(der, { ...options, ...(issuer === undefined ? {} : { issuerDer: issuer.raw }) });
}

/** The certificate as OpenSSL reads it; undefined if it cannot. */
export function readable(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}

/** A finding in one line. */
export function findingLine({ level, rule, source, detail }: Finding): string {
  return `${level}: ${detail} (${rule}, ${source})`;
}
