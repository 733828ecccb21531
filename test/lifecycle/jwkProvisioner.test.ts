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

void describe("A provisioner's key as a resource", () => {
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

  void it("is recorded without its password, and without its private half in clear", async () => {
    const { state } = await jwkProvisionerLifecycle(new Project().process()).create({ provisioner: "admin" });
    assert.ok(!JSON.stringify(state).includes(PASSPHRASE));
    assert.ok(!("d" in state.key));
  });

  void it("is under the passphrase of the key files when it has no password of its own", async () => {
    const { state } = await jwkProvisionerLifecycle(new Project().process()).create({ provisioner: "admin" });
    assert.ok(await opens(state, PASSPHRASE));
  });

  void it("is under its own password when there is one", async () => {
    const project = new Project();
    writeFileSync(join(project.directory, "password"), "its own\n");
    project.config["provisionerPasswordFile"] = "password";
    const { state } = await jwkProvisionerLifecycle(project.process()).create({ provisioner: "admin" });
    assert.ok(await opens(state, "its own"));
    assert.ok(!(await opens(state, PASSPHRASE)));
  });

  void it("is refused without a password, of which no property is named", async () => {
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

  void it("is refused when the file of its password cannot be read, though there is a passphrase", async () => {
    const project = new Project();
    project.config["provisionerPasswordFile"] = "absent";
    const { problems } = await jwkProvisionerLifecycle(project.process()).check({}, { provisioner: "admin" });
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["SECRET_MISSING"],
    );
  });
});
