import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type AwsConnection,
  awsKeyUri,
  awsKmsUri,
  isBareAwsKey,
  parseAwsKey,
  parseAwsKmsUri,
} from "../../../provider/kms/awskms/awsKeyUri";
import { withCode } from "../../fixtures/withCode";

const ID = "1234abcd-12ab-34cd-56ef-1234567890ab";
const MULTI_REGION_ID = "mrk-1234abcd12ab34cd56ef1234567890ab";
const ARN = `arn:aws:kms:eu-central-1:111122223333:key/${ID}`;
const ALIAS_ARN = "arn:aws:kms:eu-central-1:111122223333:alias/pki/root";

void describe("The name of a key in AWS KMS", () => {
  const names: readonly { name: string; keyId?: string; region?: string }[] = [
    { name: ID },
    { name: ID.toUpperCase(), keyId: ID },
    { name: MULTI_REGION_ID },
    { name: MULTI_REGION_ID.toUpperCase(), keyId: MULTI_REGION_ID },
    { name: "alias/pki-root" },
    { name: "alias/pki/root_1" },
    { name: ARN, region: "eu-central-1" },
    { name: ARN.toUpperCase(), keyId: ARN, region: "eu-central-1" },
    { name: ARN.replace(ID, MULTI_REGION_ID), region: "eu-central-1" },
    {
      name: ARN.replace("eu-central-1", "us-gov-west-1").replace("arn:aws:", "arn:aws-us-gov:"),
      region: "us-gov-west-1",
    },
    { name: ARN.replace("eu-central-1", "cn-north-1").replace("arn:aws:", "arn:aws-cn:"), region: "cn-north-1" },
    { name: ALIAS_ARN, region: "eu-central-1" },
    { name: ALIAS_ARN.replace("eu-central-1", "EU-CENTRAL-1"), keyId: ALIAS_ARN, region: "eu-central-1" },
  ];
  for (const { name, keyId = name, region } of names) {
    for (const text of [name, `awskms:key-id=${name}`, `aws:key-id=${name}`, `AwsKms:key-id=${name}`]) {
      void it(`is read from ${text}`, () => {
        assert.deepEqual(parseAwsKey(text), { keyId, region });
      });
    }
  }

  void it("may have a region beside it, but the region of an ARN takes precedence", () => {
    assert.deepEqual(parseAwsKey(`awskms:region=us-west-2;key-id=${ID}`), { keyId: ID, region: "us-west-2" });
    assert.deepEqual(parseAwsKey("awskms:key-id=alias/a;region=us-west-2"), { keyId: "alias/a", region: "us-west-2" });
    assert.deepEqual(parseAwsKey(`awskms:key-id=${ARN};region=us-west-2`), { keyId: ARN, region: "eu-central-1" });
  });

  void it("is read from a percent-encoded URI", () => {
    assert.equal(parseAwsKey("awskms:key-id=alias%2Fpki-root").keyId, "alias/pki-root");
    assert.equal(parseAwsKey(`awskms:key-id=${encodeURIComponent(ARN)}`).keyId, ARN);
  });

  const upperCase = ["alias/pki-Root", ALIAS_ARN.replace("root", "Root")];
  for (const name of upperCase.flatMap((alias) => [alias, `awskms:key-id=${alias}`])) {
    void it(`is refused as ${name}, because step-ca would not find it`, () => {
      assert.throws(
        () => parseAwsKey(name),
        withCode("KEY_URI_INVALID", /alias\/\S*Root" has an uppercase letter\. step-ca lowercases an alias/),
      );
    });
  }

  const refused: readonly { text: string; reason: RegExp }[] = [
    { text: "", reason: /"" does not name a key/ },
    { text: "root", reason: /"root" does not name a key/ },
    { text: `${ID}0`, reason: /does not name a key/ },
    { text: ID.replace("-", ""), reason: /does not name a key/ },
    { text: "mrk-1234", reason: /does not name a key/ },
    { text: "alias/", reason: /does not name a key/ },
    { text: "alias/with space", reason: /does not name a key/ },
    { text: `key/${ID}`, reason: /does not name a key/ },
    { text: ARN.replace(":kms:", ":s3:"), reason: /does not name a key/ },
    { text: ARN.replace(":key/", ":grant/"), reason: /does not name a key/ },
    { text: ARN.replace("111122223333", "1"), reason: /does not name a key/ },
    { text: ARN.replace(ID, "root"), reason: /does not name a key/ },
    { text: ARN.replace("eu-central-1", ""), reason: /does not name a key/ },
    { text: ALIAS_ARN.replace("pki/root", ""), reason: /does not name a key/ },
    { text: "awskms:key-id=", reason: /"awskms:key-id=" does not name a key/ },
    { text: "awskms:region=us-east-1", reason: /has no key-id/ },
    { text: `awskms:${ID}`, reason: /has no key-id/ },
    { text: "awskms:", reason: /is not a key URI/ },
    { text: `awskms:key-id=${ID};key-id=${ID}`, reason: /has the attribute key-id twice/ },
    { text: `awskms:key-id=${ID};x`, reason: /not an attribute with a value/ },
    { text: "softkms:path=keys/root.pem", reason: /does not name a key of AWS KMS/ },
  ];
  for (const { text, reason } of refused) {
    void it(`is refused as "${text}"`, () => {
      assert.throws(() => parseAwsKey(text), withCode("KEY_URI_INVALID", reason));
    });
  }

  void it("is shown without parts that may be secret", () => {
    for (const text of ["awskms:key-id=x?pin-value=123456", "root?pin-value=123456"]) {
      assert.throws(
        () => parseAwsKey(text),
        (error) => !String(error).includes("123456") && withCode("KEY_URI_INVALID")(error),
      );
    }
  });

  void it("is distinguished from the URIs of other key management services", () => {
    const bare = [
      ID,
      ID.toUpperCase(),
      MULTI_REGION_ID,
      "alias/pki-root",
      ARN,
      ALIAS_ARN,
      ARN.replace(":kms:", ":s3:"),
    ];
    assert.deepEqual(bare.filter(isBareAwsKey), bare);
    const others = [`awskms:key-id=${ID}`, "softkms:path=alias/x", "keys/root.pem", "", "arn:other", "projects/p"];
    assert.deepEqual(others.filter(isBareAwsKey), []);
  });
});

void describe("The URI of a key in AWS KMS", () => {
  for (const name of [ID, ID.toUpperCase(), ARN, ARN.toUpperCase()]) {
    void it(`of ${name} has only its id`, () => {
      assert.equal(awsKeyUri(name), `awskms:key-id=${ID}`);
    });
  }

  void it("is read back as the same key", () => {
    for (const id of [ID, MULTI_REGION_ID]) {
      assert.deepEqual(parseAwsKey(awsKeyUri(id)), { keyId: id, region: undefined });
    }
  });
});

void describe("The URI of a connection to AWS KMS", () => {
  const connections: readonly { connection: AwsConnection; uri: string }[] = [
    { connection: {}, uri: "awskms:" },
    { connection: { region: "us-east-1" }, uri: "awskms:region=us-east-1" },
    { connection: { region: "us-east-1", profile: "ca" }, uri: "awskms:region=us-east-1;profile=ca" },
    { connection: { profile: "ca" }, uri: "awskms:profile=ca" },
    {
      connection: { region: "us-east-1", profile: "a b;c=d+e", credentialsFile: "/etc/ca/credentials" },
      uri: "awskms:region=us-east-1;profile=a%20b%3Bc%3Dd%2Be;credentials-file=/etc/ca/credentials",
    },
  ];
  for (const { connection, uri } of connections) {
    void it(`is ${uri}, and read back`, () => {
      assert.equal(awsKmsUri(connection), uri);
      const { region, profile, credentialsFile } = parseAwsKmsUri(uri);
      assert.deepEqual({ region, profile, credentialsFile }, { ...NOTHING, ...connection });
    });
  }

  void it("is refused when it sets a value twice", () => {
    assert.throws(() => parseAwsKmsUri("awskms:region=a;region=b"), withCode("KEY_URI_INVALID", /region twice/));
  });
});

const NOTHING = { region: undefined, profile: undefined, credentialsFile: undefined };
