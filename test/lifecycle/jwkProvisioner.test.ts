import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { compactDecrypt } from "jose";
import { jwkProvisionerLifecycle, type JwkProvisionerRecord } from "../../provider/lifecycle/jwkProvisioner";
import { PASSPHRASE, Project } from "../fixtures/lifecycleContext";
import { withCode } from "../fixtures/withCode";

async function opens({ encryptedKey }: JwkProvisionerRecord, password: string): Promise<boolean> {
  try {
    await compactDecrypt(encryptedKey, Buffer.from(password), {
      keyManagementAlgorithms: ["PBES2-HS256+A128KW"],
      maxPBES2Count: 600_000,
    });
    return true;
  } catch {
    return false;
  }
}

void describe("A JwkProvisioner", () => {
  void it("is made once, and keeps its key when its name changes", async () => {
    const project = new Project();
    const lifecycle = jwkProvisionerLifecycle(project.process());
    const { id, state } = await lifecycle.create({ provisioner: "admin" });
    assert.equal(id, state.key.kid);
    assert.equal(state.provisioner, "admin");
    assert.deepEqual(await lifecycle.diff(state, { provisioner: "admin" }), { changes: false });
    assert.deepEqual(await lifecycle.diff(state, { provisioner: "ops" }), { changes: true });
    assert.deepEqual(await lifecycle.update(state, { provisioner: "ops" }), { ...state, provisioner: "ops" });
    assert.deepEqual(await lifecycle.read(state), state);
    await lifecycle.delete(state);
  });

  void it("is recorded without its password, and without an unencrypted private key", async () => {
    const { state } = await jwkProvisionerLifecycle(new Project().process()).create({ provisioner: "admin" });
    assert.ok(!JSON.stringify(state).includes(PASSPHRASE));
    assert.ok(!("d" in state.key));
  });

  void it("is encrypted with the passphrase of the key files when it has no password of its own", async () => {
    const { state } = await jwkProvisionerLifecycle(new Project().process()).create({ provisioner: "admin" });
    assert.ok(await opens(state, PASSPHRASE));
  });

  void it("is encrypted with its own password when there is one", async () => {
    const project = new Project();
    writeFileSync(join(project.directory, "password"), "its own\n");
    project.config["provisionerPasswordFile"] = "password";
    const { state } = await jwkProvisionerLifecycle(project.process()).create({ provisioner: "admin" });
    assert.ok(await opens(state, "its own"));
    assert.ok(!(await opens(state, PASSPHRASE)));
  });

  void it("is refused without a password, without naming a property", async () => {
    const project = new Project();
    delete project.environment["KMS_PKI_PASSPHRASE"];
    const lifecycle = jwkProvisionerLifecycle(project.process());
    const { problems } = await lifecycle.check({}, { provisioner: "admin" });
    assert.deepEqual(
      problems.map(({ code, property }) => ({ code, property })),
      [{ code: "SECRET_MISSING", property: "" }],
    );
    await assert.rejects(async () => lifecycle.create({ provisioner: "admin" }), withCode("SECRET_MISSING"));
  });

  void it("is refused when its password file cannot be read, even if there is a passphrase", async () => {
    const project = new Project();
    project.config["provisionerPasswordFile"] = "absent";
    const { problems } = await jwkProvisionerLifecycle(project.process()).check({}, { provisioner: "admin" });
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["SECRET_MISSING"],
    );
  });
});
