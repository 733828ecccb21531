import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import * as pki from "../../provider";
import { UP } from "../engine/project";
import { missing, runTool } from "../tools";
import { WorldProject } from "./worldProject";

const key = (name: string): pki.SoftKey => new pki.SoftKey(name, { encryption: "none" });

interface Content {
  readonly root?: pki.NameConstraints;
  readonly issuing?: pki.NameConstraints;
  readonly dnsNames?: readonly string[];
}

/** A root, an issuing CA and a leaf. */
function declare({ root: ofRoot, issuing: ofIssuing, dnsNames = ["a.example.com"] }: Content): object {
  const root = new pki.Certificate("root", {
    ...{ key: key("root-key"), subject: { commonName: "Root" }, nameConstraints: ofRoot },
  });
  const issuing = new pki.Certificate("issuing", {
    ...{ key: key("issuing-key"), issuer: root, subject: { commonName: "Issuing" }, nameConstraints: ofIssuing },
  });
  const leaf = new pki.Certificate("leaf", {
    ...{ key: key("leaf-key"), issuer: issuing, profile: "leaf", dnsNames: [...dnsNames] },
  });
  return {
    root: root.certificatePem,
    issuing: issuing.certificatePem,
    leaf: leaf.certificatePem,
    issuingId: issuing.subjectKeyIdentifier,
    chain: leaf.chainPem,
  };
}

const COM = { permitted: { dnsDomains: ["example.com"] } };
const A = { permitted: { dnsDomains: ["a.example.com"] } };

void describe("Name constraints in a program", { skip: missing("openssl", "step") }, () => {
  let project: WorldProject;
  before(async () => {
    project = await WorldProject.program("");
  });
  after(() => {
    project.remove();
  });

  const refusals: readonly { what: string; content: Content; says: RegExp }[] = [
    {
      what: "a leaf's name that the issuer does not permit",
      content: { issuing: A, dnsNames: ["b.example.com"] },
      says: /Certificate "leaf" has a problem:\s+dnsNames\[0\]: NAME_NOT_PERMITTED/,
    },
    {
      what: "a leaf's name that the root does not permit",
      content: { root: COM, dnsNames: ["a.example.com", "a.example.org"] },
      says: /Certificate "leaf" has a problem:\s+dnsNames\[1\]: NAME_NOT_PERMITTED/,
    },
    {
      what: "a CA that permits more than its root",
      content: { root: A, issuing: COM },
      says: /Certificate "issuing" has a problem:\s+nameConstraints.permitted.dnsDomains\[0\]: NAME_NOT_PERMITTED/,
    },
  ];
  for (const { what, content, says } of refusals) {
    void it(`refuse ${what}, before a key is made`, async () => {
      project.runsProgram(() => declare(content));
      for (const command of [["preview"], UP]) {
        const run = await project.pulumi(command);
        assert.notEqual(run.code, 0);
        assert.match(run.output, says);
      }
      assert.equal(existsSync(join(project.directory, "keys")), false);
    });
  }

  void it("are in the certificates, and openssl and Go verify the chain below", async () => {
    project.runsProgram(() => declare({ root: COM, issuing: A }));
    await project.up();
    const outputs = await project.outputs();
    const file = (name: string): string => {
      const path = join(project.scratch, `${name}.pem`);
      writeFileSync(path, String(outputs[name]));
      return path;
    };
    const verify = ["verify", "-x509_strict", "-CAfile", file("root"), "-untrusted", file("issuing"), file("leaf")];
    assert.match(runTool("openssl", verify), /: OK/);
    runTool("step", ["certificate", "verify", file("chain"), "--roots", file("root")]);
    await project.succeed(["preview", "--expect-no-changes"]);
  });

  void it("reissue only the CA when they change, in place, with the same key", async () => {
    const before = await project.outputs();
    project.runsProgram(() => declare({ root: COM, issuing: COM }));
    await project.up();
    const after = await project.outputs();
    assert.deepEqual([after["root"], after["leaf"]], [before["root"], before["leaf"]]);
    assert.notEqual(after["issuing"], before["issuing"]);
  });

  void it("refuse a change that leaves a certificate outside, before anything is signed", async () => {
    const before = await project.outputs();
    project.runsProgram(() => declare({ root: { excluded: { dnsDomains: ["a.example.com"] } } }));
    const run = await project.pulumi(UP);
    assert.notEqual(run.code, 0);
    assert.match(run.output, /dnsNames\[0\]: NAME_NOT_PERMITTED/);
    assert.deepEqual(await project.outputs(), before);
  });

  void it("of a CA outside the program and of the chain above it apply once they are known", async () => {
    const outputs = await project.outputs();
    const chain = `${String(outputs["issuing"])}${String(outputs["root"])}`;
    const signing = { uri: "softkms:path=keys/issuing-key.pem", algorithm: "ECDSA_P256", publicKeyPem: "" } as const;
    const below = (issuer: pki.Certificate | pki.ExternalIssuer): pki.Certificate =>
      new pki.Certificate("team", { key: key("team-key"), issuer, profile: "leaf", dnsNames: ["a.example.org"] });
    const id = String(outputs["issuingId"]);
    const forms: (() => pki.Certificate)[] = [
      () => below({ key: signing, certificatePem: chain }),
      () => below({ key: signing, certificatePem: Promise.resolve(chain) }),
      () => below({ key: signing, certificatePem: String(outputs["issuing"]), chainPem: chain }),
      () => below(pki.Certificate.get("other", id, { key: signing, certificatePem: chain })),
      () => below(pki.Certificate.get("other", id, { key: signing, certificatePem: Promise.resolve(chain) })),
    ];
    for (const form of forms) {
      project.runsProgram(() => {
        declare({ root: COM, issuing: COM });
        form();
      });
      const run = await project.pulumi(UP);
      assert.notEqual(run.code, 0);
      assert.match(run.output, /Certificate.*team.*dnsNames\[0\].*NAME_NOT_PERMITTED/s);
    }
  });
});

void describe("The name constraints of an authority", { skip: missing("openssl") }, () => {
  let project: WorldProject;
  before(async () => {
    project = await WorldProject.program("");
  });
  after(() => {
    project.remove();
  });
  const authority = (args: Partial<pki.CertificateAuthorityArgs>): pki.CertificateAuthority =>
    new pki.CertificateAuthority("ca", { keys: new pki.SoftKeys({ encryption: "none" }), ssh: false, ...args });

  const refusals: readonly { what: string; args: Partial<pki.CertificateAuthorityArgs>; says: RegExp }[] = [
    {
      what: "a name of step-ca outside those of the intermediate",
      args: { intermediate: { nameConstraints: COM }, dnsNames: ["ca.example.com", "localhost"] },
      says: /dnsNames\[1\]: NAME_NOT_PERMITTED/,
    },
    {
      what: "an address of step-ca outside those of the root",
      args: { root: { nameConstraints: { permitted: { ipRanges: ["10.0.0.0/8"] } } }, dnsNames: ["a", "127.0.0.1"] },
      says: /dnsNames\[1\]: NAME_NOT_PERMITTED/,
    },
    {
      what: "an intermediate that permits more than the root",
      args: { root: { nameConstraints: A }, intermediate: { nameConstraints: COM }, dnsNames: ["a.example.com"] },
      says: /intermediate\.nameConstraints\.permitted\.dnsDomains\[0\]: NAME_NOT_PERMITTED/,
    },
    {
      what: "directory names, which Go refuses",
      args: { root: { nameConstraints: { excluded: { directoryNames: [{ organization: "A" }] } } } },
      says: /root\.nameConstraints\.excluded\.directoryNames: EXTENSION_INVALID: step-ca/,
    },
    {
      what: "policies that step-ca's own certificate does not name",
      args: { intermediate: { policyConstraints: { requireExplicitPolicy: 1 } } },
      says: /intermediate\.policyConstraints\.requireExplicitPolicy: EXTENSION_INVALID: Go .* more than 1/,
    },
    {
      what: "purposes without those of step-ca's own certificate",
      args: { intermediate: { extendedKeyUsages: ["serverAuth"] } },
      says: /intermediate\.extendedKeyUsages: EXTENSION_INVALID: .* lacks clientAuth/,
    },
  ];
  for (const { what, args, says } of refusals) {
    void it(`refuse ${what}, before a key is made`, async () => {
      project.runsProgram(() => void authority(args));
      const run = await project.pulumi(UP);
      assert.notEqual(run.code, 0);
      assert.match(run.output, says);
      assert.equal(existsSync(join(project.directory, "keys")), false);
    });
  }

  void it("are also in the cross certificates of a rotation", async () => {
    project.setEnvironment({ KMS_PKI_NOW: "2026-12-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" });
    project.runsProgram(() => {
      const rotation = {
        root: { start: "2026-01-01T00:00:00Z", every: "400d", publishBefore: "100d", retireAfter: "100d" },
      };
      const root = { nameConstraints: COM, policies: [{ id: "1.2.3" }], inhibitAnyPolicy: 2 };
      const ca = authority({ root, rotation, dnsNames: ["ca.example.com"] });
      return { cross: ca.crossCertificates, roots: ca.roots };
    });
    await project.up();
    const outputs = await project.outputs();
    const pems = JSON.stringify(outputs).match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/g) ?? [];
    assert.ok(pems.length >= 3, JSON.stringify(outputs));
    for (const pem of pems) {
      const text = runTool("openssl", ["x509", "-noout", "-text"], pem.replaceAll("\\n", "\n"));
      assert.match(text, /Name Constraints: critical\s+Permitted:\s+DNS:example.com/);
      assert.match(text, /Policy: 1.2.3[^]*Inhibit Any Policy: critical\s+2/);
    }
  });
});
