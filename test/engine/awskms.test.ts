import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { AWS_ENVIRONMENT, AwsStack } from "../awskms/awsStack";
import { missing, runTool } from "../tools";

const UP = ["up", "--yes", "--skip-preview"];
const CALLS_OF_A_FIRST_UP = ["GetPublicKey", "GetPublicKey", "GetPublicKey", "GetPublicKey", "Sign", "Sign"];
const KEYS = ["rootKey", "intermediateKey", "sshUserKey", "sshHostKey"] as const;

/** What smallstep's step-awskms-init gives, but for the subject key identifier, which is RFC 5280's method 1. */
const REFERENCE = {
  root: {
    subject: "CN=Smallstep Root",
    issuer: "CN=Smallstep Root",
    basicConstraints: "CA:TRUE, pathlen:1",
  },
  intermediate: {
    subject: "CN=Smallstep Intermediate",
    issuer: "CN=Smallstep Root",
    basicConstraints: "CA:TRUE, pathlen:0",
  },
};
const TEN_YEARS = 10 * 365 * 24 * 3600 * 1000;

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
    assert.match(output, /\+ 18 to create/);
    assert.deepEqual(stack.kms.calls, []);
    assert.deepEqual(await stack.keys(), []);
  });

  void it("reads four public keys and signs twice in a first up", async () => {
    await stack.project.up();
    assert.deepEqual([...stack.kms.calls].sort(), CALLS_OF_A_FIRST_UP);
  });

  void it("has four distinct keys for signing, with the settings of the tool and its own tag", async () => {
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
    assert.deepEqual(root.inputs["tags"], { name: "root", "pulumi-kms-pki": "kms-pki/test/ca-root-key" });
  });

  for (const name of ["root", "intermediate"] as const) {
    void it(`has the ${name} certificate of the reference table, field by field`, async () => {
      const pem = await stack.project.output(`${name}Certificate`);
      const certificate = new X509Certificate(pem);
      const root = new X509Certificate(await stack.project.output("rootCertificate"));
      const { subject, issuer, basicConstraints } = REFERENCE[name];
      assert.equal(certificate.subject, subject);
      assert.equal(certificate.issuer, issuer);
      assert.equal(certificate.verify(root.publicKey), true);
      // The intermediate ends with its root, which may have been issued a moment before it.
      const shortfall = TEN_YEARS - (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom));
      assert.ok(name === "root" ? shortfall === 0 : shortfall >= 0 && shortfall < 60_000, String(shortfall));
      assert.ok(Date.parse(certificate.validTo) <= Date.parse(root.validTo));
      assert.match(certificate.serialNumber, /^[0-7]?[0-9A-F]{16,39}$/);
      const text = runTool("openssl", ["x509", "-noout", "-text"], pem);
      assert.match(text, /Signature Algorithm: ecdsa-with-SHA256/);
      assert.match(text, /ASN1 OID: prime256v1/);
      const extensions = text.split("X509v3 extensions:")[1] ?? "";
      assert.deepEqual(
        extensions
          .match(/X509v3 [^:]+:.*/g)
          ?.map((line) => line.trim())
          .sort(),
        [
          "X509v3 Authority Key Identifier:",
          "X509v3 Basic Constraints: critical",
          "X509v3 Key Usage: critical",
          "X509v3 Subject Key Identifier:",
        ],
      );
      const values = (title: string): string =>
        new RegExp(`X509v3 ${title}:.*\\n\\s*(.*)`).exec(extensions)?.[1]?.trim() ?? "";
      assert.equal(values("Basic Constraints"), basicConstraints);
      assert.equal(values("Key Usage"), "Certificate Sign, CRL Sign");
      const rootText = runTool("openssl", ["x509", "-noout", "-ext", "subjectKeyIdentifier"], root.toString());
      assert.equal(values("Authority Key Identifier"), /\n\s*([0-9A-F:]+)/.exec(rootText)?.[1]);
    });
  }

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

  void it("gives step-ca a policy by which it can use its own keys, and never the root", async () => {
    const { stepCaIamPolicy } = await stack.project.outputs();
    const arns = (await stack.keys()).map(({ Arn = "" }) => Arn);
    const [root = "", ...others] = (await keyIds()).map((id) => arns.find((arn) => arn.endsWith(id)) ?? "");
    assert.deepEqual(stepCaIamPolicy, {
      Version: "2012-10-17",
      Statement: [{ Sid: "Sign", Effect: "Allow", Action: ["kms:GetPublicKey", "kms:Sign"], Resource: others }],
    });
    assert.equal(JSON.stringify(stepCaIamPolicy).includes(root), false);
  });

  void it("calls no KMS and changes nothing in a second up and a preview; a refresh only looks", async () => {
    const before = await stack.project.outputs();
    for (const args of [UP, ["preview"]]) {
      stack.kms.clear();
      const { output } = await stack.project.succeed(args);
      assert.match(output, /18 unchanged/);
      assert.deepEqual(stack.kms.calls, [], args.join(" "));
    }
    const { output } = await stack.project.succeed(["refresh", "--yes", "--skip-preview"]);
    assert.match(output, /18 unchanged/);
    assert.deepEqual([...stack.kms.calls].sort(), [
      ...Array<string>(4).fill("DescribeKey"),
      ...CALLS_OF_A_FIRST_UP.slice(0, 4),
    ]);
    assert.deepEqual(await stack.project.outputs(), before);
  });

  void it("issues anew in place when the subject changes", async () => {
    const before = await stack.project.outputs();
    await stack.project.setConfig("kms-pki:intermediateCommonName", "Example Intermediate");
    stack.kms.clear();
    const { output } = await stack.project.up();
    assert.match(output, /~ 1 updated/);
    assert.deepEqual(stack.kms.calls, ["Sign"]);
    const after = await stack.project.outputs();
    assert.equal(after["rootCertificate"], before["rootCertificate"]);
    assert.equal(after["intermediateKey"], before["intermediateKey"]);
    const [old, renewed] = [before, after].map(
      (outputs) => new X509Certificate(String(outputs["intermediateCertificate"])),
    );
    assert.equal(renewed?.subject, "CN=Example Intermediate");
    assert.notEqual(renewed.serialNumber, old?.serialNumber);
  });

  void it("writes the kms block in its uri form when asked to, and signs nothing for that", async () => {
    await stack.project.setConfig("kms-pki:kmsUri", "true");
    stack.kms.clear();
    await stack.project.up();
    assert.deepEqual(stack.kms.calls, []);
    const { kms } = (await stack.project.outputs())["caConfig"] as Record<string, unknown>;
    assert.deepEqual(kms, { type: "awskms", uri: "awskms:region=us-east-1" });
  });

  void it("keeps the credentials out of the state and of a -v=9 log", async () => {
    await stack.project.setConfig("kms-pki:intermediateCommonName", "Yet Another");
    const { output } = await stack.project.succeed([...UP, "--logtostderr", "--logflow", "-v=9"]);
    assert.ok(output.length > 100_000, "the log is not verbose");
    for (const text of [output, await stack.project.exportedState()]) {
      assert.equal(text.includes(AWS_ENVIRONMENT.AWS_SECRET_ACCESS_KEY), false);
    }
  });

  void it("schedules its keys for deletion, and gives up their aliases, when it is destroyed", async () => {
    await stack.project.succeed(["destroy", "--yes", "--skip-preview"]);
    assert.deepEqual(
      (await stack.keys()).map(({ KeyState }) => KeyState),
      Array<string>(4).fill("PendingDeletion"),
    );
    assert.deepEqual(await stack.aliases(), {});
    assert.deepEqual((await stack.project.state()).pending, []);
  });
});

void describe("The root stack on AWS KMS, with its root elsewhere", { skip: missing("pulumi", "ministack") }, () => {
  let stack: AwsStack;
  before(async () => {
    stack = await AwsStack.rootStack({ "kms-pki:region": "us-east-1", "kms-pki:rootRegion": "eu-west-1" });
  });
  after(() => stack.stop());

  void it("makes and asks the root's key in its region, and all other keys in theirs", async () => {
    await stack.project.up();
    const regions = stack.kms.requests.map(({ operation, region }) => `${operation} ${region}`).sort();
    assert.deepEqual(regions, [
      "GetPublicKey eu-west-1",
      ...Array<string>(3).fill("GetPublicKey us-east-1"),
      ...Array<string>(2).fill("Sign eu-west-1"),
    ]);
    const { resourceName } = (await stack.project.state()).resources.find(
      ({ urn }) => urn.includes(":PublicKey") && urn.endsWith("::ca-root-key"),
    )?.outputs ?? { resourceName: undefined };
    assert.match(String(resourceName), /^arn:aws:kms:eu-west-1:/);
    const { kms } = (await stack.project.outputs())["caConfig"] as Record<string, unknown>;
    assert.deepEqual(kms, { type: "awskms", region: "us-east-1" });
    const { stepCaIamPolicy } = await stack.project.outputs();
    assert.doesNotMatch(JSON.stringify(stepCaIamPolicy), /eu-west-1/);
  });

  void it("signs with it there when the root is renamed, and changes nothing otherwise", async () => {
    await stack.project.setConfig("kms-pki:rootCommonName", "Elsewhere");
    stack.kms.clear();
    await stack.project.up();
    assert.deepEqual(
      stack.kms.requests.map(({ operation, region }) => `${operation} ${region}`),
      ["Sign eu-west-1", "Sign eu-west-1"],
    );
    assert.match((await stack.project.up()).output, /15 unchanged/);
  });
});

void describe("Settings of AWS KMS that are wrong", { skip: missing("pulumi", "ministack") }, () => {
  void it("are named all at once, before any key is made", async () => {
    const stack = await AwsStack.rootStack({
      "kms-pki:algorithm": "ED25519",
      "kms-pki:aliasPrefix": "Company",
      "kms-pki:deletionWindowInDays": "5",
      "kms-pki:region": "nowhere",
      "kms-pki:newKeys[0]": "leaf",
      "kms-pki:existing.root": "alias/Root",
      "kms-pki:adopt.intermediate": "arn:aws:s3:::bucket",
      "kms-pki:rootCommonName": " ",
    });
    try {
      const { code, output } = await stack.project.pulumi(UP);
      assert.notEqual(code, 0);
      for (const problem of [
        /algorithm: ALGORITHM_UNSUPPORTED: step-ca signs with no key for ED25519 in AWS KMS/,
        /keys\.aliasPrefix: INPUT_INVALID: "Company" has an upper-case letter; step-ca lower-cases/,
        /keys\.deletionWindowInDays: INPUT_INVALID: 5 is not within 7 to 30/,
        /keys\.region: INPUT_INVALID: "nowhere" is no AWS region/,
        /keys\.newKeys\[0\]: INPUT_INVALID: "leaf" is no key/,
        /keys\.existing\.root: KEY_URI_INVALID: the alias "alias\/Root" has an upper-case letter/,
        /keys\.adopt\.intermediate: KEY_URI_INVALID: "arn:aws:s3:::bucket" names no key/,
        /root\.subject/,
      ]) {
        assert.match(output, problem);
      }
      assert.deepEqual(await stack.keys(), []);
      assert.deepEqual(stack.kms.calls, []);
    } finally {
      await stack.stop();
    }
  });
});
