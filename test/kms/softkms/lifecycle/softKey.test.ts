import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../../../provider/errors";
import { UNKNOWN } from "../../../../provider/words/unknown";
import type { SoftKeyInputs } from "../../../../provider/kms/softkms/lifecycle/softKey";
import { PASSPHRASE, Project } from "../../../fixtures/lifecycleContext";
import { withCode } from "../../../fixtures/withCode";
import { files, INPUTS, read, Run } from "./softKeyRun";

void describe("A SoftKey", () => {
  void it("is made once, at the path that the check chose", async () => {
    const project = new Project();
    const run = new Run(project);
    const { inputs, problems } = await run.check({}, { ...INPUTS, encryption: "passphrase" });
    assert.deepEqual(problems, []);
    assert.equal(inputs.uri, "softkms:path=keys/root.pem");
    assert.ok(!existsSync(join(project.directory, "keys")), "the check makes nothing");
    const { id, state } = await run.lifecycle.create(inputs);
    assert.equal(id, "softkms:path=keys/root.pem");
    assert.equal(state.status, "present");
    const key = createPrivateKey({ key: read(project, "root.pem"), passphrase: PASSPHRASE });
    assert.ok(createPublicKey(key).equals(createPublicKey(state.publicKeyPem)));
    assert.deepEqual(await run.diff(state, { encryption: "passphrase" }), { changes: false, replaces: [] });
    assert.deepEqual(files(project), ["root.pem"]);
  });

  void it("keeps private key and passphrase out of the state", async () => {
    const project = new Project();
    const run = new Run(project);
    for (const encryption of ["passphrase", "none"] as const) {
      const name = `root-${encryption}`;
      const record = JSON.stringify(await run.create({ ...INPUTS, name, encryption }));
      assert.ok(!record.includes(PASSPHRASE) && !record.includes("PRIVATE KEY"), record);
      const [line = ""] = read(project, `${name}.pem`).split("\n").slice(3);
      assert.ok(line.length === 64 && !record.includes(line));
    }
  });

  const changes: readonly { change: Partial<SoftKeyInputs>; replaces: readonly string[] }[] = [
    { change: {}, replaces: [] },
    { change: { owner: "urn:pulumi:prod::renamed::root" }, replaces: [] },
    { change: { algorithm: "ED25519" }, replaces: ["algorithm"] },
    { change: { name: "other" }, replaces: ["name"] },
    { change: { directory: "elsewhere" }, replaces: ["directory"] },
    { change: { encryption: "passphrase" }, replaces: ["encryption"] },
    { change: { name: "other", algorithm: "ECDSA_P384" }, replaces: ["name", "algorithm"] },
  ];
  for (const { change, replaces } of changes) {
    void it(`is ${replaces.length > 0 ? "replaced" : "left alone"} after ${JSON.stringify(change)}`, async () => {
      const project = new Project();
      const state = await new Run(project).create();
      assert.deepEqual(await new Run(project).diff(state, change), { changes: replaces.length > 0, replaces });
    });
  }

  void it("gets its own file when it replaces another, which is deleted last", async () => {
    const project = new Project();
    const first = await new Run(project).create();
    const news = { ...INPUTS, algorithm: "ED25519" } as const;
    const run = new Run(project);
    const second = await run.replace(first, news);
    assert.equal(second.uri, "softkms:path=keys/root-2.pem");
    assert.deepEqual(files(project), ["root-2.pem", "root.pem"]);
    await run.lifecycle.delete(first);
    assert.deepEqual(files(project), ["root-2.pem"]);

    const again = new Run(project);
    const { inputs } = await again.check(second, news);
    assert.equal(inputs.uri, second.uri, "an unchanged key stays where it is");
    assert.deepEqual(await again.lifecycle.diff(second, inputs), { changes: false, replaces: [] });
    const third = await again.replace(second, INPUTS);
    assert.equal(third.uri, "softkms:path=keys/root-3.pem");
  });

  void it("returns to the first file name when its name changes and changes back", async () => {
    const project = new Project();
    const first = await new Run(project).create();
    const run = new Run(project);
    const renamed = await run.replace(first, { ...INPUTS, name: "root-other" });
    assert.equal(renamed.uri, "softkms:path=keys/root-other.pem");
    await run.lifecycle.delete(first);
    const back = await new Run(project).replace(renamed, INPUTS);
    assert.equal(back.uri, "softkms:path=keys/root.pem");
  });

  void it("whose replacement was cut off finds the replacement again, and never the file that it replaces", async () => {
    const project = new Project();
    const first = await new Run(project).create();
    const news = { ...INPUTS, algorithm: "ED25519" } as const;
    const cutOff = await new Run(project).replace(first, news); // killed before this was recorded
    const found = await new Run(project).replace(first, news);
    assert.deepEqual({ ...found, fileSha256: "" }, { ...cutOff, fileSha256: "" });
    assert.deepEqual(files(project), ["root-2.pem", "root.pem"]);
    assert.equal(project.notices.length, 1);
    assert.match(project.notices[0] ?? "", /root-2\.pem, which an interrupted run of urn:pulumi:prod::acme::root/);
  });

  void it("whose creation was cut off is found again", async () => {
    const project = new Project();
    const cutOff = await new Run(project).create();
    const found = await new Run(project).create();
    assert.deepEqual({ ...found, fileSha256: "" }, { ...cutOff, fileSha256: "" });
    assert.deepEqual(files(project), ["root.pem"]);
  });

  // A killed replacement can leave the old key in the state as pending deletion, without a live record.
  void it("whose replacement was killed before it was made stays in use, and the old record deletes nothing", async () => {
    const project = new Project();
    const old = await new Run(project).create();
    const run = new Run(project);
    const record = await run.create();
    await run.lifecycle.delete(old);
    assert.deepEqual(files(project), ["root.pem"]);
    assert.equal(record.publicKeyPem, old.publicKeyPem);
    assert.equal((await run.lifecycle.read(record)).status, "present");
  });

  void it("whose replacement was killed after it was made finds it, and the old record deletes the old file", async () => {
    const project = new Project();
    const old = await new Run(project).create();
    const news = { ...INPUTS, algorithm: "ED25519" } as const;
    const cutOff = await new Run(project).replace(old, news);
    const run = new Run(project);
    const record = await run.create(news);
    assert.deepEqual([record.uri, record.publicKeyPem], [cutOff.uri, cutOff.publicKeyPem]);
    await run.lifecycle.delete(old);
    assert.deepEqual(files(project), ["root-2.pem"]);
  });

  void it("is replaced by another file in the project folder too", async () => {
    const project = new Project();
    const news = { ...INPUTS, directory: "." };
    const run = new Run(project);
    const old = await run.create(news);
    const record = await run.replace(old, { ...news, algorithm: "ED25519" });
    const back = await run.replace(record, news);
    assert.deepEqual(
      [old.uri, record.uri, back.uri],
      ["root", "root-2", "root-3"].map((n) => `softkms:path=${n}.pem`),
    );
  });

  void it("whose replacement by another algorithm was killed gets the next file", async () => {
    const project = new Project();
    const old = await new Run(project).create();
    const run = new Run(project);
    const record = await run.create({ ...INPUTS, algorithm: "ED25519" });
    assert.equal(record.uri, "softkms:path=keys/root-2.pem");
    await run.lifecycle.delete(old);
    assert.deepEqual(files(project), ["root-2.pem"]);
  });

  void it("of another resource is not used", async () => {
    const project = new Project();
    await new Run(project).create();
    await assert.rejects(
      async () => new Run(project).create({ ...INPUTS, owner: "urn:pulumi:dev::acme::root" }),
      withCode("KEY_EXISTS"),
    );
  });

  const refusals: readonly {
    what: string;
    change: Partial<Record<keyof SoftKeyInputs, unknown>>;
    code: ErrorCode;
    property: string;
  }[] = [
    {
      what: "an unknown algorithm",
      change: { algorithm: "DSA" },
      code: "ALGORITHM_UNSUPPORTED",
      property: "algorithm",
    },
    { what: "a name with a slash", change: { name: "../root" }, code: "INPUT_INVALID", property: "name" },
    {
      what: "an encryption of another kind",
      change: { encryption: "rot13" },
      code: "INPUT_INVALID",
      property: "encryption",
    },
    {
      what: "a folder below a file",
      change: { directory: "file/keys" },
      code: "KEY_DIRECTORY_UNUSABLE",
      property: "directory",
    },
  ];
  for (const { what, change, code, property } of refusals) {
    void it(`is refused with ${what}`, async () => {
      const project = new Project();
      writeFileSync(join(project.directory, "file"), "");
      const { problems } = await new Run(project).check({}, { ...INPUTS, ...change } as SoftKeyInputs);
      assert.deepEqual(
        problems.map((problem) => ({ code: problem.code, property: problem.property })),
        [{ code, property }],
      );
    });
  }

  void it("is refused without the passphrase, without naming a property", async () => {
    const project = new Project();
    delete project.environment["KMS_PKI_PASSPHRASE"];
    const { problems } = await new Run(project).check({}, { ...INPUTS, encryption: "passphrase" });
    assert.deepEqual(
      problems.map(({ code, property }) => ({ code, property })),
      [{ code: "SECRET_MISSING", property: "" }],
    );
    assert.deepEqual((await new Run(project).check({}, INPUTS)).problems, [], "a key in clear needs none");
  });

  for (const property of ["name", "directory"] as const) {
    void it(`with an unknown ${property} has an unknown path`, async () => {
      const { inputs, problems } = await new Run(new Project()).check({}, { ...INPUTS, [property]: UNKNOWN });
      assert.deepEqual(problems, []);
      assert.equal(inputs.uri, UNKNOWN);
    });
  }
});
