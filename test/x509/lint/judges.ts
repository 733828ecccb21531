import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePem } from "../../../provider/x509/pem";
import { CHECKOUT } from "../../engine/project";
import { findTool, runTool } from "../../tools";

/** A certificate for pkilint: `PKIX`, or a type of the Baseline Requirements. */
interface Judged {
  readonly der: Buffer;
  readonly kind?: string;
}

/** What pkilint finds at the levels error and fatal, for each certificate. One process lints them all. */
export function pkilintFindings(certificates: readonly Judged[]): string[][] {
  const requests = certificates.map(({ der, kind = "PKIX" }) => JSON.stringify({ kind, der: der.toString("base64") }));
  const script = join(CHECKOUT, "test", "x509", "lint", "pkilintCorpus.py");
  const answer = runTool("pkilint", [script], `${requests.join("\n")}\n`);
  return answer
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as string[]);
}

/** The lints of zlint by their sources. */
function lintsOf(sources: RegExp): string[] {
  return runTool("zlint", ["-list-lints-json"])
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { name: string; source: string })
    .filter(({ source }) => sources.test(source))
    .map(({ name }) => name);
}

/**
 * What zlint finds at the levels error and fatal, for each certificate. It ends at a certificate that it cannot read; that
 * one is `unreadable`, and zlint goes on behind it.
 */
export function zlintFindings(certificates: readonly Judged[], directory: string, sources: RegExp): string[][] {
  const files = certificates.map(({ der }, index) => {
    const file = join(directory, `${String(index)}.pem`);
    writeFileSync(file, writePem("CERTIFICATE", der));
    return file;
  });
  const options = ["-includeNames", lintsOf(sources).join(",")];
  const findings: string[][] = [];
  while (findings.length < files.length) {
    const { stdout, status } = spawnSync(findTool("zlint") ?? "zlint", [...options, ...files.slice(findings.length)], {
      encoding: "utf8",
      maxBuffer: 1 << 28,
    });
    const reports = stdout.split("\n").filter((line) => line !== "");
    for (const report of reports) {
      const results = Object.entries(JSON.parse(report) as Record<string, { readonly result: string }>);
      findings.push(results.filter(([, { result }]) => ["error", "fatal"].includes(result)).map(([name]) => name));
    }
    if (status !== 0) {
      findings.push(["unreadable"]);
    } else if (reports.length === 0) {
      throw new Error("zlint reported nothing");
    }
  }
  return findings;
}
