import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { ComponentResource, type Output, runtime } from "@pulumi/pulumi";
import { AwsKmsKeys } from "../../../../provider/kms/awskms/program/awsKmsKeys";
import type { AwsKmsKeysArgs } from "../../../../provider/kms/awskms/program/awsKmsKeysArgs";
import {
  type OperatorNeeds,
  operatorPolicy,
  stepCaPolicy,
} from "../../../../provider/kms/awskms/program/awsKmsPolicies";
import type { KeyRole } from "../../../../provider/authority/keyNames";
import { ExistingKey } from "../../../../provider/resources/existingKey";
import { KEY_OWNER } from "../../../fixtures/keyOwner";
import { findTool, missing } from "../../../tools";

const ID = "1234abcd-12ab-34cd-56ef-1234567890ab";
const ARN = `arn:aws:kms:us-east-1:111122223333:key/${ID}`;
const OWNER = "acme/prod/0123456789abcdef0123456789abcdef/*";
const KEYS = "arn:aws:kms:*:*:key/*";

/** A stack that makes keys, with every option turned off. */
const MAKES: OperatorNeeds = { tags: [OWNER], keySpecs: ["ECC_NIST_P256"], existing: [], aliases: [] };
const EXISTING: OperatorNeeds = { ...MAKES, keySpecs: [], existing: [ARN] };
const EVERYTHING: OperatorNeeds = {
  ...{ tags: [OWNER, "acme/prod/2/*"], keySpecs: ["ECC_NIST_P256", "RSA_4096"], existing: [ARN] },
  ...{ aliases: ["alias/pki-root", "alias/pki-intermediate"], adopted: [ID], region: "us-gov-west-1" },
  ...{ isMultiRegion: true, hasKeyPolicy: true, hasTags: true },
};

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

function statementsOf(policy: object): Statement[] {
  const { Version, Statement } = policy as { Version: string; Statement: Statement[] };
  assert.equal(Version, "2012-10-17");
  assert.ok(Statement.every(({ Effect }) => Effect === "Allow"));
  return Statement;
}

/** The statement with a name. */
function statement(needs: OperatorNeeds, sid: string): Statement {
  return statementsOf(operatorPolicy(needs)).find(({ Sid }) => Sid === sid) ?? assert.fail(`there is no ${sid}`);
}

function actionsOf(needs: OperatorNeeds): string[] {
  return statementsOf(operatorPolicy(needs)).flatMap(({ Action }) => Action);
}

void describe("The IAM policy of step-ca", () => {
  void it("allows it to read and sign with its keys, and nothing else", () => {
    assert.deepEqual(stepCaPolicy([ARN]), {
      Version: "2012-10-17",
      Statement: [{ Sid: "Sign", Effect: "Allow", Action: ["kms:GetPublicKey", "kms:Sign"], Resource: [ARN] }],
    });
  });
});

void describe("The IAM policy of the operator", () => {
  void it("allows making only signing keys of the chosen kind with the authority's tag", () => {
    assert.deepEqual(statement(MAKES, "MakeKeys"), {
      ...{ Sid: "MakeKeys", Effect: "Allow", Action: ["kms:CreateKey"], Resource: "*" },
      Condition: {
        StringLike: { "aws:RequestTag/pulumi-kms-pki": OWNER },
        StringEquals: { "kms:KeyUsage": "SIGN_VERIFY", "kms:KeySpec": "ECC_NIST_P256" },
        BoolIfExists: { "kms:MultiRegion": "false" },
      },
    });
  });

  void it("does not allow tagging a key of another kind or of another authority", () => {
    assert.deepEqual(statement(MAKES, "TagNewKeys"), {
      ...{ Sid: "TagNewKeys", Effect: "Allow", Action: ["kms:TagResource"], Resource: KEYS },
      Condition: {
        StringLike: { "aws:RequestTag/pulumi-kms-pki": OWNER },
        StringLikeIfExists: { "aws:ResourceTag/pulumi-kms-pki": OWNER },
        StringEqualsIfExists: { "kms:KeyUsage": "SIGN_VERIFY", "kms:KeySpec": "ECC_NIST_P256" },
      },
    });
  });

  void it("allows using and managing only signing keys with the tag, in statements separate from those that make keys", () => {
    const makers = ["MakeKeys", "TagNewKeys", "FindKeys", "ReadTags", "MakeMultiRegionRole", "FindAliases"];
    const byArn = ["NameKeys", "LookAtAdoptedKeys", "UntagAdoptedKeys", "UseExistingKeys"];
    for (const { Sid, Action, Resource, Condition } of statementsOf(operatorPolicy(EVERYTHING))) {
      if (makers.includes(Sid)) {
        assert.ok(!Action.some((action) => /Sign$|Put|Delet|Enable|Update/.test(action)), Sid);
      } else if (byArn.includes(Sid)) {
        assert.ok(Array.isArray(Resource) && !JSON.stringify(Resource).includes("key/*"), Sid);
      } else {
        assert.deepEqual(Condition?.["StringLike"], { "aws:ResourceTag/pulumi-kms-pki": EVERYTHING.tags }, Sid);
        assert.deepEqual(Condition["StringEquals"], { "kms:KeyUsage": "SIGN_VERIFY" }, Sid);
      }
    }
  });

  void it("allows every action that this package and the plugin call for a key of the stack", () => {
    const calls = ["CreateKey", "TagResource", "DescribeKey", "GetPublicKey", "Sign", "EnableKey", "GetKeyPolicy"];
    const others = [
      "GetKeyRotationStatus",
      "ListResourceTags",
      "ScheduleKeyDeletion",
      "UpdateKeyDescription",
      "ListKeys",
    ];
    const actions = actionsOf(MAKES);
    assert.deepEqual(
      [...calls, ...others].filter((call) => !actions.includes(`kms:${call}`)),
      [],
    );
  });

  const options: readonly { option: keyof OperatorNeeds; needs: Partial<OperatorNeeds>; actions: readonly string[] }[] =
    [
      {
        option: "aliases",
        needs: { aliases: ["alias/pki-root"] },
        actions: ["kms:ListAliases", "kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"],
      },
      { option: "hasKeyPolicy", needs: { hasKeyPolicy: true }, actions: ["kms:PutKeyPolicy"] },
      { option: "hasTags", needs: { hasTags: true }, actions: ["kms:UntagResource"] },
      { option: "isMultiRegion", needs: { isMultiRegion: true }, actions: ["iam:CreateServiceLinkedRole"] },
    ];
  for (const { option, needs, actions } of options) {
    void it(`allows ${actions.join(", ")} only with ${option}`, () => {
      assert.deepEqual(
        actionsOf(MAKES).filter((action) => actions.includes(action)),
        [],
      );
      const granted = actionsOf({ ...MAKES, ...needs });
      assert.ok(actions.every((action) => granted.includes(action)));
    });
  }

  void it("allows neither changing the owner tag to another authority's nor removing it", () => {
    const tags = { ...MAKES, hasTags: true };
    assert.deepEqual(statement(tags, "TagOwnKeys").Condition?.["StringLikeIfExists"], {
      "aws:RequestTag/pulumi-kms-pki": OWNER,
    });
    assert.deepEqual(statement(tags, "UntagOwnKeys").Condition?.["ForAllValues:StringNotEquals"], {
      "aws:TagKeys": ["pulumi-kms-pki"],
    });
  });

  void it("allows only reading existing keys and signing with them when every key exists", () => {
    assert.deepEqual(statementsOf(operatorPolicy(EXISTING)), [
      {
        ...{ Sid: "UseExistingKeys", Effect: "Allow", Resource: [ARN] },
        Action: ["kms:DescribeKey", "kms:GetPublicKey", "kms:Sign"],
      },
    ]);
  });

  void it("names keys in the AWS GovCloud and China partitions correctly", () => {
    for (const [region, partition] of [
      ["us-gov-west-1", "aws-us-gov"],
      ["cn-north-1", "aws-cn"],
    ] as const) {
      const text = JSON.stringify(operatorPolicy({ ...EVERYTHING, existing: [], region }));
      assert.ok(text.includes(`arn:${partition}:kms:`) && text.includes(`arn:${partition}:iam:`));
      assert.ok(!text.includes("arn:aws:"));
    }
  });
});

/** parliament's findings in a policy, without those that contradict AWS's documentation. */
function parliament(policy: object): string[] {
  const { stdout, stderr } = spawnSync(findTool("parliament") ?? "parliament", ["--json"], {
    input: JSON.stringify(policy),
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { issue, detail } = JSON.parse(line) as { issue: string; detail: unknown };
      return `${issue}: ${typeof detail === "string" ? detail : JSON.stringify(detail)}`;
    })
    .filter((found) => !OF_EVERY_KEY.test(found) && !OF_AN_ALIAS.test(found));
}

/** It knows the condition keys of an action, but not of its resource. These are for all "KMS key resource operations". */
const OF_EVERY_KEY = /^UNKNOWN_CONDITION_FOR_ACTION: Unknown condition kms:(?:KeyUsage|KeySpec) for action kms:/;

/** It requires an alias and its key in one statement. AWS requires both to be allowed, and a key's tag condition fits no alias. */
const OF_AN_ALIAS = /^RESOURCE_MISMATCH: \[(?:,?\{"action":"kms:(?:Create|Delete|Update)Alias",[^}]*\})+\]$/;

void describe("parliament, which reads IAM policies", { skip: missing("parliament") }, () => {
  const policies = {
    "of step-ca": stepCaPolicy([ARN]),
    "of a stack that makes its keys": operatorPolicy(MAKES),
    "of a stack whose keys all exist": operatorPolicy(EXISTING),
    "with every option on": operatorPolicy(EVERYTHING),
  };
  for (const [which, policy] of Object.entries(policies)) {
    void it(`finds nothing wrong in the policy ${which}`, () => {
      assert.deepEqual(parliament(policy), []);
    });
  }

  void it("finds an action that does not exist, and a condition that no action has", () => {
    const text = JSON.stringify(operatorPolicy(MAKES));
    const wrong = text.replace("kms:TagResource", "kms:TagKey").replace("kms:MultiRegion", "kms:RequestAlias");
    assert.match(parliament(JSON.parse(wrong) as object).join(), /UNKNOWN_CONDITION_FOR_ACTION.*UNKNOWN_ACTION/s);
  });
});

void describe("The operator's policy of keys in AWS KMS", () => {
  const valueOf = <Value>(value: Output<Value>): Promise<Value> => new Promise((resolve) => value.apply(resolve));

  /** The allowed actions after these keys were declared. */
  async function policyOf(
    args: AwsKmsKeysArgs,
    roles: readonly KeyRole[],
    others: readonly string[] = [],
  ): Promise<object> {
    const newResource = ({ name, inputs }: runtime.MockResourceArgs): { id: string; state: object } => ({
      id: name,
      state: { keyId: ID, resourceName: `arn:of:${name}`, ...(inputs as object) },
    });
    // A preview, which does not ask AWS for existing aliases.
    await runtime.setMocks({ newResource, call: () => ({}) }, "acme", "prod", true, "acme");
    const keys = new AwsKmsKeys(args);
    const parent = new ComponentResource("test:index:Parent", "parent");
    for (const role of roles) {
      keys.declareKey({
        ...{ role, keyName: role, authority: "ca", name: `ca-${role}`, sharedName: `ca-${role}`, protectShared: false },
        ...{ algorithm: "ECDSA_P384", parent, owner: KEY_OWNER, protect: false },
      });
    }
    return valueOf(keys.operatorPolicyWith(others.map((name) => new ExistingKey(name, { uri: ID }))));
  }
  const sids = (policy: object): string[] => statementsOf(policy).map(({ Sid }) => Sid);

  void it("allows making keys of the authority's algorithm, under the names it uses", async () => {
    const policy = await policyOf({ aliasPrefix: "pki", existing: { root: ID } }, ["root", "intermediate"]);
    const all = statementsOf(policy);
    const of = (sid: string): Statement => all.find(({ Sid }) => Sid === sid) ?? assert.fail(sid);
    assert.equal(of("MakeKeys").Condition?.["StringEquals"]?.["kms:KeySpec"], "ECC_NIST_P384");
    assert.deepEqual(of("NameKeys").Resource, ["arn:aws:kms:*:*:alias/pki-intermediate"]);
    assert.deepEqual(of("UseExistingKeys").Resource, ["arn:of:ca-root"]);
    assert.equal(sids(policy).includes("TagOwnKeys"), false);
  });

  void it("allows making none when every key exists, and signing with a root key from elsewhere", async () => {
    const policy = await policyOf(
      { existing: { intermediate: ID }, tags: { team: "pki" } },
      ["intermediate"],
      ["root"],
    );
    assert.deepEqual(sids(policy), ["UseExistingKeys"]);
    assert.deepEqual(statementsOf(policy)[0]?.Resource, ["arn:of:ca-intermediate", "arn:of:root"]);
  });

  void it("allows looking at keys to adopt", async () => {
    const policy = await policyOf({ adopt: { root: ID }, existing: { intermediate: ID } }, ["intermediate"]);
    const [look] = statementsOf(policy).filter(({ Sid }) => Sid === "LookAtAdoptedKeys");
    assert.deepEqual(look?.Resource, [`arn:aws:kms:*:*:key/${ID}`]);
  });

  void it("allows all that makes keys to adopt the stack's own, and never to remove the tag of their owner", async () => {
    const statements = statementsOf(
      await policyOf({ adopt: { root: ID, intermediate: ID } }, ["root", "intermediate"]),
    );
    const sids = statements.map(({ Sid }) => Sid);
    for (const needed of ["TagNewKeys", "UseOwnKeys", "ManageOwnKeys", "LookAtAdoptedKeys", "UntagAdoptedKeys"]) {
      assert.ok(sids.includes(needed), needed);
    }
    const untag = statements.find(({ Sid }) => Sid === "UntagAdoptedKeys");
    assert.deepEqual(untag?.Condition, { "ForAllValues:StringNotEquals": { "aws:TagKeys": ["pulumi-kms-pki"] } });
  });
});
