import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { AWS_ENVIRONMENT, AwsStack } from "../awskms/awsStack";
import { missing } from "../tools";
import { equalsReferenceTable } from "./equalsReferenceTable";
import { UP, UP_WITHOUT_PREVIEW } from "./project";

const CALLS_OF_A_FIRST_UP = ["GetPublicKey", "GetPublicKey", "GetPublicKey", "GetPublicKey", "Sign", "Sign"];
const KEYS = ["rootKey", "intermediateKey", "sshUserKey", "sshHostKey"] as const;

void describe("The root stack on AWS KMS", { skip: missing("pulumi", "ministack", "openssl") }, () => {
  let stack: AwsStack;
  const keyIds = async (): Promise<string[]> => {
    const outputs = await stack.project.outputs();
    return KEYS.map((name) => String(outputs[name]).replace("awskms:key-id=", ""));
  };
  before(async () => {
    stack = await AwsStack.rootStack({ "kms-pki:region": "us-east-1", "kms-pki:aliasPrefix": "pki" });
  });
  after(() => stack.stop());

  void it("calls no KMS in a preview", async () => {
    const { output } = await stack.project.succeed(["preview"]);
    assert.match(output, /\+ 19 to create/);
    assert.deepEqual(stack.kms.calls, []);
    assert.deepEqual(await stack.keys(), []);
  });

  void it("reads four public keys and signs twice in a first up", async () => {
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
    // The names of the aliases must be free before a key is made.
    assert.deepEqual([...stack.kms.calls].sort(), [...CALLS_OF_A_FIRST_UP, "ListAliases"].sort());
  });

  void it("has four distinct signing keys, with the settings of smallstep's tool and its own tag", async () => {
    const ids = await keyIds();
    assert.equal(new Set(ids).size, 4);
    const keys = await stack.keys();
    assert.deepEqual(keys.map(({ KeyId }) => KeyId).sort(), [...ids].sort());
    for (const { KeySpec, KeyUsage, MultiRegion, KeyState } of keys) {
      assert.deepEqual(
        { KeySpec, KeyUsage, MultiRegion: MultiRegion ?? false, KeyState },
        { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY", MultiRegion: false, KeyState: "Enabled" },
      );
    }
    assert.deepEqual(await stack.aliases(), {
      "alias/pki-root": ids[0],
      "alias/pki-intermediate": ids[1],
      "alias/pki-ssh-user-key": ids[2],
      "alias/pki-ssh-host-key": ids[3],
    });
    const { resources } = await stack.project.state();
    const root = resources.find(({ urn }) => urn.includes("aws:kms/key:Key") && urn.endsWith("::ca-root-key"));
    assert.equal(root?.inputs?.["deletionWindowInDays"], 30);
    const id = (await stack.project.resource("ca-id")).outputs?.["authorityId"];
    assert.deepEqual(root.inputs["tags"], { name: "root", "pulumi-kms-pki": `kms-pki/test/${String(id)}/ca-root-key` });
  });

  equalsReferenceTable(() => stack.project);

  void it("writes a ca.json with the canonical key URIs and its kms block", async () => {
    const config = (await stack.project.outputs())["caConfig"] as Record<string, unknown>;
    const [, intermediate, user, host] = await keyIds();
    assert.equal(config["key"], `awskms:key-id=${intermediate ?? ""}`);
    assert.deepEqual(config["ssh"], {
      hostKey: `awskms:key-id=${host ?? ""}`,
      userKey: `awskms:key-id=${user ?? ""}`,
    });
    assert.deepEqual(config["kms"], { type: "awskms", region: "us-east-1" });
  });

  void it("gives step-ca a policy that allows using its own keys, and never the root", async () => {
    const { stepCaIamPolicy } = await stack.project.outputs();
    const arns = (await stack.keys()).map(({ Arn = "" }) => Arn);
    const [root = "", ...others] = (await keyIds()).map((id) => arns.find((arn) => arn.endsWith(id)) ?? "");
    assert.deepEqual(stepCaIamPolicy, {
      Version: "2012-10-17",
      Statement: [{ Sid: "Sign", Effect: "Allow", Action: ["kms:GetPublicKey", "kms:Sign"], Resource: others }],
    });
    assert.equal(JSON.stringify(stepCaIamPolicy).includes(root), false);
  });

  void it("calls no KMS and changes nothing in a second up and its preview; a refresh only looks", async () => {
    const before = await stack.project.outputs();
    stack.kms.clear();
    assert.match((await stack.project.up()).output, /19 unchanged[^]*19 unchanged/);
    assert.deepEqual(stack.kms.calls, []);
    const { output } = await stack.project.succeed(["refresh", "--yes", "--skip-preview"]);
    assert.match(output, /19 unchanged/);
    assert.deepEqual(stack.kms.calls, Array<string>(4).fill("DescribeKey"));
    assert.deepEqual(await stack.project.outputs(), before);
  });

  void it("keeps the credentials out of the state and of a -v=9 log", async () => {
    await stack.project.setConfig("kms-pki:intermediateCommonName", "Yet Another");
    const { output } = await stack.project.succeed([...UP, "--logtostderr", "--logflow", "-v=9"]);
    assert.ok(output.length > 100_000, "the log is not verbose");
    for (const text of [output, await stack.project.exportedState()]) {
      assert.equal(text.includes(AWS_ENVIRONMENT.AWS_SECRET_ACCESS_KEY), false);
    }
  });

  void it("schedules its keys for deletion, and deletes their aliases, when destroyed", async () => {
    await stack.project.unprotect();
    await stack.project.succeed(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual(
      (await stack.keys()).map(({ KeyState }) => KeyState),
      Array<string>(4).fill("PendingDeletion"),
    );
    assert.deepEqual(await stack.aliases(), {});
    assert.deepEqual((await stack.project.state()).pending, []);
  });
});
