import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { CertificateAuthority } from "../../provider";
import { AwsKmsKeys, type AwsKmsKeysArgs } from "../../provider/kms/awskms/program";
import { AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { type Examples, type TriedStack, triesAllInputs } from "./inputForms";
import { WorldProject } from "./worldProject";

const CREDENTIALS = "[ca]\naws_access_key_id = test\naws_secret_access_key = test-secret-access-key\n";
const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Principal: { AWS: "arn:aws:iam::000000000000:root" }, Action: "kms:*", Resource: "*" },
  ],
});

const EXAMPLES: Examples<Omit<AwsKmsKeysArgs, "provider">> = {
  region: { value: "eu-west-1", wrong: { value: "eu-west", code: "INPUT_INVALID", property: "keys.region" } },
  profile: { value: "ca" },
  credentialsFile: { value: "credentials" },
  kmsUri: { value: true },
  existing: {
    ...{ value: undefined, isKnownToBeGiven: true, isResource: true },
    wrong: { value: { root: "nonsense" }, code: "KEY_URI_INVALID", property: "keys.existing.root" },
  },
  adopt: {
    ...{ value: undefined, isKnownToBeGiven: true, isResource: true },
    wrong: { value: { root: "alias/pki-root" }, code: "INPUT_INVALID", property: "keys.adopt.root" },
  },
  newKeys: {
    value: ["ssh-user-key"],
    wrong: { value: ["root", "leaf"], code: "INPUT_INVALID", property: "keys.newKeys[1]" },
  },
  aliasPrefix: { value: "pki", wrong: { value: "Pki", code: "INPUT_INVALID", property: "keys.aliasPrefix" } },
  description: { value: "A key" },
  tags: { value: { team: "pki" }, wrong: { value: { name: "x" }, code: "INPUT_INVALID", property: "keys.tags.name" } },
  deletionWindowInDays: {
    value: 7,
    wrong: { value: 6, code: "INPUT_INVALID", property: "keys.deletionWindowInDays" },
  },
  multiRegion: { value: true },
  policy: { value: POLICY },
};

async function start(): Promise<TriedStack> {
  const stack = await AwsStack.over(await WorldProject.program(""));
  const { project } = stack;
  writeFileSync(join(project.directory, "credentials"), CREDENTIALS);
  return { project, stop: () => stack.stop() };
}

void describe("The settings of AwsKmsKeys", { skip: missing("ministack") }, () => {
  triesAllInputs<AwsKmsKeysArgs>({
    ...{ examples: EXAMPLES as Examples<AwsKmsKeysArgs>, base: {}, start },
    // A preview with an unknown `multiRegion` shows a replacement, as the plugin does for every setting that AWS cannot change.
    declare: (args) => {
      const keys = new AwsKmsKeys(args);
      const { caConfig } = new CertificateAuthority("ca", { keys, ssh: false, deletionProtection: false });
      return { caConfig, operatorPolicy: keys.operatorPolicy, stepCaPolicy: keys.stepCaPolicy };
    },
  });
});
