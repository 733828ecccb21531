import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { CA, makeCa, newKey } from "../corpus/caWorkshop";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { PulumiProject } from "./project";

/** Whether a text contains a key, or a part of it. */
function shows(text: string, keyPem: string): boolean {
  return text.includes("PRIVATE KEY") || keyPem.split("\n").some((line) => line.length > 40 && text.includes(line));
}

const LEAF = `
const { readFileSync } = require("node:fs");
const key = new pki.SoftKey("root", { directory: "keys" });
const root = new pki.Certificate("root", { key, subject: { commonName: "R" } });
const csrPem = pulumi.output(new Promise((resolve) => setTimeout(() => resolve(readFileSync("leaf.pem", "utf8")), 500)));
const leaf = new pki.Certificate("leaf", { csrPem, issuer: root, profile: "leaf", dnsNames: ["a.example"] });
exports.leaf = leaf.certificatePem;
`;

void describe("The files of another CA", { skip: missing("pulumi", "openssl") }, () => {
  void it("reveal no key, and make three tiers on which up, export and status agree", async () => {
    const project = await PulumiProject.rootStack({ "kms-pki:ssh": "false" });
    try {
      const root = makeCa({
        subject: "/CN=Corporate Root",
        extensions: "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n",
      });
      const sub = makeCa({
        subject: "/CN=Corporate Issuing CA",
        days: 3000,
        keyPem: newKey("RSA-2048"),
        issuer: root,
        extensions: CA,
      });
      const file = (name: string, content: string): void => {
        writeFileSync(join(project.directory, name), content, { mode: 0o600 });
      };
      file("sub.key", sub.keyPem);
      file("root.pem", sub.keyPem + sub.certificatePem + root.certificatePem);
      await project.setConfig("kms-pki:rootCertificate", "root.pem");
      await project.setConfig("kms-pki:rootKey", "sub.key");
      const refused = await project.pulumi(["up", "--yes"]);
      assert.match(refused.output, /PRIVATE_KEY_GIVEN: the file of kms-pki:rootCertificate holds a private key/);
      assert.equal(shows(refused.output + (await project.exportedState()), sub.keyPem), false);
      assert.equal(existsSync(join(project.directory, "keys")), false, "no key was made");

      file("root.pem", `subject=Issuing\r\n${(sub.certificatePem + root.certificatePem).replaceAll("\n", "\r\n")}`);
      await project.up();
      assert.equal(await project.output("rootCertificate"), root.certificatePem);
      assert.equal(shows(await project.exportedState(), sub.keyPem), false);

      const exported = await project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(exported.code, 0, exported.output);
      assert.equal(project.read("ca/root_ca.crt"), root.certificatePem);
      const args = ["-CAfile", join(project.directory, "ca/root_ca.crt")];
      const chain = join(project.directory, "ca/intermediate_ca.crt");
      assert.match(openssl(["verify", ...args, "-untrusted", chain, chain]), /: OK/);
      const status = await project.kmsPki(["status"]);
      assert.equal(status.code, 0, status.output);
      assert.match(status.output, /^subordinate +valid /m);
      assert.match((await project.up()).output, /\d+ unchanged/);
    } finally {
      project.remove();
    }
  });

  void it("are refused without leaving a trace when a program knows them only later", async () => {
    const project = await PulumiProject.program(LEAF);
    try {
      const keyPem = newKey();
      const keyFile = join(project.directory, "leaf.key");
      writeFileSync(keyFile, keyPem, { mode: 0o600 });
      const request = openssl(["req", "-new", "-key", keyFile, "-subj", "/CN=leaf"]);
      const leafFile = join(project.directory, "leaf.pem");
      writeFileSync(leafFile, keyPem + request, { mode: 0o600 });
      const refused = await project.pulumi(["up", "--yes"]);
      assert.notEqual(refused.code, 0);
      assert.match(refused.output, /PRIVATE_KEY_GIVEN: csrPem holds a private key/);
      assert.equal(shows(refused.output + (await project.exportedState()), keyPem), false);
      writeFileSync(leafFile, request);
      await project.up();
      assert.match(openssl(["x509", "-noout", "-ext", "subjectAltName"], await project.output("leaf")), /a\.example/);
    } finally {
      project.remove();
    }
  });
});
