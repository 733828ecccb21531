// It must come first.
import { FakeCloudKms } from "../../cloudkms/fakeCloudKms";
import { status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { anyError } from "../../cloudkms/cloudKmsFaults";
import { cutBeforeRequest } from "../../fixtures/connectionFaults";

void describe("A key that Cloud KMS is still generating", () => {
  let kms: FakeCloudKms;
  let notices: string[];
  before(async () => {
    kms = await FakeCloudKms.start();
    // Google's library and the key module take a while the first time.
    const first = kms.open();
    await first.describeKey(await kms.createKey({ protectionLevel: "HSM" }));
    await first.close();
  });
  after(() => kms.stop());
  beforeEach(() => {
    kms.server.clear();
    notices = [];
  });

  const open = (generationLimit?: number): ReturnType<FakeCloudKms["open"]> =>
    kms.open({
      notice: (message) => notices.push(message),
      ...(generationLimit === undefined ? {} : { generationLimit }),
    });

  const pendingKey = async (milliseconds: number, protectionLevel: "HSM" | "SOFTWARE" = "HSM"): Promise<string> => {
    kms.server.generationMilliseconds[protectionLevel] = milliseconds;
    try {
      return await kms.createKey({ protectionLevel, pending: true });
    } finally {
      kms.server.generationMilliseconds[protectionLevel] = 0;
    }
  };

  const attestationOf = (version: string): object => {
    const { attestation } = kms.server.state.getCryptoKeyVersion({ name: version });
    const { format, content, certChains } = attestation as { format: string; content: Buffer; certChains: object };
    return { format, content: content.toString("base64"), certChains };
  };

  void it("is waited for with one message, and returned with its attestation", async () => {
    const name = await pendingKey(1500);
    const cloudKms = open();
    const { publicKey, ...rest } = await cloudKms.describeKey(name);
    assert.equal(publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
    const attestation = attestationOf(name);
    assert.deepEqual(rest, { uri: name, resourceName: name, algorithm: "ECDSA_P256", attestation });
    assert.deepEqual(notices, [`waiting for Cloud KMS to generate ${name} ...`]);
    const [first, ...others] = kms.server.calls;
    assert.equal(first, "GetPublicKey");
    assert.equal(others.pop(), "GetPublicKey");
    assert.ok(others.length >= 2, "it asks again and again");
    assert.deepEqual(new Set(others), new Set(["GetCryptoKeyVersion"]));
    await cloudKms.close();
  });

  void it("is refused with a code when a certificate of its attestation cannot be read", async () => {
    const name = await kms.createKey({ protectionLevel: "HSM" });
    for (const [chain, pem] of [
      ["caviumCerts", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
      ["googlePartitionCerts", ""],
    ] as const) {
      kms.server.inject("GetCryptoKeyVersion", async (forward) => {
        const version = await forward();
        const attestation = version["attestation"] as { certChains: object };
        return {
          ...version,
          attestation: { ...attestation, certChains: { ...attestation.certChains, [chain]: [pem] } },
        };
      });
      const cloudKms = open();
      await assert.rejects(
        cloudKms.describeKey(name),
        kms.failure(
          "KMS_ANSWER_INVALID",
          new RegExp(`${name} has a certificate in its attestation that cannot be read`),
        ),
      );
      await cloudKms.close();
    }
  });

  void it("is also waited for in software, where there is no attestation", async () => {
    const name = await pendingKey(1500, "SOFTWARE");
    const cloudKms = open();
    const { attestation, uri } = await cloudKms.describeKey(name);
    assert.deepEqual([attestation, uri, notices.length], [undefined, name, 1]);
    await cloudKms.close();
  });

  void it("is waited for before signing", async () => {
    const name = await pendingKey(300);
    const cloudKms = open();
    const signer = await cloudKms.createSigner({ uri: name, algorithm: "ECDSA_P256" });
    assert.ok((await signer.sign(Buffer.from("message"))).length > 0);
    await cloudKms.close();
  });

  void it("is waited for even if the connection is cut", async () => {
    const name = await pendingKey(1500);
    const cloudKms = open();
    kms.server.inject("GetCryptoKeyVersion", cutBeforeRequest(), 2);
    assert.equal((await cloudKms.describeKey(name)).uri, name);
    await cloudKms.close();
  });

  void it("is KMS_UNAVAILABLE when it is never generated, and the next up continues", async () => {
    const name = await pendingKey(Infinity);
    const cloudKms = open(400);
    const refused = kms.failure("KMS_UNAVAILABLE", /projects\S+ is not generated yet\. Run "pulumi up" again later/);
    await assert.rejects(async () => cloudKms.describeKey(name), refused);
    assert.equal(notices.length, 1);
    await assert.rejects(async () => cloudKms.requireUsable(name), refused);
    await cloudKms.close();
  });

  void it("ends the wait when it reaches another state", async () => {
    const name = await pendingKey(Infinity);
    const cloudKms = open();
    const failed = anyError(status.NOT_FOUND, `CryptoKeyVersion ${name} not found.`);
    kms.server.inject("GetCryptoKeyVersion", failed);
    await assert.rejects(async () => cloudKms.describeKey(name), kms.failure("KEY_NOT_FOUND", /not found\. Correct/));
    await cloudKms.close();
  });

  void it("is not waited for once it exists, and only a hardware key is asked for its attestation", async () => {
    const hardware = await pendingKey(0);
    const software = await kms.createKey();
    const cloudKms = open();
    assert.deepEqual((await cloudKms.describeKey(hardware)).attestation, attestationOf(hardware));
    assert.deepEqual(kms.server.calls, ["GetPublicKey", "GetCryptoKeyVersion"]);
    kms.server.clear();
    assert.ok(!("attestation" in (await cloudKms.describeKey(software))));
    assert.deepEqual(kms.server.calls, ["GetPublicKey"]);
    assert.deepEqual(notices, []);
    await cloudKms.close();
  });
});
