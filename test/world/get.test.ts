import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { UP } from "../engine/project";
import { WorldProject } from "./worldProject";

const DECLARED = `
  const key = (name) => new pki.SoftKey(name, { encryption: "none" });
  const root = new pki.Certificate("root", { key: key("root-key"), subject: { commonName: "Root" } });
  const issuing = new pki.Certificate("issuing", { key: key("issuing-key"), issuer: root, subject: { commonName: "Issuing" } });
  exports.id = issuing.subjectKeyIdentifier;
  exports.certificate = issuing.certificatePem;
  exports.chain = pulumi.interpolate\`\${issuing.chainPem}\${root.certificatePem}\`;
  exports.serial = issuing.serialNumber;`;

type Outputs = Readonly<Record<string, unknown>>;

/** Runs a stack that declares certificates, and then a stack that gets them. */
async function afterDeclared(
  program: (declared: Outputs) => string,
  test: (project: WorldProject, declared: Outputs) => Promise<void>,
): Promise<void> {
  const project = await WorldProject.program(DECLARED);
  try {
    await project.up();
    const declared = await project.outputs();
    // Another stack, in the folder with the keys.
    await project.forget((name) => name !== "");
    project.setProgram(program(declared));
    await test(project, declared);
  } finally {
    project.remove();
  }
}

/** A program that gets the certificate, under its id or another, and issues one under it. */
const getting = ({ id, chain }: Outputs, otherId: unknown = id): string => `
  const key = new pki.ExistingKey("issuing-key", { uri: "softkms:path=keys/issuing-key.pem" });
  const issuing = pki.Certificate.get("issuing", ${JSON.stringify(otherId)}, { certificatePem: ${JSON.stringify(chain)}, key });
  const leaf = new pki.Certificate("leaf", {
    ...{ key: new pki.SoftKey("leaf-key", { encryption: "none" }), issuer: issuing, profile: "leaf" },
    subject: { commonName: "Leaf" },
  });
  exports.serial = issuing.serialNumber;
  exports.issuing = issuing.certificatePem;
  exports.issuingChain = issuing.chainPem;
  exports.leaf = leaf.certificatePem;
  exports.leafChain = leaf.chainPem;
  exports.renewal = issuing.renewalTime.apply(String);
  exports.isReady = issuing.readyForRenewal;`;

void describe("A certificate that a program gets", () => {
  void it("is read, and issues others with its key", () =>
    afterDeclared(getting, async (project, { serial, certificate }) => {
      await project.up();
      const outputs = await project.outputs();
      assert.deepEqual(
        ["serial", "issuing", "issuingChain", "renewal", "isReady"].map((name) => outputs[name]),
        [serial, certificate, certificate, "undefined", false],
      );
      const [leaf, issuing] = [outputs["leaf"], certificate].map((pem) => new X509Certificate(String(pem)));
      assert.ok(issuing !== undefined && leaf?.checkIssued(issuing) === true && leaf.verify(issuing.publicKey));
      assert.equal(outputs["leafChain"], String(outputs["leaf"]) + String(certificate));
      assert.match((await project.up()).output, /no changes|4 unchanged/);
    }));

  void it("is refused when its id belongs to another", () =>
    afterDeclared(
      (declared) => getting(declared, "00".repeat(20)),
      async (project) => {
        const { code, output } = await project.pulumi(UP);
        assert.notEqual(code, 0);
        assert.match(output, /INPUT_INVALID: the certificate has the subject key identifier [0-9a-f]{40}, and the id/);
      },
    ));

  void it("is refused without the certificate, and with an unknown argument", async () => {
    const project = await WorldProject.program(`pki.Certificate.get("issuing", "00", { subject: {} });`);
    try {
      const { output } = await project.pulumi(UP);
      assert.match(output, /2 problems/);
      assert.match(output, /subject: INPUT_INVALID: there is no such argument.*\n.*certificatePem: INPUT_INVALID/);
    } finally {
      project.remove();
    }
  });
});

void describe("The options of a resource", () => {
  void it("work as in Pulumi: a change that a certificate ignores does not reissue it", async () => {
    const program = (validity: string): string => `
      const key = new pki.SoftKey("key", { encryption: "none" });
      new pki.Certificate("root", { key, subject: { commonName: "R" }, validity: "${validity}" }, { ignoreChanges: ["validity"] });`;
    const project = await WorldProject.program(program("100d"));
    try {
      await project.up();
      project.setProgram(program("200d"));
      assert.match((await project.up()).output, /3 unchanged/);
    } finally {
      project.remove();
    }
  });
});
