import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import { UNKNOWN } from "../../provider/words/unknown";
import type { Algorithm } from "../../provider/kms/algorithms";
import {
  type ExistingKeyInputs,
  existingKeyLifecycle,
  type ExistingKeyRecord,
} from "../../provider/lifecycle/existingKey";
import { Project } from "../fixtures/lifecycleContext";
import { openssl } from "../fixtures/openssl";
import { withCode } from "../fixtures/withCode";

const URI = "softkms:path=existing.pem";

const GENERATE: Readonly<Record<string, readonly string[]>> = {
  "P-256": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "RSA 2048": ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-quiet"],
  Ed25519: ["genpkey", "-algorithm", "ed25519"],
  secp256k1: ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
};

/** A project with a key made elsewhere. Returns the public key as openssl prints it. */
function withKey(type: string): { project: Project; path: string; publicKeyPem: string } {
  const project = new Project();
  const path = join(project.directory, "existing.pem");
  const pem = openssl(GENERATE[type] ?? []);
  writeFileSync(path, pem);
  return { project, path, publicKeyPem: openssl(["pkey", "-pubout"], pem) };
}

async function recorded(project: Project, inputs: ExistingKeyInputs = { uri: URI }): Promise<ExistingKeyRecord> {
  return (await existingKeyLifecycle(project.process()).create(inputs)).state;
}

void describe("An ExistingKey", () => {
  const keys: readonly { type: string; asked?: Algorithm; algorithm: Algorithm }[] = [
    { type: "P-256", algorithm: "ECDSA_P256" },
    { type: "Ed25519", algorithm: "ED25519" },
    { type: "RSA 2048", algorithm: "RSA_2048_PKCS1" },
    { type: "RSA 2048", asked: "RSA_2048_PSS", algorithm: "RSA_2048_PSS" },
  ];
  for (const { type, asked, algorithm } of keys) {
    void it(`of type ${type} is pinned with ${algorithm}${asked === undefined ? "" : ", as asked for"}`, async () => {
      const { project, publicKeyPem } = withKey(type);
      const lifecycle = existingKeyLifecycle(project.process());
      const inputs = asked === undefined ? { uri: URI } : { uri: URI, algorithm: asked };
      const { id, state } = await lifecycle.create(inputs);
      assert.equal(id, URI);
      assert.deepEqual(state, { uri: URI, algorithm, publicKeyPem, status: "present" });
      assert.deepEqual(await lifecycle.diff(state, inputs), { changes: false, replaces: [] });
      assert.deepEqual(await lifecycle.read(state), state);
    });
  }

  const refusals: readonly { what: string; type: string; inputs: ExistingKeyInputs; code: ErrorCode }[] = [
    {
      what: "another algorithm",
      type: "P-256",
      inputs: { uri: URI, algorithm: "ED25519" },
      code: "ALGORITHM_UNSUPPORTED",
    },
    {
      what: "another size",
      type: "RSA 2048",
      inputs: { uri: URI, algorithm: "RSA_4096_PSS" },
      code: "ALGORITHM_UNSUPPORTED",
    },
    { what: "an unsupported curve", type: "secp256k1", inputs: { uri: URI }, code: "ALGORITHM_UNSUPPORTED" },
    { what: "a missing key", type: "P-256", inputs: { uri: "softkms:path=none.pem" }, code: "KEY_NOT_FOUND" },
    { what: "an unknown service", type: "P-256", inputs: { uri: "nokms:key=1" }, code: "KEY_URI_INVALID" },
    { what: "no URI", type: "P-256", inputs: { uri: "existing.pem" }, code: "KEY_URI_INVALID" },
  ];
  for (const { what, type, inputs, code } of refusals) {
    void it(`is refused with ${what}`, async () => {
      const { project } = withKey(type);
      await assert.rejects(async () => recorded(project, inputs), withCode(code));
    });
  }

  void it("has an id without anything that may hold a PIN", async () => {
    const { project } = withKey("P-256");
    const { id } = await existingKeyLifecycle(project.process()).create({ uri: `${URI}?pin-value=123456` });
    assert.equal(id, URI);
    const absent = { uri: "softkms:path=none.pem?pin-value=123456" };
    await assert.rejects(
      async () => recorded(project, absent),
      (error) => !String(error).includes("123456") && withCode("KEY_NOT_FOUND")(error),
    );
  });

  void it("is replaced when another key is named", async () => {
    const { project } = withKey("RSA 2048");
    const state = await recorded(project);
    const lifecycle = existingKeyLifecycle(project.process());
    const differences: readonly { news: ExistingKeyInputs; replaces: readonly string[] }[] = [
      { news: { uri: URI, algorithm: "RSA_2048_PKCS1" }, replaces: [] },
      { news: { uri: URI, algorithm: "RSA_2048_PSS" }, replaces: ["algorithm"] },
      { news: { uri: "softkms:path=other.pem" }, replaces: ["uri"] },
    ];
    for (const { news, replaces } of differences) {
      assert.deepEqual(await lifecycle.diff(state, news), { changes: replaces.length > 0, replaces });
    }
    assert.deepEqual(await lifecycle.diff(state, { uri: UNKNOWN }), { changes: true, replaces: [] });
    assert.deepEqual(project.notices, []);
  });

  const drifts: readonly {
    status: "missing" | "changed";
    notice: RegExp;
    code: ErrorCode;
    drift: (path: string) => void;
  }[] = [
    {
      status: "missing",
      notice: /existing\.pem was found missing/,
      code: "KEY_NOT_FOUND",
      drift: (path) => {
        rmSync(path);
      },
    },
    {
      status: "changed",
      notice: /existing\.pem was found to be another key/,
      code: "KEY_CHANGED",
      drift: (path) => {
        writeFileSync(path, openssl(GENERATE["P-256"] ?? []));
      },
    },
  ];
  for (const { status, notice, code, drift } of drifts) {
    void it(`that is ${status} is reported, and another key is never adopted`, async () => {
      const { project, path } = withKey("P-256");
      const state = await recorded(project);
      drift(path);
      const lifecycle = existingKeyLifecycle(project.process());
      const found = await lifecycle.read(state);
      assert.deepEqual(found, { ...state, status });
      assert.deepEqual(await lifecycle.diff(found, { uri: URI }), { changes: true, replaces: [] });
      assert.match(project.notices.join("\n"), notice);
      await assert.rejects(async () => lifecycle.update(found, { uri: URI }), withCode(code));
    });
  }

  void it("that was missing and is back is present again after an update", async () => {
    const { project } = withKey("P-256");
    const state = await recorded(project);
    const lifecycle = existingKeyLifecycle(project.process());
    assert.deepEqual(await lifecycle.update({ ...state, status: "missing" }, { uri: URI }), state);
  });

  void it("whose state is in doubt fails the refresh", async () => {
    const { project, path } = withKey("P-256");
    const state = await recorded(project);
    writeFileSync(path, "no key");
    await assert.rejects(async () => existingKeyLifecycle(project.process()).read(state), withCode("KEY_DAMAGED"));
  });

  void it("is kept when its resource is deleted", async () => {
    const { project, publicKeyPem } = withKey("P-256");
    const state = await recorded(project);
    await existingKeyLifecycle(project.process()).delete(state);
    assert.equal((await recorded(project)).publicKeyPem, publicKeyPem);
  });

  void it("is checked only for its algorithm", async () => {
    const lifecycle = existingKeyLifecycle(new Project().process());
    const news = { uri: URI, algorithm: "DSA" } as unknown as ExistingKeyInputs;
    const { problems } = await lifecycle.check({}, news);
    assert.deepEqual(
      problems.map(({ code, property }) => ({ code, property })),
      [{ code: "ALGORITHM_UNSUPPORTED", property: "algorithm" }],
    );
    assert.deepEqual((await lifecycle.check({}, { uri: UNKNOWN })).problems, []);
  });
});
