import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { BEGINNING, DAY, ONE_OF_EACH } from "../engine/rotationSchedule";
import type { RotationArgs } from "../../provider/rotation/rotation";
import type { GenerationOutput } from "../engine/rotationStack";
import { WorldProject } from "./worldProject";

/** An external root, whose key is in its own file. */
const ROOT = `
const key = new pki.SoftKey("root", { directory: "elsewhere" });
const root = new pki.Certificate("root", {
  key,
  subject: { commonName: "Existing Root" },
  pathLength: "unlimited",
  validity: "2000d",
});
exports.certificatePem = root.certificatePem;
`;

function authority(certificatePem: string, rotation: RotationArgs = ONE_OF_EACH): string {
  return `
const certificatePem = ${JSON.stringify(certificatePem)};
const existingKey = new pki.ExistingKey("existing", { uri: "softkms:path=elsewhere/root.pem" });
const ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys(),
  root: { certificatePem, key: existingKey },
  ssh: false,
  rotation: ${JSON.stringify(rotation)},
});
for (const name of ["roots", "intermediates", "crossCertificates", "rootKey"]) {
  exports[name] = ca[name];
}
`;
}

void describe("An authority under an existing root", () => {
  void it("continues with a root of its own when it is rotated, and stops using the existing one", async () => {
    const project = await WorldProject.program(ROOT);
    const upOn = async (day: number): Promise<Record<string, unknown>> => {
      project.setEnvironment({ KMS_PKI_NOW: new Date(BEGINNING + day * DAY).toISOString(), KMS_PKI_TEST_CLOCK: "1" });
      await project.up();
      return project.outputs();
    };
    const states = (outputs: Record<string, unknown>, list: string): string[] =>
      (outputs[list] as GenerationOutput[]).map(({ generation, state }) => `${String(generation)} ${state}`);
    const crosses = (outputs: Record<string, unknown>): number[] =>
      (outputs["crossCertificates"] as GenerationOutput[]).map(({ generation }) => generation);
    try {
      const { certificatePem } = await upOn(0);
      // The root is no longer a resource of the stack, but its file stays.
      project.setProgram(ROOT.replace("exports.certificatePem", "exports.unused") + authority(String(certificatePem)));
      const first = await upOn(1);
      assert.equal(first["rootKey"], "softkms:path=elsewhere/root.pem");
      assert.deepEqual(readdirSync(join(project.directory, "keys")), ["intermediate.pem"]);

      await upOn(200);
      const published = await upOn(300);
      assert.deepEqual(states(published, "roots"), ["0 active", "1 published"]);
      assert.deepEqual(crosses(published), [0], "the existing root under the new one");
      const active = await upOn(400);
      assert.deepEqual(states(active, "roots"), ["1 active", "0 retiring"]);
      assert.deepEqual(crosses(active), [1], "the new root under the existing one");
      const gone = await upOn(500);
      assert.deepEqual(states(gone, "roots"), ["1 active"]);
      assert.equal(gone["rootKey"], "softkms:path=keys/root-g1.pem");
      assert.deepEqual(readdirSync(join(project.directory, "elsewhere")), ["root.pem"]);
    } finally {
      project.remove();
    }
  });

  void it("lets the next intermediate end with it on the day on which one is compromised", async () => {
    const project = await WorldProject.program(ROOT.replace("2000d", "300d"));
    try {
      project.setEnvironment({ KMS_PKI_NOW: new Date(BEGINNING + DAY).toISOString(), KMS_PKI_TEST_CLOCK: "1" });
      await project.up();
      const root = await project.output("certificatePem");
      const { intermediate } = ONE_OF_EACH as Required<RotationArgs>;
      const program = (compromised: string[]): void => {
        const made = ROOT.replace("2000d", "300d").replace("exports.certificatePem", "exports.unused");
        project.setProgram(made + authority(root, { intermediate, compromised }));
      };
      program([]);
      await project.up();
      program(["intermediate"]);
      await project.up();
      const [active] = (await project.outputs())["intermediates"] as GenerationOutput[];
      assert.equal(active?.generation, 1);
      assert.equal(new X509Certificate(active.certificate).validTo, new X509Certificate(root).validTo);
    } finally {
      project.remove();
    }
  });

  void it("gets a root of its own when the existing one is compromised, and nothing else is signed with its key", async () => {
    const project = await WorldProject.program(ROOT);
    try {
      await project.up();
      const root = await project.output("certificatePem");
      const issuer = `{ key: { uri: "softkms:elsewhere/root.pem", algorithm: "ECDSA_P256", publicKeyPem: "" }, certificatePem }`;
      const used = `new pki.Certificate("used", { key: new pki.SoftKey("used"), subject: { commonName: "Used" }, issuer: ${issuer} });`;
      const program = (compromised: string[], more = ""): void => {
        project.setProgram(`const key = new pki.SoftKey("root", { directory: "elsewhere" });
${authority(root, { compromised })}${more}`);
      };
      program([]);
      await project.up();
      program(["root"]);
      await project.up();
      assert.equal(await project.output("rootKey"), "softkms:path=keys/root-g1.pem");
      program(["root"], used);
      assert.match((await project.pulumi(["up", "--yes"])).output, /KEY_COMPROMISED: this key is compromised/);
    } finally {
      project.remove();
    }
  });
});
