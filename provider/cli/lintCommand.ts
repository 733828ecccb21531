import { resolve } from "node:path";
import type { Finding } from "../x509/lint/lint";
import { LINT_PROFILES, type LintProfile } from "../x509/lint/rule";
import { certificateDers } from "../x509/pem";
import { subjectLine } from "../x509/subjectLine";
import { certificateFindings, findingLine, readable } from "./certificateFindings";
import { type Command, parseFiles, usageError } from "./command";
import { readGivenFile } from "./givenFile";
import { LINT_HELP } from "./lintHelp";
import type { Shell } from "./shell";

/** A certificate of a file as `kms-pki lint --json` shows it. */
interface LintedFile {
  /** As it was named. */
  readonly file: string;
  /** The place in the file, from 1. */
  readonly position: number;
  /** The distinguished name; empty if there is none, or if it cannot be read. */
  readonly subject: string;
  readonly findings: readonly Finding[];
}

/** The output of `kms-pki lint --json`. Fields and entries may be added, but none is removed or changes its meaning. */
export interface LintReport {
  readonly certificates: readonly LintedFile[];
}

/** The first octet of a certificate in DER. No PEM text begins with it. */
const SEQUENCE = 0x30;

/** `kms-pki lint`: whether certificates keep the rules. */
export const lintCommand: Command = {
  help: LINT_HELP,
  failureCode: 3, // 1 and 2 say how the certificates are
  parse(args) {
    const { values, positionals } = parseFiles("lint", args, {
      json: { type: "boolean", default: false },
      profile: { type: "string" },
    });
    const profile = LINT_PROFILES.find((name) => name === values.profile);
    if (values.profile !== undefined && profile === undefined) {
      throw usageError("lint", `--profile "${values.profile}" is not a profile: choose ${LINT_PROFILES.join(", ")}`);
    }
    return async (shell) => {
      const certificates = await lintFiles(positionals, profile, shell);
      shell.out(
        values.json ? JSON.stringify({ certificates } satisfies LintReport, null, 2) : reportText(certificates),
      );
      return exitCode(certificates.flatMap(({ findings }) => findings));
    };
  },
};

async function lintFiles(
  files: readonly string[],
  profile: LintProfile | undefined,
  shell: Shell,
): Promise<LintedFile[]> {
  const { lintCertificate } = await import("../x509/lint/lint.js");
  const ders: { file: string; position: number; der: Buffer }[] = [];
  for (const file of files) {
    const found = await readDers(file, shell);
    ders.push(...found.map((der, at) => ({ file, position: at + 1, der })));
  }
  const all = ders.flatMap(({ der }) => readable(der) ?? []);
  return ders.map(({ file, position, der }) => {
    const certificate = readable(der);
    return {
      ...{ file, position },
      subject: certificate?.subject ? subjectLine(certificate) : "",
      findings: certificateFindings(lintCertificate, der, all, profile === undefined ? {} : { profile }),
    };
  });
}

async function readDers(file: string, { cwd, stdin }: Shell): Promise<Buffer[]> {
  if (file === "-") {
    return certificateDers(await stdin(), "standard input");
  }
  const content = readGivenFile(resolve(cwd, file), file, "Name a file with certificates, as PEM or DER");
  return content[0] === SEQUENCE ? [content] : certificateDers(content.toString("utf8"), file);
}

function reportText(certificates: readonly LintedFile[]): string {
  return certificates
    .flatMap(({ file, position, subject, findings }) => [
      `${file}${position === 1 ? "" : ` (${String(position)})`}: ${subject || "no subject"}`,
      ...(findings.length === 0 ? ["  nothing found"] : findings.map((finding) => `  ${findingLine(finding)}`)),
    ])
    .join("\n");
}

function exitCode(findings: readonly Finding[]): number {
  const has = (wanted: Finding["level"]): boolean => findings.some(({ level }) => level === wanted);
  return has("error") ? 2 : has("warning") ? 1 : 0;
}
