import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AUTHORITY_PARTS, generationLabel } from "../../provider/rotation/authorityPart";
import { authorityState, type AuthorityState } from "../../provider/rotation/authorityState";
import type { AuthorityCertificate } from "../../provider/rotation/certificates";
import { checkLateRun } from "../../provider/rotation/lateRun";
import { readRotation, type RotationArgs } from "../../provider/rotation/rotation";
import { checkRotation } from "../../provider/rotation/rotationRules";
import { found } from "../inputs/found";
import { compromisedAt, instantOf, randomCompromise, randomMoment, randomRotation } from "./randomRotations";
import { ARGS, day, rotation } from "./rotations";
import { rootsOf, verifies } from "./trust";

const RUNS = { numRuns: 1_000 };

function stateOn(on: number, compromised: readonly string[], over: RotationArgs = ARGS): AuthorityState {
  return authorityState(readRotation({ ...over, compromised }), day(on));
}

/** What ca.json names, and the SSH keys: the active one first. */
function inUse({ caConfig, generations }: AuthorityState): object {
  const ssh = (part: "ssh-user" | "ssh-host"): string[] =>
    generations[part].map(({ number, state }) => `${generationLabel(part, number)} ${state}`);
  return { root: caConfig.root, crt: caConfig.crt, user: ssh("ssh-user"), host: ssh("ssh-host") };
}

void describe("A compromised generation", () => {
  const cases: { on: number; compromised: string[]; root: string[]; crt: string[] }[] = [
    { on: 0, compromised: ["intermediate"], root: ["root"], crt: ["intermediate-g1"] },
    { on: 36, compromised: ["intermediate"], root: ["root"], crt: ["intermediate-g1"] },
    { on: 36, compromised: ["intermediate-g1"], root: ["root"], crt: ["intermediate"] },
    { on: 41, compromised: ["intermediate"], root: ["root"], crt: ["intermediate-g1"] },
    { on: 41, compromised: ["intermediate-g1"], root: ["root"], crt: ["intermediate-g2"] },
    { on: 41, compromised: ["intermediate-g1", "intermediate-g2"], root: ["root"], crt: ["intermediate-g3"] },
    { on: 0, compromised: ["root"], root: ["root-g1"], crt: ["intermediate-root-g1"] },
    { on: 0, compromised: ["root", "root-g1"], root: ["root-g2"], crt: ["intermediate-root-g2"] },
    { on: 0, compromised: ["root", "intermediate"], root: ["root-g1"], crt: ["intermediate-g1-root-g1"] },
    { on: 92, compromised: ["root"], root: ["root-g1"], crt: ["intermediate-g2-root-g1"] },
    {
      ...{ on: 92, compromised: ["root-g1"], root: ["root", "root-g2"] },
      crt: ["intermediate-g2", "root-by-root-g2"],
    },
    { on: 105, compromised: ["root"], root: ["root-g1"], crt: ["intermediate-g2-root-g1"] },
    {
      ...{ on: 105, compromised: ["root-g1"], root: ["root-g2", "root"] },
      crt: ["intermediate-g2-root-g2", "root-g2-by-root"],
    },
    {
      ...{ on: 92, compromised: ["intermediate-g2"], root: ["root", "root-g1"] },
      crt: ["intermediate-g3", "root-by-root-g1"],
    },
  ];
  for (const { on, compromised, root, crt } of cases) {
    void it(`leaves service on day ${String(on)}: ${compromised.join(", ")}`, () => {
      const state = stateOn(on, compromised);
      assert.deepEqual([state.caConfig.root, state.caConfig.crt], [root, crt]);
    });
  }

  void it("leaves the SSH keys, and the next one signs", () => {
    assert.deepEqual(
      stateOn(0, ["ssh-user"]).generations["ssh-user"].map(({ number }) => number),
      [1],
    );
    assert.deepEqual(
      stateOn(65, ["ssh-user-g1"]).generations["ssh-user"].map(({ number, state }) => `${String(number)} ${state}`),
      ["0 retiring", "2 active"],
    );
    assert.deepEqual(
      stateOn(55, ["ssh-host-g1"]).generations["ssh-host"].map(({ number, state }) => `${String(number)} ${state}`),
      ["0 active", "2 published"],
    );
  });

  void it("is succeeded for good without a schedule", () => {
    const state = stateOn(10_000, ["root", "ssh-user", "ssh-user-g1"], {});
    assert.deepEqual(inUse(state), {
      ...{ root: ["root-g1"], crt: ["intermediate-root-g1"] },
      ...{ user: ["ssh-user-g2 active"], host: ["ssh-host active"] },
    });
    assert.ok(state.certificates.every(({ notBefore, notAfter }) => notBefore === undefined && notAfter === undefined));
  });

  void it("does not change the turns that come after", () => {
    for (const on of [101, 121, 161, 201]) {
      assert.deepEqual(inUse(stateOn(on, ["intermediate", "ssh-host"])), inUse(stateOn(on, [])));
    }
  });

  void it("stays in the program with its certificates as long as it is named, to be revoked", () => {
    const names = (on: number, compromised: string[]): string[] =>
      stateOn(on, compromised).withdrawn.map(({ name }) => name);
    assert.deepEqual(names(0, ["intermediate"]), ["intermediate"]);
    assert.deepEqual(names(99, ["intermediate"]), ["intermediate"]);
    assert.deepEqual(names(5_030, ["intermediate"]), [], "its issuer is gone, and with it the list");
    assert.deepEqual(names(0, ["root"]), ["root", "intermediate", "root-by-root-g1"]);
    assert.deepEqual(names(105, ["root-g1"]), [
      ...["root-g1", "intermediate-g2-root-g1", "root-g1-by-root"],
      ...["root-by-root-g2", "root-g1-by-root-g2"],
    ]);
    assert.deepEqual(names(5, ["ssh-user"]), []);
  });

  void it("stays to be revoked if it is the certificate of an old root under the next, also before the old root is compromised", () => {
    const names = (on: number, compromised: string[]): string[] =>
      stateOn(on, compromised).withdrawn.flatMap(({ kind, name }) => (kind === "cross" ? [name] : []));
    assert.deepEqual(names(92, []), [], "it is in use");
    assert.deepEqual(names(92, ["root"]), ["root-by-root-g1"]);
    assert.deepEqual(names(105, []), ["root-by-root-g1"]);
    assert.deepEqual(names(105, ["root"]), ["root-by-root-g1"]);
    assert.deepEqual(names(121, []), [], "the old root is gone");
    assert.deepEqual(names(121, ["root"]), ["root-by-root-g1"]);
    assert.deepEqual(names(205, ["root"]), ["root-g1-by-root-g2", "root-by-root-g1"]);
    assert.deepEqual(names(225, ["root"]), [], "its issuer is gone, and with it the list");
  });

  void it("is named by its label, once, and exists", () => {
    const problems = (compromised: string[], on = 36, over: RotationArgs = ARGS): string[] =>
      checkRotation({ ...over, compromised }, "rotation", new Date(day(on))).map(
        ({ property, reason }) => `${property}: ${reason}`,
      );
    assert.deepEqual(problems(["intermediate", "intermediate-g1"]), []);
    assert.deepEqual(problems(["intermediate-g2"]), [
      'compromised[0]: "intermediate-g2" is a generation that does not exist yet',
    ]);
    assert.deepEqual(problems(["root", "itermediate"]), ['compromised[1]: "itermediate" is not a generation of a key']);
    assert.deepEqual(problems(["root-g0"]), ['compromised[0]: "root-g0" is not a generation of a key']);
    assert.deepEqual(problems(["root", "root"]), ['compromised[1]: "root" is named twice']);
    assert.deepEqual(problems(["root-g1"], 36, {}), [
      'compromised[0]: "root-g1" is a generation that does not exist yet',
    ]);
    assert.deepEqual(problems(["root", "root-g1"], 36, {}), []);
    assert.deepEqual(found(checkRotation({ compromised: "root" }, "rotation", new Date(day(0)))), [
      "INPUT_INVALID rotation.compromised",
    ]);
  });

  void it("is no reason to refuse a run, while a run that is late is", () => {
    const late = (compromised: string[], lastRun: number, on: number): string[] =>
      checkLateRun(rotation({ compromised }), "rotation", day(lastRun), day(on), rotation()).map(
        ({ reason }) => reason,
      );
    assert.deepEqual(late(["root", "intermediate", "ssh-user", "ssh-host"], 0, 1), []);
    assert.deepEqual(late(["root-g1"], 105, 106), []);
    assert.equal(late(["intermediate-g1"], 35, 110).filter((reason) => reason.includes("root-g1")).length, 1);
  });

  void it("is gone from everything, in every state of the schedules, after any number of others", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, randomCompromise, (args, moment, chances) => {
        const at = instantOf(readRotation(args), moment);
        const named = compromisedAt(args, at, chances);
        assert.deepEqual(checkRotation(named, "rotation", new Date(at)).filter(isOfNames), []);
        const { generations, certificates, caConfig } = authorityState(readRotation(named), at);
        const isCompromised = (part: (typeof AUTHORITY_PARTS)[number], number: number): boolean =>
          named.compromised?.includes(generationLabel(part, number)) === true;
        for (const part of AUTHORITY_PARTS) {
          assert.equal(generations[part].filter(({ state }) => state === "active").length, 1);
          assert.ok(generations[part].every(({ number }) => !isCompromised(part, number)));
        }
        for (const { name, kind, subject, issuer } of certificates) {
          assert.ok(!isCompromised("root", issuer), name);
          assert.ok(!isCompromised(kind === "intermediate" ? "intermediate" : "root", subject), name);
        }
        assert.ok(caConfig.root.length <= 2);
        assert.ok(caConfig.crt.every((name) => certificates.some((each) => each.name === name)));
      }),
      RUNS,
    );
  });

  void it("leaves a chain to every root that it leaves, and to those who had only another root before", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, randomCompromise, (args, moment, chances) => {
        const at = instantOf(readRotation(args), moment);
        const before = authorityState(readRotation(args), at);
        const after = authorityState(readRotation(compromisedAt(args, at, chances)), at);
        const served = asIssued(after, at);
        assert.ok(verifies(served, rootsOf(served), at));
        const kept = rootsOf(before).filter(({ name }) => after.caConfig.root.includes(name));
        for (const root of kept) {
          // An existing root with path length 1 carries no cross certificate: its clients were warned before.
          const isEnough = root.pathLength !== 1 || after.caConfig.root[0] === root.name;
          assert.ok(!isEnough || verifies(served, [root], at), root.name);
        }
      }),
      RUNS,
    );
  });

  void it("changes no certificate of the others, so that nothing is signed again", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, randomCompromise, (args, moment, chances) => {
        const at = instantOf(readRotation(args), moment);
        const before = authorityState(readRotation(args), at).certificates;
        const { certificates, withdrawn } = authorityState(readRotation(compromisedAt(args, at, chances)), at);
        for (const { mayBeginEarlier: _, ...certificate } of [...certificates, ...withdrawn]) {
          const same = before.find(({ name }) => name === certificate.name);
          assert.deepEqual(same ?? certificate, certificate);
        }
      }),
      RUNS,
    );
  });

  void it("keeps the certificates as they are, while time goes on", () => {
    fc.assert(
      fc.property(randomRotation, randomMoment, randomMoment, randomCompromise, (args, moment, other, chances) => {
        const [first, second] = [moment, other]
          .map((each) => instantOf(readRotation(args), each))
          .sort((a, b) => a - b);
        const named = readRotation(compromisedAt(args, first ?? 0, chances));
        const later = authorityState(named, second ?? 0);
        for (const certificate of authorityState(named, first ?? 0).certificates) {
          const same = [...later.certificates, ...later.withdrawn].find(({ name }) => name === certificate.name);
          assert.deepEqual(same ?? certificate, certificate);
        }
      }),
      RUNS,
    );
  });
});

function isOfNames({ property }: { readonly property: string }): boolean {
  return property.startsWith("compromised");
}

/** A state in which what may begin earlier was issued at an instant. */
function asIssued(state: AuthorityState, at: number): AuthorityState {
  const begun = (certificate: AuthorityCertificate): AuthorityCertificate =>
    certificate.mayBeginEarlier && Date.parse(certificate.notBefore ?? "") > at
      ? { ...certificate, notBefore: "1970-01-01T00:00:00Z" }
      : certificate;
  return { ...state, certificates: state.certificates.map(begun) };
}
