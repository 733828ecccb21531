import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type RotationRunInputs, rotationRunLifecycle } from "../../provider/lifecycle/rotationRun";

const RUN: RotationRunInputs = {
  rotation: "{}",
  generations: '{"root":"active"}',
  fixed: "{}",
  keys: '{"root":"softkms:path=keys/root.pem"}',
  roots: '["aa"]',
  deleteRetiredKeys: false,
  now: "2026-01-01T00:00:00Z",
};
const NEXT = '{"root-g1":"softkms:path=keys/root-g1.pem"}';

void describe("The record of a rotation's last run", () => {
  const lifecycle = rotationRunLifecycle();

  void it("does not change with time alone", async () => {
    const { state } = await lifecycle.create(RUN);
    assert.equal(state.lastRun, RUN.now);
    assert.deepEqual(await lifecycle.diff(state, { ...RUN, now: "2027-01-01T00:00:00Z" }), { changes: false });
  });

  for (const property of ["rotation", "generations", "fixed", "keys"] as const) {
    void it(`is written when ${property} changes`, async () => {
      const { state } = await lifecycle.create(RUN);
      const news = { ...RUN, [property]: NEXT, now: "2027-01-01T00:00:00Z" };
      assert.deepEqual(await lifecycle.diff(state, news), { changes: true });
      assert.equal((await lifecycle.update(state, news)).lastRun, news.now);
    });
  }

  for (const { deleteRetiredKeys, released } of [
    { deleteRetiredKeys: false, released: ["softkms:path=keys/root.pem"] },
    { deleteRetiredKeys: true, released: [] },
  ]) {
    void it(`${deleteRetiredKeys ? "forgets" : "remembers"} keys that leave it ${deleteRetiredKeys ? "to be deleted" : "and are kept"}`, async () => {
      const { state } = await lifecycle.create({ ...RUN, deleteRetiredKeys });
      // A setting in the run in which they leave comes too late.
      const updated = await lifecycle.update(state, { ...RUN, keys: NEXT, deleteRetiredKeys: !deleteRetiredKeys });
      assert.deepEqual(JSON.parse(updated.releasedKeys), released);
      const back = await lifecycle.update(updated, RUN);
      assert.equal(back.releasedKeys.includes("root.pem"), false);
    });
  }

  void it("remembers roots that leave it, and is not written for their certificates alone", async () => {
    const { state } = await lifecycle.create(RUN);
    assert.deepEqual(await lifecycle.diff(state, { ...RUN, roots: '["bb"]' }), { changes: false });
    const published = await lifecycle.update(state, { ...RUN, roots: '["aa","bb"]' });
    const gone = await lifecycle.update(published, { ...RUN, roots: '["bb"]' });
    const next = await lifecycle.update(gone, { ...RUN, roots: '["cc"]' });
    assert.deepEqual(
      [published, gone, next].map(({ formerRoots }) => formerRoots),
      ["[]", '["aa"]', '["aa","bb"]'],
    );
  });

  void it("begins to remember roots with the next change of a record that 0.1.0 made", async () => {
    const { roots: _, formerRoots: __, ...state } = (await lifecycle.create(RUN)).state;
    assert.deepEqual(await lifecycle.diff(state, RUN), { changes: false });
    const { roots, formerRoots } = await lifecycle.update(state, { ...RUN, generations: NEXT });
    assert.deepEqual([roots, formerRoots], [RUN.roots, "[]"]);
  });
});
