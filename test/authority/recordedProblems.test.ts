import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { describeRoot } from "../../provider/authority/existingRootFacts";
import { authorityPlan } from "../../provider/authority/plan";
import { type RecordedAuthority, recordedProblems } from "../../provider/authority/recordedProblems";
import type { AuthorityStructure } from "../../provider/authority/structure";
import { found } from "../inputs/found";
import { ARGS, day } from "../rotation/rotations";
import { issueRoot } from "../x509/issuing";
import { STRUCTURE } from "./structure";

const FIXED = { root: { algorithm: "ECDSA_P256" }, intermediate: { algorithm: "ECDSA_P256" } };
const NEVER: RecordedAuthority = { run: undefined, hasKeys: false, rootPem: undefined, intermediatePem: undefined };

function problems(at: number, recorded: Partial<RecordedAuthority>, over: Partial<AuthorityStructure> = {}): string[] {
  const structure = { ...STRUCTURE, rotation: ARGS, ...over };
  return found(recordedProblems(structure, authorityPlan("ca", structure, day(at)), FIXED, { ...NEVER, ...recorded }));
}

void describe("The record of the last run", () => {
  let rootPem: string;
  before(async () => {
    rootPem = await issueRoot();
  });
  const run = (lastRun: number, over: object = {}): RecordedAuthority["run"] => ({
    ...{ lastRun: day(lastRun), rotation: ARGS, generations: {}, fixed: FIXED, ...over },
  });

  void it("is empty for a new authority, which may start at any time", () => {
    assert.deepEqual(problems(0, {}), []);
    assert.deepEqual(problems(1_000, {}), []);
  });

  void it("accepts a next run that is on time, and refuses one that skips a state", () => {
    assert.deepEqual(problems(90, { run: run(89) }), []);
    assert.deepEqual([...new Set(problems(100, { run: run(89) }))], ["ROTATION_LATE rotation"]);
    assert.deepEqual([...new Set(problems(88, { run: run(92) }))], ["ROTATION_LATE rotation"]);
  });

  void it("refuses a new rotation of recorded keys whose first change is already past", () => {
    assert.deepEqual(problems(0, { hasKeys: true }), []);
    assert.ok(problems(150, { hasKeys: true }).includes("ROTATION_LATE rotation"));
  });

  void it("requires the settings that the keys were made with, unless deletion protection is off", () => {
    const recorded = { run: run(0, { fixed: { ...FIXED, root: { algorithm: "ECDSA_P384" } } }) };
    assert.deepEqual(problems(1, recorded), ["INPUT_INVALID deletionProtection"]);
    assert.deepEqual(problems(1, recorded, { protect: false }), []);
  });

  void it("takes into account longer leaves in the previous ca.json", () => {
    const rotation = { ...ARGS, longestLeaf: { tls: "2400h" } };
    assert.ok(problems(1, { run: run(0, { rotation }) }).includes("ROTATION_INVALID rotation.root.retireAfter"));
  });

  void it("keeps the root that was made without a rotation as it is", () => {
    assert.deepEqual(problems(0, { rootPem }), ["INPUT_INVALID rotation.existingRoot"]);
    const said = describeRoot(rootPem);
    const taken = { rotation: { ...ARGS, existingRoot: said } };
    assert.deepEqual(problems(0, { rootPem }, taken), []);
    assert.deepEqual(problems(0, {}, taken), ["INPUT_INVALID rotation.existingRoot"], "there is none");
    const other = { rotation: { ...ARGS, existingRoot: { ...said, pathLength: 7 } } };
    assert.deepEqual(problems(0, { rootPem }, other), ["INPUT_INVALID rotation.existingRoot"]);
    assert.deepEqual(problems(1, { rootPem, run: run(0) }, other), ["INPUT_INVALID rotation.existingRoot"]);
    assert.deepEqual(problems(0, { rootPem }, { hasExistingRoot: true }), [], "it is none of this stack's");
  });

  void it("keeps the facts about certificates that existed before the rotation while these are there", () => {
    const { notBefore, notAfter } = describeRoot(rootPem);
    const existing = { existingRoot: describeRoot(rootPem), existingIntermediate: { notBefore, notAfter } };
    const recorded = { rootPem, intermediatePem: rootPem, run: run(0, { rotation: { ...ARGS, ...existing } }) };
    assert.deepEqual(problems(1, recorded, { rotation: { ...ARGS, ...existing } }), []);
    assert.deepEqual(problems(1, recorded), [
      "INPUT_INVALID rotation.existingRoot",
      "INPUT_INVALID rotation.existingIntermediate",
    ]);
    assert.deepEqual(problems(1, { rootPem, intermediatePem: rootPem, run: run(0) }), [], "they were made under it");
  });
});
