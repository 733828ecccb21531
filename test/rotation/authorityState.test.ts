import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { authorityState } from "../../provider/rotation/authorityState";
import { readRotation } from "../../provider/rotation/rotation";
import { ARGS, day, rotation } from "./rotations";

const HOUR = 1 / 24;

void describe("The state of an authority", () => {
  // Roots change on day 100 (published from 90, gone from 120) and 200; intermediates on 40, 80, 120, ...
  const moments: readonly { when: string; at: number; root: string[]; crt: string[] }[] = [
    { when: "before the start", at: -1000, root: ["root"], crt: ["intermediate"] },
    { when: "at the start", at: 0, root: ["root"], crt: ["intermediate"] },
    { when: "when an intermediate is published", at: 35, root: ["root"], crt: ["intermediate"] },
    { when: "when it is active", at: 40, root: ["root"], crt: ["intermediate-g1"] },
    {
      when: "a moment before the next root is published",
      at: 90 - HOUR,
      root: ["root"],
      crt: ["intermediate-g2"],
    },
    {
      when: "when the next root is published",
      at: 90,
      root: ["root", "root-g1"],
      crt: ["intermediate-g2", "root-by-root-g1"],
    },
    {
      when: "when it is active",
      at: 100,
      root: ["root-g1", "root"],
      crt: ["intermediate-g2-root-g1", "root-g1-by-root"],
    },
    { when: "when the old root is gone", at: 120, root: ["root-g1"], crt: ["intermediate-g3-root-g1"] },
    {
      when: "when the root after that is published",
      at: 195,
      root: ["root-g1", "root-g2"],
      crt: ["intermediate-g4-root-g1", "root-g1-by-root-g2"],
    },
  ];
  for (const { when, at, ...expected } of moments) {
    void it(`${when} has root ${expected.root.join(", ")} and crt ${expected.crt.join(", ")}`, () => {
      const { root, crt } = authorityState(rotation(), day(at)).caConfig;
      assert.deepEqual({ root, crt }, expected);
    });
  }

  void it("has exactly these certificates while a root retires", () => {
    const { certificates } = authorityState(rotation(), day(110));
    // useful after activity: 24 h + 24 h + 1 h; backdate and skew: 1 h 1 m
    assert.deepEqual(certificates, [
      {
        ...{ name: "root", kind: "root", subject: 0, issuer: 0, pathLength: "unlimited" },
        ...{ notBefore: "2025-12-21T22:59:00Z", notAfter: "2026-07-20T00:00:00Z" },
      },
      {
        ...{ name: "root-g1", kind: "root", subject: 1, issuer: 1, pathLength: "unlimited" },
        ...{ notBefore: "2026-03-31T22:59:00Z", notAfter: "2026-10-28T00:00:00Z" },
      },
      {
        ...{ name: "intermediate-g2", kind: "intermediate", subject: 2, issuer: 0 },
        ...{ notBefore: "2026-03-17T00:00:00Z", notAfter: "2026-05-01T00:00:00Z" },
      },
      {
        ...{ name: "intermediate-g2-root-g1", kind: "intermediate", subject: 2, issuer: 1 },
        ...{ notBefore: "2026-04-01T00:00:00Z", notAfter: "2026-05-08T00:00:00Z" },
      },
      {
        ...{ name: "root-g1-by-root", kind: "cross", subject: 1, issuer: 0, pathLength: 1 },
        ...{ notBefore: "2026-03-31T22:59:00Z", notAfter: "2026-05-03T01:00:00Z" },
      },
    ]);
  });

  void it("has an intermediate under a root only if both are active at some time", () => {
    // Roots change on day 125. The next is published on 115, at the same time as intermediate 3, which is active from 120 to 160.
    const root = { start: "2026-01-26T00:00:00Z", every: "100d", publishBefore: "10d", retireAfter: "20d" };
    const names = (at: number): string[] =>
      authorityState(rotation({ root }), day(at)).certificates.map(({ name }) => name);
    assert.deepEqual(names(116), [
      ...["root", "root-g1", "intermediate-g2", "intermediate-g3", "intermediate-g3-root-g1", "root-by-root-g1"],
    ]);
    assert.deepEqual(names(126), [
      ...["root", "root-g1", "intermediate-g2", "intermediate-g3", "intermediate-g3-root-g1", "root-g1-by-root"],
    ]);
    assert.deepEqual(names(145), ["root-g1", "intermediate-g3-root-g1"]);
  });

  void it("adds the retiring intermediate to crt, after the cross certificate, only if that is set", () => {
    const at = day(121);
    assert.deepEqual(authorityState(rotation(), at).caConfig.crt, ["intermediate-g3-root-g1"]);
    const over = { retiringIntermediatesInCrt: true };
    assert.deepEqual(authorityState(rotation(over), at).caConfig.crt, [
      "intermediate-g3-root-g1",
      "intermediate-g2-root-g1",
    ]);
    const root = { ...ARGS.root, start: "2026-01-03T00:00:00Z" } as typeof ARGS.root;
    assert.deepEqual(authorityState(rotation({ ...over, ...(root === undefined ? {} : { root }) }), at).caConfig.crt, [
      "intermediate-g3-root-g1",
      "root-g1-by-root",
      "intermediate-g2-root-g1",
    ]);
  });

  void it("leaves an existing root unchanged, and does not let it sign another root if its path length is 1", () => {
    const existingRoot = { pathLength: 1, notBefore: "2020-01-01T00:00:00Z", notAfter: "2030-01-01T00:00:00Z" };
    const adopted = rotation({ existingRoot });
    const published = authorityState(adopted, day(90));
    assert.deepEqual(published.certificates[0], {
      ...{ name: "root", kind: "root", subject: 0, issuer: 0, pathLength: 1 },
    });
    assert.deepEqual(published.caConfig.crt, ["intermediate-g2", "root-by-root-g1"]);
    const active = authorityState(adopted, day(100));
    assert.deepEqual(active.caConfig.root, ["root-g1", "root"]);
    assert.deepEqual(active.caConfig.crt, ["intermediate-g2-root-g1"]);
    assert.ok(active.certificates.every(({ kind }) => kind !== "cross"));
    assert.match(active.warnings.join(), /path length 1.*every client must fetch the roots/);
    assert.deepEqual(authorityState(adopted, day(200)).caConfig.crt, ["intermediate-g5-root-g2", "root-g2-by-root-g1"]);
    assert.deepEqual(authorityState(adopted, day(200)).warnings, []);
  });

  void it("has one generation forever without schedules, with certificates that only the program sets", () => {
    const { generations, certificates, caConfig } = authorityState(readRotation({}), day(10_000));
    assert.ok(Object.values(generations).every((existing) => existing.length === 1 && existing[0]?.state === "active"));
    assert.deepEqual(certificates, [
      { name: "root", kind: "root", subject: 0, issuer: 0 },
      { name: "intermediate", kind: "intermediate", subject: 0, issuer: 0 },
    ]);
    assert.deepEqual(caConfig.crt, ["intermediate"]);
  });

  void it("gives the only intermediate a certificate under each root when only roots have a schedule", () => {
    const { root } = ARGS;
    const { certificates } = authorityState(readRotation(root === undefined ? {} : { root }), day(95));
    assert.deepEqual(
      certificates.filter(({ kind }) => kind === "intermediate").map(({ name }) => name),
      ["intermediate", "intermediate-root-g1"],
    );
  });
});
