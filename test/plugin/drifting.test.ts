// It must come first.
import { FakeCloudKms } from "../cloudkms/fakeCloudKms";
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import type { Context } from "../../provider/lifecycle/context";
import type { Properties } from "../../provider/plugin/wire";
import { contextWith, FakeYubiKey } from "../fixtures/fakeYubiKey";
import { Project } from "../fixtures/lifecycleContext";
import { withCode } from "../fixtures/withCode";
import { idIn, TokenProject } from "../kms/pkcs11/lifecycle/tokenRun";
import { projectWithPin } from "../kms/yubikey/lifecycle/pivKeyRun";
import { missingSoftHsm } from "../pkcs11/token";
import { resourceOf, urnOf } from "./servedResource";

/** A key of the plugin in a KMS, and what happens to it there. */
interface DriftingKey {
  readonly name: string;
  readonly type: string;
  readonly skip?: string | false;
  /** Makes the KMS. Returns the arguments of a key in it. */
  readonly start: () => Promise<Properties> | Properties;
  /** A new plugin process. */
  readonly process: () => Context;
  /** The calls that make a key or sign. */
  readonly calls: () => number;
  /** Takes the recorded key away, behind the engine's back. */
  readonly lose: (outputs: Properties) => void;
  readonly lost: { readonly status: string; readonly code: ErrorCode };
  /** Puts it back, where that is possible. */
  readonly restore?: () => void;
  readonly stop?: () => Promise<void>;
}

function cloudKey(): DriftingKey {
  let kms: FakeCloudKms;
  let version: string;
  return {
    ...{ name: "Cloud KMS", type: "ExistingKey" },
    start: async () => {
      kms = await FakeCloudKms.start();
      version = await kms.createKey();
      return { uri: version };
    },
    process: () => new Project().process(),
    calls: () => kms.server.calls.filter((call) => /Sign|Create/.test(call)).length,
    lose: () => {
      kms.setState(version, "DISABLED");
    },
    lost: { status: "disabled", code: "KEY_DISABLED" },
    restore: () => {
      kms.setState(version, "ENABLED");
    },
    stop: () => kms.stop(),
  };
}

function cardKey(): DriftingKey {
  const device = new FakeYubiKey(11, "5.7.1");
  const project = projectWithPin();
  const kept = new Map(device.keys);
  return {
    ...{ name: "a YubiKey", type: "PivKey" },
    start: () => ({ slot: "9a", kms: "yubikey:serial=11" }),
    process: () => contextWith(project, device),
    calls: () => device.calls.filter((call) => /generate|sign/i.test(call)).length,
    lose: () => {
      for (const [slot, key] of device.keys) {
        kept.set(slot, key);
      }
      device.keys.clear();
    },
    lost: { status: "missing", code: "KEY_NOT_FOUND" },
    restore: () => {
      for (const [slot, key] of kept) {
        device.keys.set(slot, key);
      }
    },
  };
}

function tokenKey(): DriftingKey {
  let project: TokenProject;
  return {
    ...{ name: "a PKCS#11 token", type: "Pkcs11Key", skip: missingSoftHsm("cc") },
    start: () => {
      project = new TokenProject();
      return { kms: project.kms("ca"), label: "root" };
    },
    process: () => project.process(),
    calls: () => project.module.count("C_Sign") + project.module.count("C_GenerateKeyPair"),
    lose: ({ uri }) => {
      for (const type of ["privkey", "pubkey"]) {
        project.tool("--delete-object", "--type", type, "--id", idIn(String(uri)));
      }
    },
    lost: { status: "missing", code: "KEY_NOT_FOUND" },
  };
}

for (const key of [cloudKey(), cardKey(), tokenKey()]) {
  const { name, type, skip = false, start, process, calls, lose, lost, restore, stop } = key;
  void describe(`The ${type} of the plugin in ${name}`, { skip }, () => {
    const urn = urnOf(type, "root");
    let args: Properties;
    let inputs: Properties;
    let id: string;
    let outputs: Properties;
    let made: number;
    before(async () => {
      args = await start();
      const resource = resourceOf(type, process());
      const checked = await resource.check(urn, {}, args);
      assert.deepEqual(checked.problems, []);
      ({ inputs } = checked);
      ({ id, outputs } = await resource.create(inputs, false));
      made = calls();
    });
    after(() => stop?.());

    /** The inputs of the next run, in a new process. */
    const checkedAgain = async (as = urn): Promise<Properties> => {
      const { inputs: next, problems } = await resourceOf(type, process()).check(as, inputs, args);
      assert.deepEqual(problems, []);
      return next;
    };

    void it("is refreshed as it is recorded, and does not change", async () => {
      const resource = resourceOf(type, process());
      assert.deepEqual(await resource.read(urn, id, inputs, outputs), outputs);
      assert.equal((await resource.diff(outputs, await checkedAgain())).changes, false);
    });

    void it("keeps its key under another name", async () => {
      const next = await checkedAgain(urnOf(type, "renamed"));
      const resource = resourceOf(type, process());
      const { changes, replaces = [] } = await resource.diff(outputs, next);
      assert.deepEqual(replaces, []);
      const updated = changes ? await resource.update(outputs, next, false) : outputs;
      assert.deepEqual([updated["uri"], updated["publicKeyPem"]], [outputs["uri"], outputs["publicKeyPem"]]);
      assert.deepEqual(updated["signingKey"], outputs["signingKey"]);
      assert.equal(calls(), made);
    });

    void it(`is recorded as ${lost.status} by a refresh, and the next run refuses it and makes no other key`, async () => {
      lose(outputs);
      const found = await resourceOf(type, process()).read(urn, id, inputs, outputs);
      assert.deepEqual(found, { ...outputs, status: lost.status });
      const next = await checkedAgain();
      const resource = resourceOf(type, process());
      assert.deepEqual((await resource.diff(found, next)).replaces ?? [], []);
      assert.equal((await resource.diff(found, next)).changes, true);
      await assert.rejects(resource.update(found, next, false), withCode(lost.code));
      assert.equal(calls(), made);
      if (restore !== undefined) {
        restore();
        assert.deepEqual(await resourceOf(type, process()).update(found, next, false), outputs);
        assert.equal(calls(), made);
      }
    });
  });
}
