import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { AwsKmsKeys } from "../../../../provider/kms/awskms/program/awsKmsKeys";
import type { KnownAwsSettings } from "../../../../provider/kms/awskms/program/awsKmsKeysArgs";
import {
  checkAwsKmsKeys,
  checkRecordedAwsKey,
  type WantedAwsSettings,
} from "../../../../provider/kms/awskms/program/awsKmsKeysChecks";
import type { PlannedKey } from "../../../../provider/authority/plannedKey";
import type { Problem } from "../../../../provider/words/problem";
import type { Algorithm } from "../../../../provider/kms/algorithms";
import { found } from "../../../inputs/found";
import { bareInstallation } from "../../../fixtures/bareInstallation";

const ID = "1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER_ID = ID.replace("1", "2");
const OTHER_KEY = `key/${OTHER_ID}`;
const arn = (region: string, resource = `key/${ID}`): string => `arn:aws:kms:${region}:111122223333:${resource}`;

/** Settings that the types would refuse. */
const untyped = (args: object): KnownAwsSettings => args;

void describe("The settings of keys in AWS KMS", () => {
  const accepted: readonly KnownAwsSettings[] = [
    {},
    { region: "us-east-1", profile: "ca", credentialsFile: "aws/credentials", aliasPrefix: "pki", kmsUri: true },
    { region: "us-gov-west-1" },
    { region: "ap-southeast-3" },
    { aliasPrefix: "acme/pki_2-ca" },
    { aliasPrefix: "awsome" },
    { deletionWindowInDays: 7 },
    { deletionWindowInDays: 30 },
    { existing: { root: ID, intermediate: "alias/pki-intermediate", "ssh-user-key": `awskms:key-id=${OTHER_ID}` } },
    { region: "us-east-1", existing: { root: arn("eu-west-1"), intermediate: arn("us-east-1", OTHER_KEY) } },
    { existing: { root: arn("eu-west-1"), intermediate: arn("us-east-1", OTHER_KEY) } },
    { adopt: { "ssh-user-key": ID, "ssh-host-key": OTHER_ID.toUpperCase() } },
    { newKeys: ["root", "intermediate", "ssh-user-key", "ssh-host-key"] },
    { tags: { team: "pki", Name: "x" } },
  ];
  for (const args of accepted) {
    void it(`may be ${JSON.stringify(args)}`, () => {
      assert.deepEqual(checkAwsKmsKeys(args, "ECDSA_P256"), []);
      assert.deepEqual(new AwsKmsKeys(args).problems("ECDSA_P256"), []);
    });
  }

  const algorithms: readonly { algorithm: Algorithm; problems: readonly string[] }[] = [
    { algorithm: "RSA_4096_PSS", problems: [] },
    { algorithm: "ECDSA_P521", problems: [] },
    { algorithm: "ED25519", problems: ["ALGORITHM_UNSUPPORTED algorithm"] },
    { algorithm: "DSA" as Algorithm, problems: ["ALGORITHM_UNSUPPORTED algorithm"] },
  ];
  for (const { algorithm, problems } of algorithms) {
    void it(`${problems.length === 0 ? "may" : "must not"} ask for ${algorithm}`, () => {
      assert.deepEqual(found(checkAwsKmsKeys({}, algorithm)), problems);
    });
  }

  void it("suggest what to choose instead of Ed25519", () => {
    const [problem] = checkAwsKmsKeys({}, "ED25519");
    assert.match(problem?.reason ?? "", /cannot sign with ED25519 keys in AWS KMS/);
    assert.match(problem?.remedy ?? "", /^Choose one of ECDSA_P256, .*RSA_4096_PSS$/);
  });

  const refused: readonly { args: object; problems: readonly string[]; reason?: RegExp }[] = [
    { args: { region: "" }, problems: ["INPUT_INVALID keys.region"] },
    { args: { region: "us-east" }, problems: ["INPUT_INVALID keys.region"], reason: /"us-east" is not an AWS region/ },
    { args: { region: "US-EAST-1" }, problems: ["INPUT_INVALID keys.region"] },
    { args: { region: "us-east-1 " }, problems: ["INPUT_INVALID keys.region"] },
    { args: { aliasPrefix: "" }, problems: ["INPUT_INVALID keys.aliasPrefix"], reason: /cannot be part of an alias/ },
    { args: { aliasPrefix: "my pki" }, problems: ["INPUT_INVALID keys.aliasPrefix"] },
    { args: { aliasPrefix: "pki:ca" }, problems: ["INPUT_INVALID keys.aliasPrefix"] },
    {
      args: { aliasPrefix: "Pki" },
      problems: ["INPUT_INVALID keys.aliasPrefix"],
      reason: /"Pki" has an uppercase letter\. step-ca lowercases an alias, so AWS would not find it/,
    },
    {
      args: { aliasPrefix: "aws/pki" },
      problems: ["INPUT_INVALID keys.aliasPrefix"],
      reason: /reserved for Amazon/,
    },
    ...[6, 31, 0, -7, 7.5, Number.NaN, "10"].map((deletionWindowInDays) => ({
      args: { deletionWindowInDays },
      problems: ["INPUT_INVALID keys.deletionWindowInDays"],
      reason: /is not within 7 to 30/,
    })),
    { args: { existing: { root: "root" } }, problems: ["KEY_URI_INVALID keys.existing.root"] },
    { args: { existing: { root: "" } }, problems: ["KEY_URI_INVALID keys.existing.root"] },
    {
      args: { existing: { intermediate: "alias/Pki" } },
      problems: ["KEY_URI_INVALID keys.existing.intermediate"],
      reason: /uppercase/,
    },
    { args: { existing: { leaf: ID } }, problems: ["INPUT_INVALID keys.existing.leaf"], reason: /"leaf" is not a key/ },
    {
      args: { region: "us-east-1", existing: { intermediate: arn("eu-west-1") } },
      problems: ["INPUT_INVALID keys.existing.intermediate"],
      reason: /the key is in eu-west-1, but step-ca uses us-east-1/,
    },
    {
      args: { region: "us-east-1", existing: { "ssh-user-key": `awskms:key-id=${ID};region=eu-west-1` } },
      problems: ["INPUT_INVALID keys.existing.ssh-user-key"],
    },
    { args: { adopt: { root: "nonsense" } }, problems: ["KEY_URI_INVALID keys.adopt.root"] },
    { args: { adopt: { ssh: ID } }, problems: ["INPUT_INVALID keys.adopt.ssh"] },
    {
      args: { adopt: { root: "alias/pki-root" } },
      problems: ["INPUT_INVALID keys.adopt.root"],
      reason: /"alias\/pki-root" is an alias/,
    },
    {
      args: { adopt: { root: arn("us-east-1", "alias/pki-root") } },
      problems: ["INPUT_INVALID keys.adopt.root"],
      reason: /is an alias/,
    },
    {
      args: { tags: { name: "x", "pulumi-kms-pki": "y", team: "pki" } },
      problems: ["INPUT_INVALID keys.tags.name", "INPUT_INVALID keys.tags.pulumi-kms-pki"],
      reason: /the package itself sets this/,
    },
    {
      args: { existing: { root: ID, "ssh-host-key": `awskms:key-id=${arn("us-east-1")}` } },
      problems: ["INPUT_INVALID keys.existing.ssh-host-key"],
      reason: /is also the key of root/,
    },
    {
      args: { adopt: { root: ID, intermediate: ID.toUpperCase() } },
      problems: ["INPUT_INVALID keys.adopt.intermediate"],
      reason: /is also the key of root/,
    },
    { args: { newKeys: ["root", "leaf"] }, problems: ["INPUT_INVALID keys.newKeys[1]"], reason: /"leaf" is not a key/ },
  ];
  for (const { args, problems, reason = /./ } of refused) {
    void it(`must not be ${JSON.stringify(args)}`, () => {
      const all = checkAwsKmsKeys(untyped(args), "ECDSA_P256");
      assert.deepEqual(found(all), problems);
      assert.match(all[0]?.reason ?? "", reason);
      assert.match(all[0]?.remedy ?? "", /./);
    });
  }

  void it("are refused all at once", () => {
    const args = {
      region: "x",
      aliasPrefix: "X",
      deletionWindowInDays: 1,
      existing: { root: "x" },
      adopt: { root: "y" },
    };
    assert.deepEqual(found(checkAwsKmsKeys(args, "ED25519")), [
      "ALGORITHM_UNSUPPORTED algorithm",
      "INPUT_INVALID keys.region",
      "INPUT_INVALID keys.aliasPrefix",
      "INPUT_INVALID keys.deletionWindowInDays",
      "KEY_URI_INVALID keys.existing.root",
      "KEY_URI_INVALID keys.adopt.root",
    ]);
  });

  void it("must not put the keys of step-ca in two regions", () => {
    const keys = new AwsKmsKeys({
      existing: { intermediate: arn("eu-west-1"), "ssh-user-key": arn("us-east-1", OTHER_KEY) },
    });
    assert.deepEqual(keys.kms, { type: "awskms", region: "eu-west-1" });
    assert.deepEqual(found(keys.problems("ECDSA_P256")), ["INPUT_INVALID keys.existing.ssh-user-key"]);
  });

  void it("are refused when the AWS SDK is not installed", () => {
    const elsewhere = bareInstallation();
    const program =
      'const { checkAwsKmsKeys } = require("./kms/awskms/program/awsKmsKeysChecks.js");' +
      'console.log(JSON.stringify(checkAwsKmsKeys({}, "ECDSA_P256")));';
    const output = execFileSync(process.execPath, ["-e", program], { cwd: elsewhere, encoding: "utf8" });
    const problems = JSON.parse(output) as Problem[];
    assert.deepEqual(found(problems), ["BACKEND_NOT_INSTALLED keys"]);
    assert.equal(problems[0]?.remedy, "npm install @aws-sdk/client-kms");
  });
});

void describe("The kms block of keys in AWS KMS", () => {
  const blocks: readonly { args: KnownAwsSettings; block: object }[] = [
    { args: {}, block: { type: "awskms" } },
    { args: { kmsUri: true }, block: { type: "awskms", uri: "awskms:" } },
    {
      args: { region: "us-east-1", profile: "ca", credentialsFile: "aws/credentials" },
      block: { type: "awskms", region: "us-east-1", profile: "ca", credentialsFile: "aws/credentials" },
    },
    {
      args: { region: "us-east-1", profile: "ca", credentialsFile: "aws/credentials", kmsUri: true },
      block: { type: "awskms", uri: "awskms:region=us-east-1;profile=ca;credentials-file=aws/credentials" },
    },
    {
      args: { existing: { intermediate: arn("eu-west-1", "alias/pki-intermediate") } },
      block: { type: "awskms", region: "eu-west-1" },
    },
    { args: { existing: { root: arn("eu-west-1") } }, block: { type: "awskms" } },
    {
      args: { region: "us-east-1", existing: { intermediate: "nonsense" } },
      block: { type: "awskms", region: "us-east-1" },
    },
    { args: { existing: { intermediate: "nonsense" } }, block: { type: "awskms" } },
  ];
  for (const { args, block } of blocks) {
    void it(`with ${JSON.stringify(args)} is ${JSON.stringify(block)}`, () => {
      assert.deepEqual(new AwsKmsKeys(args).kms, block);
    });
  }
});

void describe("Changed settings of a recorded key in AWS KMS", () => {
  const recorded = { keyId: ID, region: "us-east-1", multiRegion: false };
  const same: WantedAwsSettings = { region: "us-east-1", multiRegion: false, existing: undefined };
  const cases: readonly { title: string; wanted: Partial<WantedAwsSettings>; kept: string[] }[] = [
    { title: "the same settings", wanted: {}, kept: [] },
    { title: "no region", wanted: { region: undefined }, kept: [] },
    { title: "another region", wanted: { region: "eu-west-1" }, kept: ["INPUT_INVALID keys.region"] },
    { title: "a multi-Region key", wanted: { multiRegion: true }, kept: ["INPUT_INVALID keys.multiRegion"] },
    { title: "the same key", wanted: { existing: arn("us-east-1") }, kept: ["INPUT_INVALID keys.existing.root"] },
    { title: "another key", wanted: { existing: OTHER_ID, multiRegion: true }, kept: [] },
    { title: "an alias", wanted: { existing: "alias/pki-root" }, kept: [] },
  ];
  for (const { title, wanted, kept } of cases) {
    void it(`are checked against what AWS cannot change while the key is protected: ${title}`, () => {
      const planned = (protect: boolean): PlannedKey => ({
        ...{ role: "root", keyName: "root", name: "ca-root-key", sharedName: "ca-root-key", algorithm: "ECDSA_P256" },
        ...{ protect, protectShared: protect },
      });
      const check = (protect: boolean): string[] =>
        found(checkRecordedAwsKey(planned(protect), recorded, { ...same, ...wanted }));
      assert.deepEqual(check(true), kept);
      assert.deepEqual(
        check(false),
        kept.filter((problem) => problem.includes("existing")),
      );
      assert.deepEqual(checkRecordedAwsKey(planned(true), undefined, { ...same, ...wanted }), []);
    });
  }
});
