import assert from "node:assert/strict";
import { copyFileSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { CA, makeCa, newKey } from "../corpus/caWorkshop";
import { shellBlock } from "../documentation/shellBlocks";
import { countingCalls } from "../engine/providerCalls";
import { UP } from "../engine/project";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { adoptBoth, type ForeignCa, foreignCa } from "./foreignCa";
import { WorldProject } from "./worldProject";

const skip = missing("openssl");
const NOTHING_SIGNED = { sign: 0, generateKeyPair: 0 };

void describe("The certificates of another tool that a root stack adopts", { skip }, () => {
  let ca: ForeignCa;
  before(async () => {
    ca = await foreignCa();
    const lines = shellBlock("docs/existing-cas.md", "kms-pki:rootAdopt").trim().split("\n");
    for (const line of lines) {
      const [setting = "", file = ""] = line.replace("pulumi config set --path ", "").split(" ");
      copyFileSync(join(ca.project.directory, file.replace("_ca", "")), join(ca.project.directory, file));
      await ca.project.setConfig(setting, file);
    }
  });
  after(() => {
    ca.project.remove();
  });
  const served = async (): Promise<unknown[]> => {
    const { rootCertificate, intermediateCertificate } = await ca.project.outputs();
    return [rootCertificate, intermediateCertificate];
  };
  /** Runs `up`, which signs nothing and makes no key. */
  const quietUp = async (...args: string[]): Promise<string> => {
    const { run, calls } = await countingCalls(ca.project, [...UP, ...args]);
    assert.deepEqual({ sign: calls.sign, generateKeyPair: calls.generateKeyPair }, NOTHING_SIGNED);
    return run.output;
  };

  void it("become its own byte for byte, and nothing is signed", async () => {
    const preview = await ca.project.succeed(["preview"]);
    assert.doesNotMatch(preview.output, /not as the program declares/);
    assert.doesNotMatch(await quietUp(), /not as the program declares/);
    assert.deepEqual(await served(), [ca.rootPem, ca.intermediatePem]);
    const exported = await ca.project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(exported.code, 0, exported.output);
    assert.equal(ca.project.read("ca/root_ca.crt"), ca.rootPem);
    assert.equal(ca.project.read("ca/intermediate_ca.crt"), ca.intermediatePem);
    const status = await ca.project.kmsPki(["status"]);
    assert.equal(status.code, 0, status.output);
  });

  void it("stay in the next run, after a refresh, and after the settings are removed", async () => {
    await quietUp("--expect-no-changes");
    await ca.project.succeed(["refresh", "--yes"]);
    await quietUp("--expect-no-changes");
    await ca.project.succeed(["config", "rm", "kms-pki:rootAdopt"]);
    await ca.project.succeed(["config", "rm", "kms-pki:intermediateAdopt"]);
    await quietUp("--expect-no-changes");
    await adoptBoth(ca.project);
    await quietUp("--expect-no-changes");
    assert.deepEqual(await served(), [ca.rootPem, ca.intermediatePem]);
  });

  void it("are protected", async () => {
    const { code, output } = await ca.project.pulumi(["destroy", "--yes"]);
    assert.notEqual(code, 0);
    assert.match(output, /protect/);
  });

  void it("do not give way to others", async () => {
    const file = join(ca.project.directory, "other.crt");
    writeFileSync(file, makeCa({ keyPem: ca.rootKeyPem, subject: "/CN=Smallstep Root" }).certificatePem);
    await ca.project.setConfigObject("kms-pki:rootAdopt", { certificate: "other.crt" });
    await ca.project.succeed(["config", "rm", "kms-pki:intermediateAdopt"]);
    const { code, output } = await ca.project.pulumi(["preview"]);
    assert.notEqual(code, 0);
    assert.match(output, /ADOPTED_CERTIFICATE_CHANGED: adopt\.certificatePem is another certificate than the recorded/);
    await adoptBoth(ca.project);
  });

  void it("stay when they are to be reissued but say all that the settings say", async () => {
    await ca.project.setConfig("kms-pki:rootAdopt.reissue", "true");
    await quietUp();
    assert.deepEqual(await served(), [ca.rootPem, ca.intermediatePem]);
  });

  void it("keep name and key identifier when a setting changes, so what is below verifies on", async () => {
    await ca.project.setConfigObject("kms-pki:rootOcspServers", ["http://ocsp.example.com"]);
    const { calls } = await countingCalls(ca.project, UP);
    assert.equal(calls.sign, 1);
    const [root, intermediate] = await served();
    assert.equal(intermediate, ca.intermediatePem, "it is still under its root");
    assert.notEqual(root, ca.rootPem);
    const file = join(ca.project.directory, "new-root.crt");
    writeFileSync(file, String(root));
    const below = join(ca.project.directory, "intermediate.crt");
    assert.match(openssl(["verify", "-x509_strict", "-CAfile", file, below]), /OK/);
  });
});

void describe("The certificates of step that a root stack adopts", { skip: missing("openssl", "step") }, () => {
  void it("become its own without a difference, and stay when their root is renewed", async () => {
    const { project, rootPem, intermediatePem } = await foreignCa({}, { byStep: true });
    try {
      await adoptBoth(project);
      const { run, calls } = await countingCalls(project, UP);
      assert.equal(calls.sign, 0);
      assert.doesNotMatch(run.output, /not as the program declares/);
      await project.setConfig("kms-pki:rootRenewBefore", "3600d");
      project.setEnvironment({
        KMS_PKI_NOW: new Date(Date.now() + 100 * 86_400_000).toISOString(),
        KMS_PKI_TEST_CLOCK: "1",
      });
      assert.equal((await countingCalls(project, UP)).calls.sign, 1);
      const root = await project.output("rootCertificate");
      assert.notEqual(root, rootPem);
      assert.equal(await project.output("intermediateCertificate"), intermediatePem);
      const file = join(project.directory, "renewed.crt");
      writeFileSync(file, root);
      const time = ["-attime", String(Math.floor(Date.now() / 1000) + 101 * 86_400)];
      assert.match(openssl(["verify", ...time, "-CAfile", file, join(project.directory, "intermediate.crt")]), /OK/);
    } finally {
      project.remove();
    }
  });
});

void describe("Settings that differ from adopted certificates", { skip }, () => {
  void it("are shown in preview and up, and acted upon only with reissue", async () => {
    const { project, rootPem } = await foreignCa({ "kms-pki:name": "Example" });
    const shown = /subject: the certificate says "CN=Smallstep Root", the program "CN=Example Root"/;
    try {
      await adoptBoth(project);
      assert.match((await project.succeed(["preview"])).output, shown);
      assert.match((await project.up()).output, shown);
      assert.match((await project.succeed([...UP, "--expect-no-changes"])).output, shown);
      assert.equal(await project.output("rootCertificate"), rootPem);
      await project.setConfig("kms-pki:rootAdopt.reissue", "true");
      await project.setConfig("kms-pki:intermediateAdopt.reissue", "true");
      const { calls } = await countingCalls(project, UP);
      assert.equal(calls.sign, 2);
      const root = await project.output("rootCertificate");
      assert.match(openssl(["x509", "-noout", "-subject"], root), /Example Root/);
      const extension = (pem: string): string => openssl(["x509", "-noout", "-ext", "subjectKeyIdentifier"], pem);
      assert.equal(extension(root), extension(rootPem));
      assert.doesNotMatch((await project.succeed([...UP, "--expect-no-changes"])).output, shown);
    } finally {
      project.remove();
    }
  });
});

void describe("A certificate to adopt", { skip }, () => {
  /** Certificates that are none of a new stack's. */
  const root = makeCa({ subject: "/CN=Smallstep Root" });
  const other = makeCa({ subject: "/CN=Other Root" });
  const below = makeCa({ subject: "/CN=Smallstep Intermediate", issuer: root });
  const rsa = makeCa({ keyPem: newKey("RSA-2048") });
  const leaf = makeCa({ extensions: "basicConstraints=CA:FALSE\n" });
  const FILES: Readonly<Record<string, string>> = {
    "root.crt": root.certificatePem,
    "other.crt": other.certificatePem,
    "below.crt": below.certificatePem,
    "rsa.crt": rsa.certificatePem,
    "leaf.crt": leaf.certificatePem,
    "key.pem": root.certificatePem + root.keyPem,
    "none.crt": "none",
  };
  const at = (file: unknown, more: object = {}): object => ({ certificate: file, ...more });
  const cases: readonly {
    readonly what: string;
    readonly root?: unknown;
    readonly intermediate?: unknown;
    readonly found: RegExp;
  }[] = [
    {
      what: "no file",
      root: at("absent.crt"),
      found: /FILE_UNUSABLE: kms-pki:rootAdopt\.certificate "absent\.crt" cannot be read/,
    },
    {
      what: "a file with a private key",
      root: at("key.pem"),
      found: /PRIVATE_KEY_GIVEN: the file of kms-pki:rootAdopt\.certificate/,
    },
    {
      what: "a file without a certificate",
      root: at("none.crt"),
      found: /INPUT_INVALID: the file of kms-pki:rootAdopt\.certificate/,
    },
    { what: "a number", root: 7, found: /CONFIG_INVALID: kms-pki:rootAdopt names no file/ },
    { what: "a list", intermediate: [], found: /CONFIG_INVALID: kms-pki:intermediateAdopt names no file/ },
    { what: "a text", root: "root.crt", found: /CONFIG_INVALID: kms-pki:rootAdopt names no file/ },
    { what: "a number as its file", root: at(7), found: /CONFIG_INVALID: kms-pki:rootAdopt names no file/ },
    {
      what: "an unknown field",
      root: at("root.crt", { renew: true }),
      found: /kms-pki:rootAdopt\.renew: INPUT_INVALID: there is no such argument/,
    },
    {
      what: "a text as reissue",
      root: at("root.crt", { reissue: "yes" }),
      found: /kms-pki:rootAdopt\.reissue: INPUT_INVALID: "yes" is not true or false/,
    },
    { what: "a leaf", root: at("leaf.crt"), found: /kms-pki:rootAdopt\.certificate: ISSUER_NOT_CA/ },
    {
      what: "an intermediate as a root",
      root: at("below.crt"),
      found: /kms-pki:rootAdopt\.certificate: INPUT_INVALID: .*not signed by its own key/,
    },
    {
      what: "a key for another algorithm",
      root: at("rsa.crt"),
      found: /kms-pki:rootAdopt\.certificate: ADOPTED_KEY_MISMATCH: its key does not sign with ECDSA_P256/,
    },
    {
      what: "an intermediate of another root",
      root: at("other.crt"),
      intermediate: at("below.crt"),
      found: /kms-pki:intermediateAdopt\.certificate: ADOPTED_ISSUER_MISMATCH: the root did not issue it/,
    },
    {
      what: "an intermediate of another root, even to be reissued",
      root: at("other.crt"),
      intermediate: at("below.crt", { reissue: true }),
      found: /kms-pki:intermediateAdopt\.certificate: ADOPTED_ISSUER_MISMATCH: the root did not issue it/,
    },
    {
      what: "a certificate whose key is yet to be made",
      root: at("root.crt"),
      found: /kms-pki:rootAdopt: ADOPTED_KEY_MISMATCH: its key would be made now.*kms-pki:adopt\.root' KEY/,
    },
    {
      what: "an intermediate without its root",
      intermediate: at("below.crt"),
      found: /kms-pki:intermediateAdopt: ADOPTED_ISSUER_MISMATCH: the root is yet to be made/,
    },
  ];
  for (const { what, root: rootAdopt, intermediate, found } of cases) {
    void it(`is refused before anything is made: ${what}`, async () => {
      const project = await WorldProject.rootStack({ "kms-pki:ssh": "false" });
      try {
        for (const [name, content] of Object.entries(FILES)) {
          writeFileSync(join(project.directory, name), content, { mode: 0o600 });
        }
        for (const [name, value] of Object.entries({ rootAdopt, intermediateAdopt: intermediate })) {
          if (value !== undefined) {
            await project.setConfigObject(`kms-pki:${name}`, value as object);
          }
        }
        for (const args of [["preview"], UP]) {
          const { code, output } = await project.pulumi(args);
          assert.notEqual(code, 0);
          assert.match(output, found);
          assert.doesNotMatch(output, /TypeError|PRIVATE KEY-----/);
        }
        assert.equal(existsSync(join(project.directory, "keys")), false, "no key was made");
      } finally {
        project.remove();
      }
    });
  }

  void it("is refused before its root is reissued under another name, unless it is to be reissued, too", async () => {
    const { project } = await foreignCa();
    try {
      await adoptBoth(project);
      await project.setConfig("kms-pki:rootAdopt.reissue", "true");
      await project.setConfig("kms-pki:rootCommonName", "Renamed");
      const { code, output } = await project.pulumi(UP);
      assert.notEqual(code, 0);
      assert.match(
        output,
        /kms-pki:intermediateAdopt: ADOPTED_ISSUER_MISMATCH: the root would be reissued under another/,
      );
      assert.ok(!(await project.state()).resources.some(({ urn }) => urn.endsWith("::ca-root")), "nothing was made");
      await project.setConfig("kms-pki:intermediateAdopt.reissue", "true");
      await project.up();
      await project.succeed([...UP, "--expect-no-changes"]);
    } finally {
      project.remove();
    }
  });

  void it("is taken ahead of its time, and the run says from when it is valid", async () => {
    const { project, rootPem } = await foreignCa();
    try {
      await adoptBoth(project);
      project.setEnvironment({ KMS_PKI_NOW: "2020-01-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" });
      const { output } = await project.up();
      assert.match(output, /is not valid before 20\d\d-\S+Z: until then, nobody accepts what it issues/);
      assert.equal(await project.output("rootCertificate"), rootPem);
    } finally {
      project.remove();
    }
  });

  void it("is refused when it has ended, unless it is to be reissued", async () => {
    const { project, rootPem } = await foreignCa();
    try {
      await adoptBoth(project);
      project.setEnvironment({ KMS_PKI_NOW: "2040-01-01T00:00:00Z", KMS_PKI_TEST_CLOCK: "1" });
      const { code, output } = await project.pulumi(["preview"]);
      assert.notEqual(code, 0);
      assert.match(output, /kms-pki:rootAdopt\.certificate: VALIDITY_INVALID: it ended on/);
      assert.match(output, /kms-pki:intermediateAdopt\.certificate: VALIDITY_INVALID: it ended on/);
      await adoptBoth(project, { reissue: true });
      const { calls } = await countingCalls(project, UP);
      assert.equal(calls.sign, 2);
      assert.notEqual(await project.output("rootCertificate"), rootPem);
      assert.deepEqual(readdirSync(join(project.directory, "keys")), ["intermediate.pem", "root.pem"]);
    } finally {
      project.remove();
    }
  });
});

void describe("A certificate to adopt that a program gives", { skip }, () => {
  const program = (pem: string): string => `
    const id = new pki.AuthorityId("later");
    const later = (value) => id.authorityId.apply(() => value);
    const key = new pki.ExistingKey("key", { uri: "softkms:path=outside.pem" });
    const adopt = { certificatePem: later(${JSON.stringify(pem)}), reissue: later(false) };
    const root = new pki.Certificate("root", { key, subject: { commonName: "Outside" }, adopt });
    exports.root = root.certificatePem;`;

  void it("may be known only in the run, which checks it", async () => {
    const { keyPem, certificatePem } = makeCa({ subject: "/CN=Outside" });
    const project = await WorldProject.program(program(makeCa().certificatePem));
    try {
      writeFileSync(join(project.directory, "outside.pem"), keyPem, { mode: 0o600 });
      await project.succeed(["preview"]);
      assert.match((await project.pulumi(UP)).output, /ADOPTED_KEY_MISMATCH: the certificate in adopt\.certificatePem/);
      project.setProgram(program(`subject\r\n${certificatePem.replaceAll("\n", "\r\n")}`));
      await project.up();
      assert.equal(await project.output("root"), certificatePem);
      assert.match((await project.up()).output, /unchanged/);
    } finally {
      project.remove();
    }
  });

  void it("constrains the names of everything below it, although the program does not declare that", async () => {
    const { keyPem, certificatePem } = makeCa({
      subject: "/CN=Outside",
      extensions: `${CA}nameConstraints=critical,permitted;DNS:example.com\n`,
    });
    const project = await WorldProject.program(`
      const key = new pki.ExistingKey("key", { uri: "softkms:path=outside.pem" });
      const adopt = { certificatePem: ${JSON.stringify(certificatePem)} };
      const root = new pki.Certificate("root", { key, subject: { commonName: "Outside" }, pathLength: "unlimited", adopt });
      const issuing = new pki.SoftKey("issuing");
      const issuer = new pki.Certificate("issuing", { key: issuing, issuer: root, subject: { commonName: "Issuing" } });
      const leaf = { key: new pki.SoftKey("leaf"), issuer, profile: "leaf" };
      new pki.Certificate("leaf", { ...leaf, dnsNames: ["leaf.example.org"] });`);
    try {
      writeFileSync(join(project.directory, "outside.pem"), keyPem, { mode: 0o600 });
      assert.match((await project.pulumi(["preview"])).output, /dnsNames\[0\]: NAME_NOT_PERMITTED/);
    } finally {
      project.remove();
    }
  });
});
