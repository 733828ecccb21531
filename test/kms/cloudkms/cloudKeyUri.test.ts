import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type CloudConnection,
  cloudKmsUri,
  isBareCloudKey,
  parseCloudKey,
  parseCloudKmsUri,
} from "../../../provider/kms/cloudkms/cloudKeyUri";
import { withCode } from "../../fixtures/withCode";

const KEY = "projects/acme-pki/locations/europe-west3/keyRings/pki/cryptoKeys/root";
const VERSION = `${KEY}/cryptoKeyVersions/1`;

void describe("The name of a key version in Cloud KMS", () => {
  const names = [
    VERSION,
    `${KEY}/cryptoKeyVersions/12345`,
    "projects/example.com:pki/locations/global/keyRings/R_1-x/cryptoKeys/K_1-x/cryptoKeyVersions/7",
  ];
  for (const name of names) {
    for (const text of [name, `cloudkms:${name}`, `cloudkms:resource=${name}`, `CloudKMS:${name}`]) {
      void it(`is read from ${text}`, () => {
        assert.equal(parseCloudKey(text), name);
      });
    }
  }

  void it("is read from a percent-encoded URI with other values", () => {
    assert.equal(parseCloudKey(`cloudkms:resource=${encodeURIComponent(VERSION)}`), VERSION);
    assert.equal(parseCloudKey(`cloudkms:${encodeURIComponent(VERSION)}`), VERSION);
    assert.equal(parseCloudKey(`cloudkms:credentials-file=x.json;resource=${VERSION}`), VERSION);
  });

  for (const text of [KEY, `cloudkms:${KEY}`, `cloudkms:resource=${KEY}`]) {
    void it(`is refused as ${text}, which has no version, and the message says so`, () => {
      assert.throws(
        () => parseCloudKey(text),
        withCode(
          "KEY_URI_INVALID",
          /names a key without a version, and only a version signs\. Add the version: \.\.\.\/cryptoKeyVersions\/1\.$/,
        ),
      );
    });
  }

  const refused: readonly { text: string; reason: RegExp }[] = [
    { text: "", reason: /is not a key URI/ },
    { text: "projects/", reason: /does not name a key version/ },
    { text: `${KEY}/`, reason: /does not name a key version/ },
    { text: `${VERSION}/`, reason: /does not name a key version/ },
    { text: `${KEY}/cryptoKeyVersions/`, reason: /does not name a key version/ },
    { text: `${KEY}/cryptoKeyVersions/0`, reason: /does not name a key version/ },
    { text: `${KEY}/cryptoKeyVersions/01`, reason: /does not name a key version/ },
    { text: `${KEY}/cryptoKeyVersions/latest`, reason: /does not name a key version/ },
    { text: `/${VERSION}`, reason: /is not a key URI/ },
    { text: `${VERSION} `, reason: /does not name a key version/ },
    { text: `${VERSION}\n`, reason: /does not name a key version/ },
    { text: VERSION.toUpperCase(), reason: /is not a key URI/ },
    { text: VERSION.replace("acme-pki", ""), reason: /does not name a key version/ },
    { text: KEY.replace("/cryptoKeys/root", ""), reason: /does not name a key version/ },
    { text: `//cloudkms.googleapis.com/v1/${VERSION}`, reason: /is not a key URI/ },
    { text: "cloudkms:", reason: /is not a key URI/ },
    { text: "cloudkms:root", reason: /does not name a key version .* by itself or after cloudkms:/ },
    { text: "cloudkms:credentials-file=x.json", reason: /does not name a key version/ },
    { text: `cloudkms:resource=${VERSION};resource=${VERSION}`, reason: /has the attribute resource twice/ },
    { text: `softkms:${VERSION}`, reason: /does not name a key version/ },
    { text: `awskms:resource=${VERSION}`, reason: /does not name a key version/ },
  ];
  for (const { text, reason } of refused) {
    void it(`is refused as ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseCloudKey(text), withCode("KEY_URI_INVALID", reason));
    });
  }

  void it("is shown without parts that may be secret", () => {
    for (const text of ["cloudkms:x?pin-value=123456", "projects/x?pin-value=123456"]) {
      assert.throws(
        () => parseCloudKey(text),
        (error) => !String(error).includes("123456") && withCode("KEY_URI_INVALID")(error),
      );
    }
  });

  void it("is distinguished from the URIs of other key management services", () => {
    assert.deepEqual([VERSION, KEY, "projects/x"].map(isBareCloudKey), [true, true, true]);
    const others = [`cloudkms:${VERSION}`, "softkms:path=projects/x", "alias/projects", "project", ""];
    assert.deepEqual(others.filter(isBareCloudKey), []);
  });
});

void describe("The URI of a connection to Cloud KMS", () => {
  const connections: readonly { connection: CloudConnection; uri: string }[] = [
    { connection: {}, uri: "cloudkms:" },
    { connection: { credentialsFile: "/etc/ca/google.json" }, uri: "cloudkms:credentials-file=/etc/ca/google.json" },
    { connection: { credentialsFile: "a b;c=d+e.json" }, uri: "cloudkms:credentials-file=a%20b%3Bc%3Dd%2Be.json" },
  ];
  for (const { connection, uri } of connections) {
    void it(`is ${uri}, and read back`, () => {
      assert.equal(cloudKmsUri(connection), uri);
      assert.deepEqual(parseCloudKmsUri(uri), connection);
    });
  }

  void it("is read in any letter case, ignoring other values", () => {
    assert.deepEqual(parseCloudKmsUri("CLOUDKMS:"), {});
    assert.deepEqual(parseCloudKmsUri("CloudKMS:credentials-file=x.json;other=1"), { credentialsFile: "x.json" });
    assert.deepEqual(parseCloudKmsUri("cloudkms:other=1"), {});
  });

  void it("is refused when it sets a value twice", () => {
    assert.throws(
      () => parseCloudKmsUri("cloudkms:credentials-file=a;credentials-file=b"),
      withCode("KEY_URI_INVALID", /credentials-file twice/),
    );
  });
});
