import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { authorityState } from "../../provider/rotation/authorityState";
import type { AuthorityCertificate } from "../../provider/rotation/certificates";
import { readRotation } from "../../provider/rotation/rotation";
import { checkRotation } from "../../provider/rotation/rotationRules";
import { instantOf, randomMoment, randomRotation } from "./randomRotations";

const RUNS = { numRuns: 1_000 };

function certificatesByName(all: readonly AuthorityCertificate[]): Map<string, AuthorityCertificate> {
  return new Map(all.map((certificate) => [certificate.name, certificate]));
}

void describe("For all schedules and times", () => {
  void it("the rules accept the values that they ask for", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, (args, moment) => {
        const now = new Date(instantOf(readRotation(args), moment));
        assert.deepEqual(checkRotation(args, "rotation", now), []);
      }),
      RUNS,
    );
  });

  void it("the same instant gives the same state", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, (args, moment) => {
        const at = instantOf(readRotation(args), moment);
        const again = JSON.parse(JSON.stringify(args)) as typeof args;
        assert.deepEqual(authorityState(readRotation(args), at), authorityState(readRotation(again), at));
      }),
      RUNS,
    );
  });

  void it("a certificate is the same as long as it exists, so that it is signed once", () => {
    fc.assert(
      fc.property(randomRotation, fc.tuple(randomMoment, randomMoment, randomMoment), (args, moments) => {
        const rotation = readRotation(args);
        const [first, between, last] = moments
          .map((moment) => instantOf(rotation, moment))
          .sort((a, b) => a - b)
          .map((at) => certificatesByName(authorityState(rotation, at).certificates));
        for (const [name, certificate] of first ?? []) {
          const later = last?.get(name);
          if (later !== undefined) {
            assert.deepEqual(later, certificate);
            assert.deepEqual(between?.get(name), certificate);
          }
        }
      }),
      RUNS,
    );
  });

  void it("the certificates that ca.json names exist with their issuers, and none begins before or ends after its issuer", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, (args, moment) => {
        const rotation = readRotation(args);
        const at = instantOf(rotation, moment);
        const { certificates, caConfig, generations } = authorityState(rotation, at);
        const names = certificatesByName(certificates);
        assert.equal(names.size, certificates.length);
        assert.ok([...caConfig.root, ...caConfig.crt].every((name) => names.has(name)));
        const roots = certificates.filter(({ kind }) => kind === "root");
        assert.deepEqual(
          roots.map(({ subject }) => subject),
          generations.root.map(({ number }) => number),
        );
        for (const { name, kind, issuer: number, notBefore, notAfter } of certificates) {
          const issuer = roots.find(({ subject }) => subject === number);
          assert.ok(issuer !== undefined, name);
          if (issuer.notBefore !== undefined && issuer.notAfter !== undefined && kind !== "root") {
            assert.ok((notBefore ?? "") >= issuer.notBefore, name);
            assert.ok((notAfter ?? "9999") <= issuer.notAfter, name);
          }
        }
      }),
      RUNS,
    );
  });

  void it("a certificate begins in the past, unless generation 0 is made early", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, (args, moment) => {
        const rotation = readRotation(args);
        const at = instantOf(rotation, moment);
        for (const { name, subject, issuer, notBefore, notAfter } of authorityState(rotation, at).certificates) {
          const isFirst = subject === 0 && issuer === 0;
          assert.ok(isFirst || notBefore === undefined || Date.parse(notBefore) <= at, name);
          assert.ok(notAfter === undefined || Date.parse(notAfter) > at, name);
        }
      }),
      RUNS,
    );
  });

  void it("ca.json has no subject twice in crt, at most one cross certificate, and never two roots beside the active one", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, (args, moment) => {
        const rotation = readRotation(args);
        const { certificates, caConfig } = authorityState(rotation, instantOf(rotation, moment));
        const crt = caConfig.crt.map((name) => certificatesByName(certificates).get(name));
        const subjects = crt.map((each) => `${each?.kind === "intermediate" ? "i" : "r"}${String(each?.subject)}`);
        assert.equal(new Set(subjects).size, subjects.length);
        assert.ok(crt.every((each) => each?.kind !== "root"));
        assert.ok(crt.filter((each) => each?.kind === "cross").length <= 1);
        assert.equal(crt[0]?.kind, "intermediate");
        assert.ok(caConfig.root.length <= 2);
      }),
      RUNS,
    );
  });
});
