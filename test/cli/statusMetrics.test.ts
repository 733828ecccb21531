import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import type { AuthorityStatus } from "../../provider/cli/certificateStatus";
import { metricText } from "../../provider/cli/metricText";
import { type StatusFacts, statusMetrics } from "../../provider/cli/statusMetrics";
import { findTool, missing } from "../tools";
import { IN_ORDER, OUT_OF_ORDER } from "./madeStatus";

const NOW = new Date("2026-06-01T00:00:00Z");

function text(status: AuthorityStatus, more: Partial<StatusFacts> = {}): string {
  return metricText(statusMetrics(status, { authority: "ca", now: NOW, ...more }));
}

/** What everybody answered. */
const ASKED: Partial<StatusFacts> = {
  search: { asked: [], unknownKeys: [] },
  hosts: [
    { host: "one", url: "https://one.example.com", status: "different", notAfter: "2026-06-02T00:00:00.000Z" },
    { host: "two", url: "https://two.example.com", status: "unreachable" },
  ],
  runs: { succeeded: new Date("2026-05-31T00:00:00Z"), failed: new Date("2026-05-30T00:00:00Z") },
};

void describe("Prometheus' text format", () => {
  void it("escapes labels and help, and leaves out metrics without samples", () => {
    const made = metricText([
      { name: "one", help: "A \\ and\na line.", samples: [{ labels: { a: 'b"\\\n', none: undefined }, value: 1.5 }] },
      { name: "two", help: "None.", samples: [] },
      { name: "three", help: "No label.", samples: [{ labels: {}, value: 3 }] },
    ]);
    assert.equal(
      made,
      [
        ...["# HELP one A \\\\ and\\na line.", "# TYPE one gauge", 'one{a="b\\"\\\\\\n"} 1.5'],
        ...["# HELP three No label.", "# TYPE three gauge", "three 3"],
      ].join("\n"),
    );
  });
});

void describe("The metrics of a status", () => {
  void it("say when each certificate ends and renews, by its role and generation", () => {
    const lines = text(IN_ORDER).split("\n");
    for (const line of [
      'kms_pki_certificate_not_after_timestamp_seconds{authority="ca",role="root",generation="0",subject="CN=Example Root"} 2082758400',
      'kms_pki_certificate_renewal_timestamp_seconds{authority="ca",role="intermediate",generation="0",subject="CN=\\"A\\\\B"} 1796083200',
      'kms_pki_certificate_status{authority="ca",role="root",generation="0",subject="CN=Example Root",status="valid"} 1',
      'kms_pki_certificate_status{authority="ca",role="root",generation="0",subject="CN=Example Root",status="expired"} 0',
      'kms_pki_generation_state{authority="ca",role="ssh-user",generation="0",state="active"} 1',
      'kms_pki_compromised_generations{authority="ca"} 0',
      'kms_pki_status_timestamp_seconds{authority="ca"} 1780272000',
    ]) {
      assert.ok(lines.includes(line), line);
    }
    assert.ok(
      !lines.some((line) => /waiting|revocation_list|rotation|unknown_keys|last_run|_host_/.test(line)),
      lines.join("\n"),
    );
  });

  void it("name the stack in every metric", () => {
    const stack = "organization/pki/prod";
    const samples = text(OUT_OF_ORDER, { ...ASKED, stack })
      .split("\n")
      .filter((line) => !line.startsWith("#"));
    assert.deepEqual(
      samples.filter((line) => !line.includes(`{stack="${stack}",authority="ca"`)),
      [],
    );
  });

  void it("say what needs attention", () => {
    const lines = text(OUT_OF_ORDER, ASKED).split("\n");
    for (const line of [
      'kms_pki_certificate_status{authority="ca",role="cross",generation="1",issuer_generation="0",subject="CN=\\"A\\\\B",status="expired"} 1',
      'kms_pki_certificate_status{authority="ca",role="subordinate",subject="CN=\\"A\\\\B",status="notYetValid"} 1',
      'kms_pki_generation_state{authority="ca",role="ssh-host",generation="3",state="published"} 1',
      'kms_pki_revocation_list_next_update_timestamp_seconds{authority="ca",role="root",generation="1"} 1780315200',
      'kms_pki_revocation_list_entries{authority="ca",role="root",generation="0"} 2',
      'kms_pki_request_waiting{authority="ca",role="intermediate",generation="3"} 1',
      'kms_pki_request_waiting{authority="ca",role="intermediate",generation="2"} 0',
      'kms_pki_request_due_timestamp_seconds{authority="ca",role="intermediate",generation="3"} 1780444800',
      'kms_pki_rotation_next_change_timestamp_seconds{authority="ca"} 1779667200',
      'kms_pki_trust_gaps{authority="ca"} 1',
      'kms_pki_compromised_certificates_unrevoked{authority="ca"} 1',
      'kms_pki_unknown_keys{authority="ca"} 0',
      'kms_pki_host_status{authority="ca",host="one",status="different"} 1',
      'kms_pki_host_status{authority="ca",host="one",status="current"} 0',
      'kms_pki_host_certificate_not_after_timestamp_seconds{authority="ca",host="one"} 1780358400',
      'kms_pki_host_status{authority="ca",host="two",status="unreachable"} 1',
      'kms_pki_last_run_timestamp_seconds{authority="ca",result="succeeded"} 1780185600',
      'kms_pki_last_run_timestamp_seconds{authority="ca",result="failed"} 1780099200',
    ]) {
      assert.ok(lines.includes(line), line);
    }
    const samples = lines.filter((line) => !line.startsWith("#")).map((line) => line.replace(/ \S+$/, ""));
    assert.equal(new Set(samples).size, samples.length);
    const ending = lines.filter((line) => line.startsWith("kms_pki_revocation_list_next_update"));
    assert.equal(ending.length, 1, "a compromised CA issues no further list");
  });

  void it("pass promtool", { skip: missing("promtool") }, () => {
    for (const status of [IN_ORDER, OUT_OF_ORDER]) {
      const input = `${text(status, ASKED)}\n`;
      const found = execFileSync(findTool("promtool") ?? "", ["check", "metrics", "--lint=all"], {
        input,
        encoding: "utf8",
        stdio: "pipe",
      });
      assert.equal(found, "");
    }
  });
});
