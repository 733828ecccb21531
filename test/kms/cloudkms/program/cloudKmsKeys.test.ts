import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { CloudKmsKeys } from "../../../../provider/kms/cloudkms/program/cloudKmsKeys";
import type { KnownCloudSettings } from "../../../../provider/kms/cloudkms/program/cloudKmsKeysArgs";
import { checkCloudKmsKeys } from "../../../../provider/kms/cloudkms/program/cloudKmsKeysChecks";
import { cloudProject } from "../../../../provider/kms/cloudkms/program/cloudProject";
import type { Problem } from "../../../../provider/words/problem";
import type { Algorithm } from "../../../../provider/kms/algorithms";
import { serviceAccountFile } from "../../../cloudkms/connectProxy";
import { inEnvironment, setEnvironment } from "../../../fixtures/environment";
import { temporaryDirectory } from "../../../fixtures/temporaryDirectory";
import { found } from "../../../inputs/found";
import { bareInstallation } from "../../../fixtures/bareInstallation";

const PROJECT = "acme-pki";
const KEY = "projects/acme-pki/locations/global/keyRings/pki/cryptoKeys/root";
const VERSION = `${KEY}/cryptoKeyVersions/1`;

/** An environment without a project. */
const NO_PROJECT = {
  GOOGLE_PROJECT: undefined,
  GOOGLE_CLOUD_PROJECT: undefined,
  GCLOUD_PROJECT: undefined,
  CLOUDSDK_CORE_PROJECT: undefined,
};

const directory = temporaryDirectory();

/** Writes a credentials file. */
function credentials(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

/** Settings that the types would refuse. */
const untyped = (args: object): KnownCloudSettings => args;

const check = (args: object, algorithm: Algorithm = "ECDSA_P256"): Problem[] =>
  checkCloudKmsKeys(untyped(args), PROJECT, algorithm);

void describe("The settings of keys in Cloud KMS", () => {
  before(() => {
    setEnvironment(NO_PROJECT);
  });

  const accepted: readonly KnownCloudSettings[] = [
    {},
    { project: PROJECT, location: "europe-west3", keyRing: "Acme_pki-2", kmsUri: true },
    { protectionLevel: "HSM" },
    { protectionLevel: { root: "HSM", intermediate: "SOFTWARE" } },
    { existing: { keyRing: true, cryptoKeys: true } },
    { existing: { cryptoKeys: { root: true, "ssh-host-key": false } } },
    {
      existing: {
        ...{ root: VERSION, intermediate: `cloudkms:${KEY}2/cryptoKeyVersions/1` },
        "ssh-user-key": `cloudkms:resource=${KEY}2/cryptoKeyVersions/2`,
      },
    },
    { adopt: { "ssh-user-key": VERSION, "ssh-host-key": `${KEY}2/cryptoKeyVersions/1` } },
    { newKeys: ["root", "intermediate", "ssh-user-key", "ssh-host-key"] },
    { labels: { team: "pki" }, destroyScheduledDuration: "86400s" },
    { stepCaMember: "serviceAccount:step-ca@acme-pki.iam.gserviceaccount.com" },
    { credentialsFile: serviceAccountFile(directory) },
  ];
  for (const args of accepted) {
    void it(`may be ${JSON.stringify(args).replace(directory, "")}`, () => {
      assert.deepEqual(check(args), []);
      assert.deepEqual(new CloudKmsKeys({ project: PROJECT, ...args }).problems("ECDSA_P256"), []);
    });
  }

  const algorithms: readonly { algorithm: Algorithm; problems: readonly string[] }[] = [
    { algorithm: "RSA_4096_PSS", problems: [] },
    { algorithm: "ECDSA_P384", problems: [] },
    { algorithm: "ECDSA_P521", problems: ["ALGORITHM_UNSUPPORTED algorithm"] },
    { algorithm: "ED25519", problems: ["ALGORITHM_UNSUPPORTED algorithm"] },
    { algorithm: "DSA" as Algorithm, problems: ["ALGORITHM_UNSUPPORTED algorithm"] },
  ];
  for (const { algorithm, problems } of algorithms) {
    void it(`${problems.length === 0 ? "may" : "must not"} ask for ${algorithm}`, () => {
      assert.deepEqual(found(check({}, algorithm)), problems);
    });
  }

  void it("suggest what to choose instead of Ed25519", () => {
    const [problem] = check({}, "ED25519");
    assert.match(problem?.reason ?? "", /cannot sign with ED25519 keys in Cloud KMS/);
    assert.match(problem?.remedy ?? "", /^Choose one of ECDSA_P256, ECDSA_P384, RSA.*RSA_4096_PSS$/);
  });

  const refused: readonly { args: object; problems: readonly string[]; reason?: RegExp; remedy?: RegExp }[] = [
    ...["", "Europe", "eu west", "europe-west3/keyRings/x", "3"].map((location) => ({
      args: { location },
      problems: ["INPUT_INVALID keys.location"],
      reason: /Google does not allow the name/,
    })),
    ...["", "my pki", "pki.ca", "a/b", "x".repeat(64)].map((keyRing) => ({
      args: { keyRing },
      problems: ["INPUT_INVALID keys.keyRing"],
      reason: /Google does not allow the name/,
    })),
    {
      args: { protectionLevel: "EXTERNAL" },
      problems: ["INPUT_INVALID keys.protectionLevel"],
      reason: /"EXTERNAL" is not a protection level/,
      remedy: /^Choose SOFTWARE or HSM$/,
    },
    { args: { protectionLevel: { root: "hsm" } }, problems: ["INPUT_INVALID keys.protectionLevel.root"] },
    {
      args: { protectionLevel: { leaf: "HSM" } },
      problems: ["INPUT_INVALID keys.protectionLevel.leaf"],
      reason: /"leaf" is not a key/,
    },
    {
      args: { existing: { cryptoKeys: { leaf: true } } },
      problems: ["INPUT_INVALID keys.existing.cryptoKeys.leaf"],
      reason: /"leaf" is not a key/,
    },
    ...["", "30d", "86400", "-1s", "1.5s"].map((destroyScheduledDuration) => ({
      args: { destroyScheduledDuration },
      problems: ["INPUT_INVALID keys.destroyScheduledDuration"],
      reason: /is not a duration/,
      remedy: /such as 2592000s/,
    })),
    {
      args: { existing: { root: KEY } },
      problems: ["KEY_URI_INVALID keys.existing.root"],
      reason: /names a key without a version, and only a version signs/,
    },
    { args: { existing: { root: "" } }, problems: ["KEY_URI_INVALID keys.existing.root"] },
    { args: { existing: { intermediate: "root" } }, problems: ["KEY_URI_INVALID keys.existing.intermediate"] },
    {
      args: { existing: { leaf: VERSION } },
      problems: ["INPUT_INVALID keys.existing.leaf"],
      reason: /"leaf" is not a key/,
      remedy: /^Name one of root, intermediate, ssh-user-key, ssh-host-key$/,
    },
    { args: { adopt: { root: KEY } }, problems: ["KEY_URI_INVALID keys.adopt.root"], reason: /without a version/ },
    { args: { adopt: { ssh: VERSION } }, problems: ["INPUT_INVALID keys.adopt.ssh"] },
    {
      args: { existing: { intermediate: VERSION, "ssh-user-key": `cloudkms:${VERSION}` } },
      problems: ["INPUT_INVALID keys.existing.ssh-user-key"],
      reason: /\/1 is also the key of intermediate/,
      remedy: /^Give each its own key$/,
    },
    {
      args: { existing: { root: VERSION, intermediate: `cloudkms:${KEY}/cryptoKeyVersions/2` } },
      problems: ["INPUT_INVALID keys.existing.root"],
      reason: /versions of the same key/,
    },
    {
      args: { adopt: { root: VERSION, "root-g1": VERSION } },
      problems: ["INPUT_INVALID keys.adopt.root-g1"],
      reason: /is also the key of root/,
    },
    { args: { newKeys: ["root", "leaf"] }, problems: ["INPUT_INVALID keys.newKeys[1]"], reason: /"leaf" is not a key/ },
  ];
  for (const { args, problems, reason = /./, remedy = /./ } of refused) {
    void it(`must not be ${JSON.stringify(args)}`, () => {
      const all = check(args);
      assert.deepEqual(found(all), problems);
      assert.match(all[0]?.reason ?? "", reason);
      assert.match(all[0]?.remedy ?? "", remedy);
    });
  }

  const files: readonly { what: string; file: () => string; reason: RegExp }[] = [
    ...["authorized_user", "external_account", "impersonated_service_account", "gdch_service_account"].map((type) => ({
      what: `holds credentials of the type ${type}`,
      file: () => credentials(`${type}.json`, JSON.stringify({ type, refresh_token: "secret-refresh-token" })),
      reason: new RegExp(`holds credentials of the type ${type}, which step-ca does not accept`),
    })),
    {
      what: "has no type",
      file: () => credentials("untyped.json", "{}"),
      reason: /holds credentials of the type undefined/,
    },
    {
      what: "is missing",
      file: () => join(directory, "absent.json"),
      reason: /absent\.json" cannot be read: ENOENT/,
    },
    { what: "is a folder", file: () => directory, reason: /cannot be read: EISDIR/ },
    {
      what: "is not JSON",
      file: () => credentials("text.json", "secret-refresh-token"),
      reason: /text\.json" cannot be read: it is not JSON$/,
    },
    { what: "is empty", file: () => credentials("empty.json", ""), reason: /it is not JSON$/ },
    { what: "contains nothing", file: () => credentials("null.json", "null"), reason: /null\.json"/ },
  ];
  for (const { what, file, reason } of files) {
    void it(`must not name a credentials file that ${what}`, () => {
      const all = check({ credentialsFile: file() });
      assert.deepEqual(found(all), ["INPUT_INVALID keys.credentialsFile"]);
      assert.match(all[0]?.reason ?? "", reason);
      assert.match(
        all[0]?.remedy ?? "",
        /^Give the key file of a service account\. .*omit it and run gcloud auth application-default login or set GOOGLE_APPLICATION_CREDENTIALS$/,
      );
      assert.ok(!JSON.stringify(all).includes("secret-refresh-token"));
    });
  }

  void it("must include the project, which is not guessed", () => {
    const [problem, ...others] = checkCloudKmsKeys({}, undefined, "ECDSA_P256");
    assert.ok(problem !== undefined);
    assert.deepEqual([...found([problem]), ...others], ["INPUT_INVALID keys.project"]);
    assert.match(problem.remedy, /gcp:project, or GOOGLE_CLOUD_PROJECT/);
    assert.deepEqual(found(new CloudKmsKeys({}).problems("ECDSA_P256")), ["INPUT_INVALID keys.project"]);
    for (const project of ["", "Acme", "acme pki", "a", "123456789012"]) {
      assert.deepEqual(found(checkCloudKmsKeys({}, project, "ECDSA_P256")), ["INPUT_INVALID keys.project"], project);
    }
    assert.deepEqual(checkCloudKmsKeys({}, "example.com:acme-pki", "ECDSA_P256"), []);
  });

  void it("take the project from the environment as @pulumi/gcp does, but prefer the argument", async () => {
    const all = { GOOGLE_PROJECT: "a", GOOGLE_CLOUD_PROJECT: "b", GCLOUD_PROJECT: "c", CLOUDSDK_CORE_PROJECT: "d" };
    for (const [name, project] of Object.entries(all)) {
      const rest = Object.fromEntries(Object.entries(all).filter(([, other]) => other >= project));
      await inEnvironment({ ...NO_PROJECT, ...rest }, () => {
        assert.equal(cloudProject(undefined), project, name);
        assert.equal(cloudProject("said"), "said");
        return Promise.resolve();
      });
    }
    assert.equal(cloudProject(undefined), undefined);
  });

  void it("are refused all at once", () => {
    const args = {
      location: "X",
      keyRing: "x y",
      protectionLevel: "x",
      destroyScheduledDuration: "1",
      existing: { root: "x" },
      adopt: { root: "y" },
      newKeys: ["z"],
      credentialsFile: join(directory, "absent.json"),
    };
    assert.deepEqual(found(checkCloudKmsKeys(untyped(args), "X", "ED25519")), [
      "ALGORITHM_UNSUPPORTED algorithm",
      "INPUT_INVALID keys.project",
      "INPUT_INVALID keys.location",
      "INPUT_INVALID keys.keyRing",
      "INPUT_INVALID keys.protectionLevel",
      "INPUT_INVALID keys.destroyScheduledDuration",
      "KEY_URI_INVALID keys.existing.root",
      "KEY_URI_INVALID keys.adopt.root",
      "INPUT_INVALID keys.newKeys[0]",
      "INPUT_INVALID keys.credentialsFile",
    ]);
  });

  void it("are refused when Google's library is not installed", () => {
    const elsewhere = bareInstallation();
    const program =
      'const { checkCloudKmsKeys } = require("./kms/cloudkms/program/cloudKmsKeysChecks.js");' +
      'console.log(JSON.stringify(checkCloudKmsKeys({}, "acme-pki", "ECDSA_P256")));';
    const output = execFileSync(process.execPath, ["-e", program], { cwd: elsewhere, encoding: "utf8" });
    const problems = JSON.parse(output) as Problem[];
    assert.deepEqual(found(problems), ["BACKEND_NOT_INSTALLED keys"]);
    assert.equal(problems[0]?.remedy, "npm install @google-cloud/kms");
  });
});

void describe("The kms block of keys in Cloud KMS", () => {
  const blocks: readonly { args: KnownCloudSettings; block: object }[] = [
    { args: {}, block: { type: "cloudkms" } },
    { args: { kmsUri: true }, block: { type: "cloudkms", uri: "cloudkms:" } },
    { args: { credentialsFile: "google/ca.json" }, block: { type: "cloudkms", credentialsFile: "google/ca.json" } },
    {
      args: { credentialsFile: "google/my ca.json", kmsUri: true },
      block: { type: "cloudkms", uri: "cloudkms:credentials-file=google/my%20ca.json" },
    },
  ];
  for (const { args, block } of blocks) {
    void it(`with ${JSON.stringify(args)} is ${JSON.stringify(block)}`, () => {
      assert.deepEqual(new CloudKmsKeys({ project: PROJECT, ...args }).kms, block);
    });
  }
});
