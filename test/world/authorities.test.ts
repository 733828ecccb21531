import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { WorldProject } from "./worldProject";

const ROTATION = {
  ssh: { start: "2026-01-01T00:00:00Z", every: "100d", publishBefore: "30d", retireAfter: "60d" },
  clientRefresh: "7d",
  lateness: "3d",
};

/** Two authorities, and something else, in one stack. */
const PROGRAM = `
  const keys = (directory) => new pki.SoftKeys({ directory });
  const secret = pulumi.secret({ commonName: "s3cr3t" });
  exports.web = new pki.CertificateAuthority("web", { keys: keys("web"), name: "Web", ssh: false, caConfig: secret });
  exports.devices = new pki.CertificateAuthority("devices", {
    keys: keys("devices"), name: "Devices", rotation: ${JSON.stringify(ROTATION)},
  });
  exports.policy = { Version: "2012-10-17" };`;

void describe("Two authorities in one stack", () => {
  let project: WorldProject;
  before(async () => {
    project = await WorldProject.program(PROGRAM);
    project.setEnvironment({ KMS_PKI_NOW: "2026-01-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" });
    await project.up();
  });
  after(() => {
    project.remove();
  });

  const subjectIn = (file: string): string => readFileSync(join(project.directory, file), "utf8");

  void it("are exported by name", async () => {
    for (const name of ["web", "devices"]) {
      const { code, output } = await project.kmsPki(["export", "--authority", name, "--dir", `out/${name}`]);
      assert.equal(code, 0, output);
      const outputs = (await project.outputs())[name] as Record<string, string>;
      assert.equal(subjectIn(`out/${name}/root_ca.crt`), outputs["rootCertificate"]);
    }
    assert.equal(existsSync(join(project.directory, "out/web/ssh_user_ca_key.pub")), false);
    assert.equal(existsSync(join(project.directory, "out/devices/ssh_user_ca_key.pub")), true);
    assert.match(subjectIn("out/web/ca.json"), /"commonName": "s3cr3t"/);
  });

  void it("have their status shown by name, and are listed when no name is given", async () => {
    const web = await project.kmsPki(["status", "--authority", "web", "--json"]);
    assert.match(web.stdout, /CN=Web Root/);
    assert.doesNotMatch(web.stdout, /CN=Devices/);
    const devices = await project.kmsPki(["status", "--authority", "devices"]);
    assert.match(devices.output, /ssh-user +0 +active/);
    assert.match(devices.output, /Next: 2026-03-12/);
    const none = await project.kmsPki(["status"]);
    assert.equal(none.code, 3);
    assert.match(none.output, /AUTHORITY_AMBIGUOUS: pulumi stack output returned several authorities: devices, web\./);
  });

  void it("are planned with the rotation of the program", async () => {
    const plan = await project.kmsPki(["plan", "--authority", "devices", "--to", "200d"]);
    assert.equal(plan.code, 0, plan.output);
    assert.match(plan.output, /^ssh-user-g1 /m);
    const none = await project.kmsPki(["plan", "--authority", "web"]);
    assert.equal(none.code, 0, none.output);
    assert.match(none.output, /^No rotation is set, so every key stays\.$/m);
    assert.match(none.output, /^CERTIFICATE +RENEWS FROM +ENDS$/m);
  });

  void it("are exported without their resources, and with their secrets kept secret", async () => {
    const { web, devices } = (await project.outputs()) as Record<string, Record<string, unknown>>;
    for (const name of ["root", "intermediate", "sshUserKey", "rotation", "lastRun"]) {
      assert.equal(web?.[name], undefined, name);
    }
    assert.deepEqual((devices?.["rotation"] as typeof ROTATION).ssh, ROTATION.ssh);
    assert.doesNotMatch(await project.exportedState(), /s3cr3t/);
  });

  void it("have their outputs recorded with them", async () => {
    const { outputs = {} } = await project.resource("web");
    assert.equal(outputs["rootFingerprint"], ((await project.outputs())["web"] as typeof outputs)["rootFingerprint"]);
    assert.equal(outputs["urn"], undefined);
  });

  void it("stay unchanged in the next run", async () => {
    const { output } = await project.up();
    assert.doesNotMatch(output, /created|updated|replaced|deleted|warning/);
  });
});
