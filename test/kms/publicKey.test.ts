import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { readKeyOf } from "../../provider/kms/publicKey";
import { withCode } from "../fixtures/withCode";

void describe("The public key that a service returns", () => {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

  void it("is read from PEM and from DER", () => {
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const der = publicKey.export({ type: "spki", format: "der" });
    assert.ok(readKeyOf("a key", pem).equals(publicKey));
    assert.ok(readKeyOf("a key", new Uint8Array(der)).equals(publicKey));
  });

  const damaged = publicKey.export({ type: "spki", format: "der" }).subarray(0, 40);
  const broken: Readonly<Record<string, string | Uint8Array>> = {
    "an empty text": "",
    "PEM of nothing": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
    "half of a key": damaged,
    "no octets": new Uint8Array(),
  };
  for (const [what, spki] of Object.entries(broken)) {
    void it(`is refused with the key's name when it is ${what}`, () => {
      assert.throws(
        () => readKeyOf("the key alias/ca", spki),
        withCode("KMS_ANSWER_INVALID", /the public key of the key alias\/ca cannot be read/),
      );
    });
  }
});
