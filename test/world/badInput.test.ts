import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { PASSPHRASE, UP } from "../engine/project";
import { WorldProject } from "./worldProject";

interface BadConfig {
  readonly config: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Each must be in the output of the CLI. */
  readonly says: readonly RegExp[];
}

const BAD_CONFIGS: Readonly<Record<string, BadConfig>> = {
  "an unknown key management service": { config: { kms: "vault" }, says: [/CONFIG_INVALID.*kms-pki:kms.*softkms/] },
  "an unknown algorithm": { config: { algorithm: "ECDSA_P224" }, says: [/algorithm: ALGORITHM_UNSUPPORTED/] },
  "a validity of nothing": { config: { rootValidity: "0h" }, says: [/kms-pki:rootValidity: VALIDITY_INVALID/] },
  "a validity that overflows": {
    config: { rootValidity: "2562048000h" },
    says: [/kms-pki:rootValidity: VALIDITY_INVALID/],
  },
  "an intermediate that outlives the root": {
    config: { rootValidity: "24h", intermediateValidity: "25h" },
    says: [/kms-pki:intermediateValidity: VALIDITY_EXCEEDS_ISSUER/],
  },
  "a renewal as long as the root's life": {
    config: { rootValidity: "24h", rootRenewBefore: "1d" },
    says: [/kms-pki:rootRenewBefore: VALIDITY_INVALID/],
  },
  "a renewal longer than what the root leaves to the intermediate": {
    config: { rootValidity: "24h", intermediateRenewBefore: "25h" },
    says: [/kms-pki:intermediateRenewBefore: VALIDITY_INVALID/],
  },
  "a clock that no test has enabled": {
    config: {},
    environment: { KMS_PKI_NOW: "2031-01-01T00:00:00Z" },
    says: [/CONFIG_INVALID: KMS_PKI_NOW.*KMS_PKI_TEST_CLOCK=1/],
  },
  "the plugin": {
    config: {},
    environment: { PULUMI_KMS_PKI_PLUGIN: "1" },
    says: [/CONFIG_INVALID: PULUMI_KMS_PKI_PLUGIN=1.*kms-pki:name/],
  },
  "an empty common name": { config: { rootCommonName: " " }, says: [/kms-pki:rootCommonName: SUBJECT_INVALID/] },
  "a bad server name": { config: { "dnsNames[0]": "under score.example" }, says: [/dnsNames\[0\]: SAN_INVALID/] },
  "a bad address": { config: { address: "9443" }, says: [/address: INPUT_INVALID/] },
  "a key directory that is a file": {
    config: { directory: "package.json" },
    says: [/kms-pki:directory: KEY_DIRECTORY_UNUSABLE/],
  },
  "no passphrase": {
    config: {},
    environment: { KMS_PKI_PASSPHRASE_FILE: "" },
    says: [/SECRET_MISSING.*KMS_PKI_PASSPHRASE_FILE.*passphraseFile/],
  },
  "a passphrase file that is not there": {
    config: {},
    environment: { KMS_PKI_PASSPHRASE_FILE: "/nonexistent/passphrase" },
    says: [/SECRET_MISSING.*\/nonexistent\/passphrase/],
  },
  "config of the wrong type": { config: { ssh: "perhaps" }, says: [/ssh.*boolean/] },
  "several at once": {
    config: { algorithm: "DSA", rootValidity: "1y", address: "x" },
    says: [/3 problems/, /ALGORITHM_UNSUPPORTED/, /VALIDITY_INVALID/, /address: INPUT_INVALID/],
  },
};

async function assertNothingMade(project: WorldProject): Promise<void> {
  assert.equal(existsSync(join(project.directory, "keys")), false, "a key directory was made");
  const made = (await project.state()).resources.filter(({ type }) => type.includes("dynamic"));
  assert.deepEqual(made, []);
}

void describe("Bad config of the root stack", () => {
  for (const [what, { config, environment = {}, says }] of Object.entries(BAD_CONFIGS)) {
    void it(`is refused before anything is made: ${what}`, async () => {
      const namespaced = Object.entries(config).map(([key, value]) => [`kms-pki:${key}`, value]);
      const project = await WorldProject.rootStack(Object.fromEntries(namespaced) as Record<string, string>);
      try {
        const run = await project.pulumi(UP, environment);
        assert.notEqual(run.code, 0);
        for (const pattern of says) {
          assert.match(run.output, pattern);
        }
        assert.equal(run.output.includes(PASSPHRASE), false);
        await assertNothingMade(project);
      } finally {
        project.remove();
      }
    });
  }

  void it("is refused when the passphrase is not that of the keys, and no key is made", async () => {
    const project = await WorldProject.rootStack({ "kms-pki:ssh": "false" });
    try {
      await project.up();
      await project.setConfig("kms-pki:ssh", "true");
      const run = await project.pulumi(UP, { KMS_PKI_PASSPHRASE: "another" });
      assert.notEqual(run.code, 0);
      assert.match(run.output, /PASSPHRASE_REJECTED/);
      assert.equal(existsSync(join(project.directory, "keys", "ssh-user-key.pem")), false);
    } finally {
      project.remove();
    }
  });
});

const BAD_PROGRAMS: Readonly<Record<string, { program: string; says: RegExp[] }>> = {
  "a bad country": {
    program: `new pki.Certificate("c", { key, subject: { commonName: "C", country: "Switzerland" } });`,
    says: [/subject\.country: COUNTRY_INVALID/],
  },
  "a bad alternative name": {
    program: `new pki.Certificate("c", { key, subject: { commonName: "C" }, ipAddresses: ["300.1.1.1"] });`,
    says: [/ipAddresses\[0\]: SAN_INVALID/],
  },
  "a path length of a leaf": {
    program: `new pki.Certificate("c", { key, profile: "leaf", subject: { commonName: "C" }, pathLength: 0 });`,
    says: [/pathLength: PATH_LENGTH_VIOLATED/],
  },
  "a renewal as long as the validity": {
    program: `new pki.Certificate("c", { key, subject: { commonName: "C" }, validity: "24h", renewBefore: "24h" });`,
    says: [/renewBefore: VALIDITY_INVALID/],
  },
  "an issuer that cannot sign": {
    program: `
      const root = new pki.Certificate("root", { key, subject: { commonName: "Root" } });
      const child = new pki.Certificate("child", { publicKeyPem: key.publicKeyPem, issuer: root, subject: { commonName: "Child" } });
      new pki.Certificate("grandchild", { key, issuer: child, subject: { commonName: "Grandchild" } });`,
    says: [/issuer: INPUT_INVALID/],
  },
};

void describe("Bad arguments of a resource", () => {
  for (const [what, { program, says }] of Object.entries(BAD_PROGRAMS)) {
    void it(`are refused before anything is made: ${what}`, async () => {
      const project = await WorldProject.program(
        `const key = new pki.SoftKey("key", { encryption: "none" });${program}`,
      );
      try {
        const run = await project.pulumi(UP);
        assert.notEqual(run.code, 0);
        for (const pattern of says) {
          assert.match(run.output, pattern);
        }
        await assertNothingMade(project);
      } finally {
        project.remove();
      }
    });
  }

  void it("are refused once the engine knows them, if they are unknown before", async () => {
    const project = await WorldProject.program(`
      const key = new pki.SoftKey("key", { encryption: "none" });
      const country = key.uri.apply(() => "Switzerland");
      new pki.Certificate("late", { key, subject: { commonName: "Late", country } });`);
    try {
      const run = await project.pulumi(UP);
      assert.notEqual(run.code, 0);
      assert.match(run.output, /COUNTRY_INVALID/);
      assert.match(run.output, /subject\.country/);
    } finally {
      project.remove();
    }
  });

  void it("never overwrite a foreign key file", async () => {
    const project = await WorldProject.program(
      `new pki.SoftKey("key", { directory: ".", name: "mine", encryption: "none" });`,
    );
    try {
      writeFileSync(join(project.directory, "mine.pem"), "precious");
      const run = await project.pulumi(UP);
      assert.match(run.output, /KEY_EXISTS/);
      assert.equal(project.read("mine.pem"), "precious");
    } finally {
      project.remove();
    }
  });

  void it("never put two keys into one file, whatever the resources' parents are", async () => {
    const project = await WorldProject.program(`
      class Box extends pulumi.ComponentResource {
        constructor(name) {
          super("acme:index:Box", name);
          new pki.SoftKey("key", { encryption: "none" }, { parent: this });
        }
      }
      class Crate extends pulumi.ComponentResource {
        constructor(name) {
          super("acme:index:Crate", name);
          new pki.SoftKey("key", { encryption: "none" }, { parent: this });
        }
      }
      new Box("box");
      new Crate("crate");`);
    try {
      const run = await project.pulumi(UP);
      assert.notEqual(run.code, 0);
      assert.match(run.output, /KEY_EXISTS/);
    } finally {
      project.remove();
    }
  });
});
