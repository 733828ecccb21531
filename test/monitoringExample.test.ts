import assert from "node:assert/strict";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { AuthorityStatus } from "../provider/cli/certificateStatus";
import type { HostStatus } from "../provider/cli/deploy/hostStatus";
import { type Gauge, metricText } from "../provider/cli/metricText";
import { statusMetrics } from "../provider/cli/statusMetrics";
import { IN_ORDER, OUT_OF_ORDER } from "./cli/madeStatus";
import { CHECKOUT } from "./engine/project";
import { temporaryDirectory } from "./fixtures/temporaryDirectory";
import { missing, runTool } from "./tools";

const ALERTS = join(CHECKOUT, "examples", "monitoring", "alerts.yml");

/** The time of an evaluation in promtool, whose series begin in 1970. */
const EVALUATED_SECONDS = 365 * 86_400;

/** A case for `promtool test rules`. */
interface Case {
  readonly status: AuthorityStatus | undefined;
  readonly now: string;
  /** How long before `now` the metrics were made. */
  readonly ageSeconds?: number;
  readonly unknownKeys?: number;
  readonly hosts?: readonly HostStatus[];
  /** How many days before `now` the last runs ended. */
  readonly runs?: { readonly succeeded?: number; readonly failed?: number };
  readonly firing: readonly string[];
}

const RETIRING: AuthorityStatus = {
  ...IN_ORDER,
  certificates: IN_ORDER.certificates.map(({ renewalTime: _, ...certificate }) => ({
    ...certificate,
    ...{ generation: 0, state: "retiring" },
  })),
};

/** When a retiring generation ends soon. */
const RETIRING_ENDS = "2026-12-20T00:00:00Z";

const CASES: Readonly<Record<string, Case>> = {
  "fires nothing when all is in order": { status: IN_ORDER, now: "2026-06-01T00:00:00Z", firing: [] },
  "tells that a certificate was not renewed in time": {
    ...{ status: IN_ORDER, now: "2026-12-04T00:00:00Z" },
    firing: ["KmsPkiCertificateNotRenewed"],
  },
  "tells that a certificate ends soon": {
    ...{ status: IN_ORDER, now: "2026-12-20T00:00:00Z" },
    firing: ["KmsPkiCertificateEndsSoon", "KmsPkiCertificateNotRenewed"],
  },
  "lets a retiring generation end": {
    ...{ status: RETIRING, now: RETIRING_ENDS, firing: [] },
  },
  "accepts that a run failed before the last one succeeded": {
    ...{ status: IN_ORDER, now: "2026-06-01T00:00:00Z", runs: { failed: 2, succeeded: 1 } },
    firing: [],
  },
  "tells of hosts that do not serve what the stack says": {
    ...{ status: IN_ORDER, now: "2026-06-01T00:00:00Z", firing: ["KmsPkiHostBroken", "KmsPkiHostNotCurrent"] },
    hosts: (["current", "different", "broken"] as const).map((each) => ({ host: each, url: "", status: each })),
  },
  "accepts hosts that serve what the stack says": {
    ...{ status: IN_ORDER, now: "2026-06-01T00:00:00Z", firing: [] },
    hosts: [{ host: "one", url: "", status: "current", notAfter: "2026-06-02T00:00:00.000Z" }],
  },
  "tells that the last run failed": {
    ...{ status: IN_ORDER, now: "2026-06-01T00:00:00Z", runs: { failed: 0.5, succeeded: 1 } },
    firing: ["KmsPkiRunFailed"],
  },
  "tells that no run has succeeded for long": {
    ...{ status: IN_ORDER, now: "2026-06-01T00:00:00Z", runs: { succeeded: 9 } },
    firing: ["KmsPkiNoRun"],
  },
  "tells that metrics are old": {
    ...{ status: IN_ORDER, now: "2026-06-02T00:00:01Z", ageSeconds: 86_401 },
    firing: ["KmsPkiStatusOld"],
  },
  "tells that there are none": { status: undefined, now: "2026-06-01T00:00:00Z", firing: ["KmsPkiStatusMissing"] },
  "tells of everything else": {
    ...{ status: OUT_OF_ORDER, now: "2026-06-01T00:00:00Z", unknownKeys: 1 },
    firing: [
      ...["KmsPkiCertificateNotInOrder", "KmsPkiCompromiseNotRevoked", "KmsPkiRequestWaits"],
      ...["KmsPkiRevocationListEndsSoon", "KmsPkiRotationLate", "KmsPkiTrustGap", "KmsPkiUnknownKeys"],
    ],
  },
  "tells of a revocation list that has ended": {
    status: {
      ...IN_ORDER,
      revocationLists: (OUT_OF_ORDER.revocationLists ?? []).map((list) => ({ ...list, status: "expired" })),
    },
    now: "2026-06-02T00:00:00Z",
    firing: ["KmsPkiRevocationListEndsSoon", "KmsPkiRevocationListNotInOrder"],
  },
};

void describe("The alerts of the example", { skip: missing("promtool") }, () => {
  void it("pass promtool's lint", () => {
    assert.match(runTool("promtool", ["check", "rules", "--lint=all", "--lint-fatal", ALERTS]), /SUCCESS/);
  });

  void it("are each fired by a test", () => {
    const alerts = [...readFileSync(ALERTS, "utf8").matchAll(/- alert: (\w+)/g)].map(([, name = ""]) => name);
    assert.deepEqual([...new Set(Object.values(CASES).flatMap(({ firing }) => firing))].sort(), alerts.sort());
  });

  for (const [title, { status, now, ageSeconds = 0, unknownKeys = 0, hosts = [], runs = {}, firing }] of Object.entries(
    CASES,
  )) {
    void it(title, () => {
      const keys = Array.from({ length: unknownKeys }, () => ({ keyUri: "softkms:path=x", state: "", discard: "" }));
      const made = new Date(Date.parse(now) - ageSeconds * 1000);
      const before = (days: number): Date => new Date(made.getTime() - days * 86_400_000);
      const facts = {
        ...{
          stack: "organization/pki/prod",
          authority: "ca",
          now: made,
          search: { asked: [], unknownKeys: keys },
          hosts,
        },
        runs: Object.fromEntries(Object.entries(runs).map(([result, days]) => [result, before(days)])),
      };
      const series =
        status === undefined ? [] : [...seriesOf(statusMetrics(status, facts), new Date(now)), ...beside()];
      const directory = temporaryDirectory();
      copyFileSync(ALERTS, join(directory, "alerts.yml"));
      const file = join(directory, "test.yml");
      writeFileSync(file, JSON.stringify(ruleTest(series, firing)));
      assert.match(runTool("promtool", ["test", "rules", file]), /SUCCESS/);
    });
  }
});

/** A series of promtool. */
interface Series {
  readonly series: string;
  readonly values: string;
}

/** The series of another stack, whose authority has the same name and needs no attention. */
function beside(): Series[] {
  const now = new Date(RETIRING_ENDS);
  const facts = { stack: "organization/pki/dev", authority: "ca", now, runs: { succeeded: now } };
  return seriesOf(statusMetrics(RETIRING, facts), now);
}

/** The series of metrics. Their instants are as far from the evaluation as they are from now. */
function seriesOf(gauges: readonly Gauge[], now: Date): Series[] {
  const moved = gauges.map((gauge) => ({
    ...gauge,
    samples: gauge.samples.map(({ labels, value }) => ({
      labels,
      value: gauge.name.endsWith("_timestamp_seconds") ? value - now.getTime() / 1000 + EVALUATED_SECONDS : value,
    })),
  }));
  return metricText(moved)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const [, name = "", value = ""] = /^(.*) (\S+)$/.exec(line) ?? [];
      return { series: name, values: `${value}+0x${String(EVALUATED_SECONDS / 86_400)}` };
    });
}

/** A test of promtool, as JSON, which is YAML. */
function ruleTest(series: readonly Series[], firing: readonly string[]): object {
  return {
    rule_files: ["alerts.yml"],
    evaluation_interval: "1d",
    tests: [
      {
        ...{ interval: "1d", input_series: series },
        promql_expr_test: [
          {
            expr: 'count by (alertname) (ALERTS{alertstate="firing"}) > bool 0',
            eval_time: `${String(EVALUATED_SECONDS / 86_400)}d`,
            exp_samples: firing.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
          },
        ],
      },
    ],
  };
}
