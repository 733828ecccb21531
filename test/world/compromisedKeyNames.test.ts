import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { join } from "node:path";
import { UP_WITHOUT_PREVIEW } from "../engine/project";
import { runTool } from "../tools";
import { WorldProject } from "./worldProject";

/** An authority whose intermediate and SSH user CA are compromised. */
function authority(compromised: readonly string[]): string {
  return `
const ca = new pki.CertificateAuthority("ca", { keys: new pki.SoftKeys(), compromised: ${JSON.stringify(compromised)} });
exports.root = ca.rootCertificate;
exports.intermediate = ca.intermediateCertificate;
exports.key = ca.intermediateKey;
exports.userKey = ca.sshUserKey;
`;
}

void describe("A compromised key under another name in the same program", () => {
  let project: WorldProject;
  let intermediate: string;
  let request: string;
  const compromised = authority(["intermediate", "ssh-user"]);

  before(async () => {
    project = await WorldProject.program(authority([]));
    await project.up();
    intermediate = JSON.stringify(await project.output("intermediate"));
    const key = join(project.directory, "keys", "intermediate.pem");
    const flags = ["-new", "-subj", "/CN=csr", "-passin", `file:${project.passphraseFile}`];
    request = JSON.stringify(runTool("openssl", ["req", ...flags, "-key", key]));
    project.setProgram(compromised);
    await project.up();
  });
  after(() => {
    project.remove();
  });

  /** Checks that a program is refused before and in an up, and that the key was not used. */
  const refused = async (uses: string, { isAfter = false, inPreview = true } = {}): Promise<void> => {
    const state = project.snapshot();
    project.setProgram(isAfter ? compromised + uses : uses + compromised);
    const preview = await project.pulumi(["preview"]);
    assert.equal(preview.output.includes("KEY_COMPROMISED"), inPreview, preview.output);
    const run = await project.pulumi(UP_WITHOUT_PREVIEW);
    assert.match(run.output, /KEY_COMPROMISED: this key is compromised/);
    assert.notEqual(run.code, 0);
    const { resources } = await project.state();
    assert.ok(!resources.some(({ urn }) => urn.endsWith("::used")));
    project.restore(state);
  };
  const existing = (uri: string): string =>
    `const existing = new pki.ExistingKey("existing", { uri: ${JSON.stringify(uri)} });\n`;
  const subject = `subject: { commonName: "used" }`;
  const leaf = `{ key: new pki.SoftKey("leaf"), profile: "leaf", ${subject}`;

  const issuedBy = (key: string): string => `${leaf}, issuer: { key: ${key}, certificatePem: ${intermediate} } }`;
  const other = `new pki.Certificate("other", { key: new pki.SoftKey("other"), subject: { commonName: "Other" } })`;

  void it("issues nothing as an existing key, wherever the authority is in the program", async () => {
    const named = existing("softkms:path=keys/intermediate.pem");
    const used = `${named} new pki.Certificate("used", ${issuedBy("existing")});`;
    await refused(used);
    await refused(used, { isAfter: true });
  });

  for (const [title, uri] of [
    ["another form of its URI", (): string => "softkms:keys/intermediate.pem"],
    ["another path", (): string => `softkms:path=${join(project.directory, "keys", "intermediate.pem")}`],
  ] as const) {
    void it(`issues nothing as an existing key with ${title}`, async () => {
      const issuer = `{ key: existing, certificatePem: ${intermediate} }`;
      await refused(`${existing(uri())} new pki.Certificate("used", ${issuedBy("existing")});`);
      await refused(`${existing(uri())} new pki.CertificateRevocationList("used", { issuer: ${issuer} });`);
      await refused(`${existing(uri())} new pki.CertificateRequest("used", { key: existing, ${subject} });`, {
        inPreview: title !== "another path",
      });
      await refused(`${existing(uri())} new pki.Certificate("used", { key: existing, ${subject} });`, {
        inPreview: title !== "another path", // the public key is not known yet
      });
    });
  }

  void it("issues nothing as a key that is written out, and nothing as a key of SSH", async () => {
    const key = `{ uri: "softkms:path=./keys/intermediate.pem", algorithm: "ECDSA_P256", publicKeyPem: "unused" }`;
    await refused(`new pki.Certificate("used", ${issuedBy(key)});`);
    const userKey = existing("softkms:keys/ssh-user-key.pem");
    await refused(`${userKey} new pki.Certificate("used", { key: existing, ${subject} });`);
  });

  void it("is certified neither by its public key nor by a request", async () => {
    const publicKey = runTool("openssl", ["x509", "-pubkey", "-noout"], JSON.parse(intermediate) as string);
    for (const given of [`publicKeyPem: ${JSON.stringify(publicKey)}`, `csrPem: ${request}`]) {
      await refused(`new pki.Certificate("used", { ${given}, ${subject}, profile: "leaf", issuer: ${other} });`);
    }
  });

  void it("does not concern other keys, and leaves no trace in what they sign", async () => {
    project.setProgram(
      `${compromised}${existing("softkms:path=keys/intermediate-g1.pem")}
new pki.Certificate("own", { key: existing, subject: { commonName: "Own" } });
new pki.Certificate("used", ${leaf}, issuer: ca.intermediate });`,
    );
    await project.up();
    const again = await project.pulumi([...UP_WITHOUT_PREVIEW, "--expect-no-changes"]);
    assert.equal(again.code, 0, again.output);
    assert.ok(!JSON.stringify(await project.state()).includes("compromisedKeys"));
  });
});

void describe("A compromised existing root that the same program has made", () => {
  const root = (withdrawn: boolean): string => `
const key = new pki.SoftKey("key");
const root = new pki.Certificate("root", {
  key,
  subject: { commonName: "Root" },
  validity: "${withdrawn ? "90d" : "100d"}",
  ${withdrawn ? "withdrawn: true," : ""}
});
`;
  const under = (compromised: readonly string[]): string => `
const ca = new pki.CertificateAuthority("ca", {
  keys: new pki.SoftKeys(),
  root: { key, certificatePem: root.certificatePem },
  intermediate: { validity: "50d" },
  ssh: false,
  compromised: ${JSON.stringify(compromised)},
});
exports.rootKey = ca.rootKey;
`;

  void it("signs nothing more, and its certificate has to be withdrawn", async () => {
    const project = await WorldProject.program(root(false) + under([]));
    try {
      await project.up();
      project.setProgram(root(false) + under(["root"]));
      const run = await project.pulumi(UP_WITHOUT_PREVIEW);
      assert.match(run.output, /'root': property signingKey.*KEY_COMPROMISED/);
      project.setProgram(root(true) + under(["root"]));
      await project.up();
      assert.equal(await project.output("rootKey"), "softkms:path=keys/root-g1.pem");
    } finally {
      project.remove();
    }
  });
});
