import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { unknownTokenKeys } from "../../../../provider/kms/pkcs11/unknownTokenKeys";
import { pkcs11 } from "../../../../provider/kms/pkcs11/descriptor";
import { RecordedStack } from "../../../../provider/kms/recordedStack";
import { UNKNOWN } from "../../../../provider/words/unknown";
import { withCode } from "../../../fixtures/withCode";
import { missingSoftHsm } from "../../../pkcs11/token";
import { idIn, TokenProject } from "./tokenRun";

void describe("A key in a PKCS#11 token", { skip: missingSoftHsm("cc") }, () => {
  let project: TokenProject;
  before(() => {
    project = new TokenProject();
  });

  void it("is made once, and found by a later call for the same resource after a killed run", async () => {
    const inputs = project.inputs("twice");
    const made = await project.create(inputs);
    assert.match(made.uri, /^pkcs11:id=[0-9a-f]{32};object=twice$/);
    assert.equal(made.status, "present");
    assert.match(made.serial, /^[0-9a-f]{16}$/);
    project.notices.length = 0;
    assert.equal((await project.create(inputs)).publicKeyPem, made.publicKeyPem);
    assert.match(
      project.notices.join(),
      /object=twice was made by an earlier run of urn:pulumi:prod::acme::twice that did not end/,
    );
  });

  void it("is not taken from another authority, or when it has no owner", async () => {
    await project.create(project.inputs("taken"));
    const other = project.inputs("taken", { owner: `urn:pulumi:prod::acme::taken#${"f".repeat(32)}` });
    await assert.rejects(
      project.create(other),
      withCode("KEY_EXISTS", /object=taken, which urn:pulumi:prod::acme::taken did not make/),
    );
    project.tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "somebody", "--id", "4711");
    await assert.rejects(project.create(project.inputs("somebody")), withCode("KEY_EXISTS", /id=4711;object=somebody/));
  });

  void it("has a new id each time it is made, and none in a preview", async () => {
    const lifecycle = project.lifecycle();
    const first = await project.create(project.inputs("again"), lifecycle);
    await lifecycle.delete({ ...first, deleteKey: true });
    const second = await project.create(project.inputs("again"));
    assert.notEqual(second.uri, first.uri);
    const { inputs } = await lifecycle.check({}, project.inputs("planned"));
    assert.ok(!("uri" in inputs));
    assert.equal(inputs.keyLabel, "planned");
    const unknown = { ...project.inputs("planned"), owner: UNKNOWN };
    assert.equal((await lifecycle.check({}, unknown)).inputs.keyLabel, UNKNOWN);
  });

  void it("is made beside one that an earlier run left with another algorithm or without a public key", async () => {
    const left = await project.create(project.inputs("left", { algorithm: "ECDSA_P384" }));
    const made = await project.create(project.inputs("left"));
    assert.notEqual(idIn(made.uri), idIn(left.uri));
    project.tool("--delete-object", "--type", "pubkey", "--id", idIn(made.uri));
    const next = await project.create(project.inputs("left"));
    assert.ok(![left.uri, made.uri].includes(next.uri));
    assert.equal((await project.create(project.inputs("left"))).uri, next.uri);
  });

  void it("is replaced by one with the next label, and is deleted only if allowed", async () => {
    const lifecycle = project.lifecycle();
    const first = await project.create(project.inputs("replaced"), lifecycle);
    const news = project.inputs("replaced", { algorithm: "ECDSA_P384" });
    const { inputs } = await lifecycle.check(first, news);
    assert.deepEqual(await lifecycle.diff(first, inputs), { changes: true, replaces: ["algorithm"] });
    const second = await project.create(news, lifecycle);
    assert.match(second.uri, /object=replaced-2$/);
    await lifecycle.delete(first);
    assert.ok(project.labels.includes("replaced"));
    await lifecycle.delete({ ...first, deleteKey: true });
    assert.ok(!project.labels.includes("replaced"));
    assert.equal((await lifecycle.read(second)).status, "present");
    const { inputs: third } = await lifecycle.check(second, project.inputs("replaced", { algorithm: "ECDSA_P384" }));
    assert.equal(third.keyLabel, "replaced-2");
    const { keyLabel: _, ...earlier } = second; // as a development version of 0.2.0 recorded it
    assert.equal((await lifecycle.check(earlier, news)).inputs.keyLabel, "replaced-2");
  });

  void it("is replaced for another token, and not for another path of the module", async () => {
    const lifecycle = project.lifecycle();
    const state = await project.create(project.inputs("moved"), lifecycle);
    const elsewhere = { ...project.inputs("moved"), kms: "pkcs11:module-path=/elsewhere.so;token=ca" };
    assert.deepEqual(await lifecycle.diff(state, elsewhere), { changes: true, replaces: [] });
    const other = project.inputs("moved", { kms: project.kms("other") });
    assert.deepEqual((await lifecycle.diff(state, other)).replaces, ["kms"]);
  });

  void it("is recorded as missing, and no new one is made", async () => {
    const state = await project.create(project.inputs("lost"));
    project.tool("--delete-object", "--type", "privkey", "--id", idIn(state.uri));
    const lifecycle = project.lifecycle();
    const found = await lifecycle.read(state);
    assert.equal(found.status, "missing");
    assert.equal((await lifecycle.diff(found, project.inputs("lost"))).changes, true);
    await assert.rejects(
      lifecycle.update(found, project.inputs("lost")),
      withCode("KEY_NOT_FOUND", new RegExp(`serial number was ${state.serial}\\) holds no key as pkcs11:id=`)),
    );
  });

  void it("is recorded as changed when another key has its name", async () => {
    const state = await project.create(project.inputs("exchanged"));
    for (const type of ["privkey", "pubkey"]) {
      project.tool("--delete-object", "--type", type, "--id", idIn(state.uri));
    }
    project.tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "exchanged", "--id", idIn(state.uri));
    const lifecycle = project.lifecycle();
    assert.equal((await lifecycle.read(state)).status, "changed");
    await assert.rejects(lifecycle.update(state, project.inputs("exchanged")), withCode("KEY_CHANGED"));
    await lifecycle.delete({ ...state, deleteKey: true });
    assert.ok(project.labels.includes("exchanged"), "the other key stays");
  });

  void it("is adopted by its URI, used unchanged, and never deleted", async () => {
    project.tool("--keypairgen", "--key-type", "RSA:2048", "--label", "theirs", "--id", "0815");
    const inputs = project.inputs("mine", {
      adopt: "pkcs11:token=ca;object=theirs;id=0815",
      algorithm: "RSA_2048_PSS",
    });
    const lifecycle = project.lifecycle();
    const state = await project.create(inputs, lifecycle);
    assert.equal(state.uri, "pkcs11:id=0815;object=theirs");
    await lifecycle.delete({ ...state, deleteKey: true });
    assert.ok(project.labels.includes("theirs"));
    assert.match(project.notices.join(), /existed before it was adopted; it stays in the token/);
    const { adopt: _, ...later } = inputs;
    const { inputs: kept, problems } = await lifecycle.check(state, later);
    assert.deepEqual([kept.keyLabel, problems], ["theirs", []]);
    assert.equal((await lifecycle.diff(state, kept)).changes, false);
  });

  for (const { what, adopt, algorithm = "RSA_2048_PKCS1", code, message } of [
    { what: "is missing", adopt: "pkcs11:id=00;object=none", code: "KEY_NOT_FOUND", message: /no key pkcs11:id=00/ },
    {
      what: "does not have the algorithm",
      adopt: "pkcs11:id=0815;object=theirs",
      algorithm: "ECDSA_P256",
      code: "ALGORITHM_UNSUPPORTED",
      message: /does not sign with ECDSA_P256/,
    },
  ] as const) {
    void it(`is not adopted when it ${what}`, async () => {
      await assert.rejects(project.create(project.inputs("mine", { adopt, algorithm })), withCode(code, message));
    });
  }

  void it("is not replaced by one to adopt", async () => {
    const lifecycle = project.lifecycle();
    const state = await project.create(project.inputs("own"), lifecycle);
    const adopt = "pkcs11:id=0815;object=theirs";
    const { inputs, problems } = await lifecycle.check(state, project.inputs("own", { adopt }));
    assert.deepEqual(problems, []);
    await assert.rejects(
      async () => lifecycle.diff(state, inputs),
      withCode("INPUT_INVALID", /adopt names pkcs11:id=0815;object=theirs, but the resource already has the key/),
    );
    const own = project.inputs("own", { adopt: state.uri });
    assert.equal((await lifecycle.diff(state, own)).changes, false);
  });

  for (const { what, changes, property, reason } of [
    { what: "a label with a space", changes: { label: "my key" }, property: "label", reason: /is not a label/ },
    {
      what: "a key to adopt by its label only",
      changes: { adopt: "pkcs11:object=x" },
      property: "adopt",
      reason: /one of its two names/,
    },
    {
      what: "an invalid token",
      changes: { kms: "pkcs11:module-path=x" },
      property: "",
      reason: /does not name a token/,
    },
    { what: "a PIN in the URI", changes: { kms: "pkcs11:token=ca?pin-value=1" }, property: "", reason: /holds a PIN/ },
    { what: "an unknown algorithm", changes: { algorithm: "DSA" as never }, property: "algorithm", reason: /DSA/ },
  ]) {
    void it(`is refused with ${what}, before the token is asked`, async () => {
      project.module.clear();
      const { problems } = await project.lifecycle().check({}, project.inputs("refused", changes));
      assert.deepEqual(
        problems.map((problem) => problem.property),
        [property],
      );
      assert.match(problems[0]?.reason ?? "", reason);
      assert.deepEqual(project.module.calls, []);
    });
  }

  void it("is refused without a PIN", async () => {
    const bare = new TokenProject();
    delete bare.environment["KMS_PKI_TOKEN_PIN"];
    const { problems } = await bare.lifecycle().check({}, bare.inputs());
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["SECRET_MISSING"],
    );
    bare.environment["KMS_PKI_TOKEN_PIN_CA"] = "1234";
    assert.deepEqual((await bare.lifecycle().check({}, bare.inputs())).problems, []);
  });

  void it("is listed among those that the state does not know", async () => {
    const fresh = new TokenProject();
    const known = await fresh.create(fresh.inputs("known"));
    const unknown = await fresh.create(fresh.inputs("unknown"));
    await fresh.create(fresh.inputs("others", { owner: `urn#${"f".repeat(32)}` }));
    fresh.tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "somebody", "--id", "4711");
    const type = "pulumi-nodejs:dynamic/kms-pki:Pkcs11Key";
    const stack = new RecordedStack("urn:pulumi:prod::acme::", [
      {
        urn: "urn:pulumi:prod::acme::id",
        type: "id",
        name: "ca-id",
        outputs: { authorityId: "0123456789abcdef0123456789abcdef" },
      },
      { urn: "urn:pulumi:prod::acme::known", type, name: "known", outputs: { ...known } },
    ]);
    const open = pkcs11.open(fresh.process());
    const search = await unknownTokenKeys(stack, (kms) => open(kms));
    assert.deepEqual(search.asked, ['the token "ca"']);
    assert.deepEqual(
      search.unknownKeys.map(({ keyUri }) => keyUri),
      [unknown.uri],
    );
    assert.match(
      search.unknownKeys[0]?.discard ?? "",
      new RegExp(`^pkcs11-tool .*--delete-object --id ${idIn(unknown.uri)} --type privkey`),
    );
  });
});
