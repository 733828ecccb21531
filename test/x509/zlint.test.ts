import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing, runTool } from "../tools";
import { issued, ISSUED } from "./issuedCertificates";

/** zlint's rules are for CAs that browsers, mail programs and governments trust. Ours is only trusted by its owners. */
const PUBLIC_CA_SOURCES = ["Apple", "CABF_BR", "CABF_CS_BR", "CABF_EV", "CABF_SMIME_BR", "ETSI_ESI", "Mozilla"];

interface Complaint {
  readonly lint: string;
  readonly source: string;
}

void describe("zlint", { skip: missing("zlint") }, () => {
  const directory = temporaryDirectory();
  const sources = new Map<string, string>();

  /** Runs the lints, and returns those that did not pass, with only the worst results or with all. */
  const complaints = (pem: string, results: readonly string[]): Complaint[] => {
    const file = join(directory, "certificate.pem");
    writeFileSync(file, pem);
    const report = JSON.parse(runTool("zlint", [file])) as Record<string, { readonly result: string }>;
    assert.ok(Object.keys(report).length > 300, "the lints have run");
    return Object.entries(report)
      .filter(([, { result }]) => results.includes(result))
      .map(([lint]) => ({ lint, source: sources.get(lint) ?? "unknown" }));
  };

  before(() => {
    for (const line of runTool("zlint", ["-list-lints-json"]).trim().split("\n")) {
      const { name, source } = JSON.parse(line) as { name: string; source: string };
      sources.set(name, source);
    }
  });

  for (const each of ISSUED) {
    const { what, allowed } = each;
    void describe(what, () => {
      let pem: string;
      before(async () => {
        pem = await issued(each);
      });

      void it("breaks only these rules for public CAs", () => {
        const found = complaints(pem, ["error", "fatal"]);
        assert.deepEqual(found.map(({ lint }) => lint).sort(), allowed);
        assert.deepEqual(
          found.filter(({ source }) => !PUBLIC_CA_SOURCES.includes(source)),
          [],
        );
      });

      void it("causes no warning about an RFC", () => {
        const found = complaints(pem, ["warn"]).filter(({ source }) => !PUBLIC_CA_SOURCES.includes(source));
        assert.deepEqual(found, []);
      });
    });
  }
});
