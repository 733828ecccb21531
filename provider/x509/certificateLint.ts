import { X509Certificate } from "node:crypto";
import { PkiError } from "../errors";
import type { Issuer } from "./issuer";
import { type Finding, lintCertificate } from "./lint/lint";
import type { LintProfile } from "./lint/rule";
import { subjectLine } from "./subjectLine";

/** What a certificate is linted against. */
interface LintedOrder {
  readonly issuer?: Issuer;
  readonly crossOf?: Issuer;
  readonly predecessor?: Issuer;
  /** The rules beyond those that hold for every certificate. */
  readonly lintProfile?: LintProfile;
  readonly warn?: (message: string) => void;
}

/**
 * Refuses a certificate with an error, and tells its warnings. Names that are copied from an existing certificate are not
 * judged, because nobody can change them here.
 *
 * @param der the certificate, under any signature
 * @throws PkiError `LINT_FAILED`
 */
export function requireLinted(der: Buffer, { issuer, crossOf, predecessor, lintProfile, warn }: LintedOrder): void {
  const copied = crossOf ?? predecessor;
  const findings = lintCertificate(der, {
    ...(lintProfile === undefined ? {} : { profile: lintProfile }),
    ...(issuer === undefined ? {} : { issuerDer: issuer.certificateDer }),
    ...(copied === undefined ? {} : { copiedNames: [Buffer.from(copied.subjectDer)] }),
  });
  const errors = findings.filter(({ level }) => level === "error");
  if (errors.length > 0) {
    throw new PkiError(
      "LINT_FAILED",
      `the certificate would break a rule, and nothing was signed: ${errors.map(describeFinding).join("; ")}`,
      "Correct the argument that says so",
    );
  }
  for (const finding of findings.filter(({ level }) => level === "warning")) {
    warn?.(`${nameOf(der)}: ${describeFinding(finding)}`);
  }
}

/** A finding in one line. */
function describeFinding({ rule, source, detail }: Finding): string {
  return `${detail} (${rule}, ${source})`;
}

function nameOf(der: Buffer): string {
  const certificate = new X509Certificate(der);
  return certificate.subject ? `the certificate of ${subjectLine(certificate)}` : "a certificate without a subject";
}
