import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { RotationPlan } from "../../provider/cli/rotationPlan";
import type { RotationArgs } from "../../provider/rotation/rotation";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { type Answer, call } from "./testShell";

const ROTATION: RotationArgs = {
  root: { start: "2026-01-01T00:00:00Z", every: "100d", publishBefore: "10d", retireAfter: "20d" },
  clockSkew: "1h",
};

const directory = temporaryDirectory();

function plan(args: readonly string[], rotation: unknown = ROTATION, now = "2026-03-22T00:00:00Z"): Promise<Answer> {
  const stdin = JSON.stringify(rotation);
  return call(["plan", "--schedule", "-", ...args], { cwd: directory, stdin, now: new Date(now) });
}

async function json(args: readonly string[], rotation?: unknown): Promise<RotationPlan> {
  return JSON.parse((await plan(["--json", ...args], rotation)).stdout) as RotationPlan;
}

void describe("kms-pki plan", () => {
  void it("shows generations and steps as tables, from now for two periods", async () => {
    const { exitCode, stdout, stderr } = await plan([]);
    assert.equal(stderr, "");
    assert.equal(exitCode, 0);
    assert.equal(
      stdout,
      [
        "GENERATION  PUBLISHED             ACTIVE                RETIRING              GONE",
        "root        -                     -                     2026-04-11T00:00:00Z  2026-05-01T00:00:00Z",
        "root-g1     2026-04-01T00:00:00Z  2026-04-11T00:00:00Z  2026-07-20T00:00:00Z  2026-08-09T00:00:00Z",
        "root-g2     2026-07-10T00:00:00Z  2026-07-20T00:00:00Z  2026-10-28T00:00:00Z  2026-11-17T00:00:00Z",
        "",
        "FROM                  CHANGE                            ROOT              CRT",
        "2026-03-22T00:00:00Z  -                                 root              intermediate",
        "2026-04-01T00:00:00Z  root-g1 published                 root, root-g1     intermediate + root-by-root-g1",
        "2026-04-11T00:00:00Z  root retiring, root-g1 active     root-g1, root     intermediate-root-g1 + root-g1-by-root",
        "2026-05-01T00:00:00Z  root gone                         root-g1           intermediate-root-g1",
        "2026-07-10T00:00:00Z  root-g2 published                 root-g1, root-g2  intermediate-root-g1 + root-g1-by-root-g2",
        "2026-07-20T00:00:00Z  root-g1 retiring, root-g2 active  root-g2, root-g1  intermediate-root-g2 + root-g2-by-root-g1",
        "2026-08-09T00:00:00Z  root-g1 gone                      root-g2           intermediate-root-g2",
      ].join("\n"),
    );
  });

  const periods: readonly { args: string[]; from: string; to: string }[] = [
    { args: [], from: "2026-03-22T00:00:00Z", to: "2026-10-08T00:00:00Z" },
    { args: ["--to", "1d"], from: "2026-03-22T00:00:00Z", to: "2026-03-23T00:00:00Z" },
    { args: ["--from", "2026-01-31", "--to", "36h"], from: "2026-01-31T00:00:00Z", to: "2026-02-01T12:00:00Z" },
    { args: ["--to", "2036-01-01"], from: "2026-03-22T00:00:00Z", to: "2036-01-01T00:00:00Z" },
    {
      args: ["--from", "2020-01-01T12:00:00+02:00", "--to", "2020-01-02T00:00:00Z"],
      from: "2020-01-01T10:00:00Z",
      to: "2020-01-02T00:00:00Z",
    },
  ];
  for (const { args, from, to } of periods) {
    void it(`runs from ${from} to ${to} with ${args.join(" ") || "no options"}`, async () => {
      const period = await json(args);
      assert.deepEqual([period.from, period.to], [from, to]);
    });
  }

  void it("shows the requests of an issuer elsewhere with --external, which needs --schedule", async () => {
    const schedule = { start: "2026-01-01T00:00:00Z", every: "100d", publishBefore: "10d", retireAfter: "20d" };
    const { requests } = await json(["--external", "--to", "20d"], { intermediate: schedule });
    assert.deepEqual(requests, [
      { label: "intermediate", generation: 0, from: null, until: null },
      { label: "intermediate-g1", generation: 1, from: "2026-04-01T00:00:00Z", until: "2026-04-11T00:00:00Z" },
    ]);
    assert.equal((await json(["--to", "20d"], { intermediate: schedule })).requests, undefined);
    const alone = await call(["plan", "--external"], { cwd: directory });
    assert.equal(alone.exitCode, 64);
    assert.match(alone.stderr, /--external needs --schedule/);
  });

  void it("prints one JSON object with --json", async () => {
    const { generations, steps, gaps, warnings } = await json(["--to", "20d"]);
    assert.deepEqual(generations, [
      {
        ...{ label: "root", part: "root", generation: 0, published: null, active: null },
        ...{ retiring: "2026-04-11T00:00:00Z", gone: "2026-05-01T00:00:00Z" },
      },
      {
        ...{ label: "root-g1", part: "root", generation: 1, published: "2026-04-01T00:00:00Z" },
        ...{ active: "2026-04-11T00:00:00Z", retiring: "2026-07-20T00:00:00Z", gone: "2026-08-09T00:00:00Z" },
      },
    ]);
    const last = steps.at(-1);
    assert.deepEqual(
      [last?.at, last?.changes],
      [
        "2026-04-11T00:00:00Z",
        [
          { label: "root", state: "retiring" },
          { label: "root-g1", state: "active" },
        ],
      ],
    );
    assert.deepEqual(
      last?.certificates.map(({ name }) => name),
      ["root", "root-g1", "intermediate", "intermediate-root-g1", "root-g1-by-root"],
    );
    assert.deepEqual([gaps, warnings], [[], []]);
  });

  void it("reports the gaps in trust of a late run, and exits with 1", async () => {
    const { exitCode, stdout } = await plan(["--from", "2026-04-20", "--last-run", "2026-03-01"]);
    assert.equal(exitCode, 1);
    assert.match(
      stdout,
      /\n\ngap: root-g1 was never published: a client without it does not trust it from 2026-04-20T00:00:00Z to 2026-04-22T01:00:00Z \(2d1h\)\.$/,
    );
    const { gaps } = await json(["--from", "2026-04-20", "--last-run", "2026-03-01"]);
    assert.deepEqual(
      gaps.map(({ description: _, ...gap }) => gap),
      [
        {
          ...{ label: "root-g1", part: "root", generation: 1, state: "published", jumped: true },
          ...{ from: "2026-04-20T00:00:00Z", to: "2026-04-22T01:00:00Z" },
        },
      ],
    );
  });

  void it("reports no gap for a run within the overlap", async () => {
    assert.equal((await plan(["--from", "2026-04-20", "--last-run", "2026-04-02"])).exitCode, 0);
  });

  void it("warns of a root that cannot sign the next", async () => {
    const existingRoot = { pathLength: 1, notBefore: "2020-01-01T00:00:00Z", notAfter: "2030-01-01T00:00:00Z" };
    const { exitCode, stdout } = await plan([], { ...ROTATION, existingRoot });
    assert.equal(exitCode, 0);
    assert.match(stdout, /\n\nwarning: The root has path length 1, .*\.$/);
    assert.match(stdout, /root-g1, root {5}intermediate-root-g1\n/);
  });

  void it("exits with 2 and lists every broken rule, without drawing", async () => {
    const root = { ...ROTATION.root, publishBefore: "2d", retireAfter: "1d" };
    const { exitCode, stdout, stderr } = await plan(["--svg", "refused.svg"], { ...ROTATION, root });
    assert.equal(exitCode, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /^INPUT_INVALID: The rotation has 2 problems:\n/);
    assert.match(stderr, /^ {2}rotation\.root\.publishBefore: ROTATION_INVALID: 2d is shorter than .* = 3d1h\./m);
    assert.match(stderr, /^ {2}rotation\.root\.retireAfter: ROTATION_INVALID: 1d is shorter than .* = 2d1h\./m);
    assert.deepEqual(
      readdirSync(directory).filter((name) => name.includes("refused")),
      [],
    );
  });

  const refusals: readonly { what: string; args: string[]; rotation?: unknown; message: RegExp }[] = [
    {
      what: "no schedule",
      args: [],
      rotation: {},
      message: /^CONFIG_UNREADABLE: no part of the rotation has a schedule/,
    },
    { what: "an end before the beginning", args: ["--to", "2026-01-01"], message: /ends before it begins/ },
    { what: "an end at the beginning", args: ["--to", "0s"], message: /ends before it begins/ },
    { what: "too many steps", args: ["--to", "80000d"], message: /about 2401 steps.*earlier --to/ },
    {
      what: "a drawing in a missing folder",
      args: ["--svg", "none/x.svg"],
      message: /^FILE_UNUSABLE: .*none\/x\.svg/,
    },
  ];
  for (const { what, args, rotation, message } of refusals) {
    void it(`exits with 3 for ${what}`, async () => {
      const { exitCode, stdout, stderr } = await plan(args, rotation);
      assert.equal(exitCode, 3);
      assert.equal(stdout, "");
      assert.match(stderr, message);
    });
  }
});

void describe("The drawing of a plan", () => {
  void it("is one SVG file with a legend, a label on each generation that has room, and no scripts", async () => {
    const file = join(directory, "rotation.svg");
    writeFileSync(file, "older");
    assert.equal((await plan(["--svg", "rotation.svg"])).exitCode, 0);
    const svg = readFileSync(file, "utf8");
    assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 1200 \d+" [^>]+>\n/);
    assert.match(svg, /<\/svg>\n$/);
    for (const label of ["root", "root-g1", "root-g2", "Root", "published: trusted, not yet used"]) {
      assert.ok(svg.includes(`>${label}</text>`), label);
    }
    assert.ok(svg.includes("<title>root-g1-by-root: 2026-04-11T00:00:00Z to 2026-05-01T00:00:00Z</title>"));
    assert.doesNotMatch(svg, /NaN|Infinity|undefined|<script|gap/);
    assert.equal(statSync(file).mode & 0o777, 0o644);
  });

  void it("shows gaps, and keeps every element within its bounds", async () => {
    await plan(["--svg", "gaps.svg", "--from", "2026-04-20", "--last-run", "2026-03-01", "--to", "10d"]);
    const svg = readFileSync(join(directory, "gaps.svg"), "utf8");
    assert.match(svg, />gap in trust<\/text>/);
    assert.match(svg, />gap<\/text>/);
    const height = Number(/viewBox="0 0 1200 (\d+)"/.exec(svg)?.[1]);
    const rectangles = [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)];
    assert.ok(rectangles.length > 5);
    for (const [, x, y, width, tall] of rectangles) {
      assert.ok(Number(x) + Number(width) <= 1200 && Number(y) + Number(tall) <= height);
    }
  });
});
