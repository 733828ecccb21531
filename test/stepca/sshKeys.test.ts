import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { describe, it } from "node:test";
import { isOwnSshKeyEntry, sshKeyEntry } from "../../provider/stepca/sshKeys";
import { keyPair } from "../x509/keySigner";

const KEYS = [
  { algorithm: "ECDSA_P256", members: { kty: "EC", crv: "P-256" }, names: ["crv", "kid", "kty", "x", "y"] },
  { algorithm: "ECDSA_P384", members: { kty: "EC", crv: "P-384" }, names: ["crv", "kid", "kty", "x", "y"] },
  { algorithm: "ECDSA_P521", members: { kty: "EC", crv: "P-521" }, names: ["crv", "kid", "kty", "x", "y"] },
  { algorithm: "ED25519", members: { kty: "OKP", crv: "Ed25519" }, names: ["crv", "kid", "kty", "x"] },
  { algorithm: "RSA_2048_PKCS1", members: { kty: "RSA", e: "AQAB" }, names: ["e", "kid", "kty", "n"] },
] as const;

void describe("The entries of an SSH key in ca.json", () => {
  for (const { algorithm, members, names } of KEYS) {
    void it(`hold the public key of ${algorithm} as a JWK`, () => {
      const { publicKey, privateKey } = keyPair(algorithm, "ssh");
      const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
      const use = { type: "host", federated: true } as const;
      const { key, ...rest } = sshKeyEntry(use, pem, "SHA256:abc");
      assert.deepEqual(rest, use);
      assert.deepEqual(Object.keys(key).sort(), names);
      assert.deepEqual({ ...key, ...members, kid: "kms-pki:SHA256:abc" }, key);
      assert.ok(createPublicKey({ key, format: "jwk" }).equals(publicKey));
      // Even for a private key, which should never come here, only the public key is used.
      const secret = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      assert.deepEqual(sshKeyEntry(use, secret, "SHA256:abc"), { ...use, key });
    });
  }

  void it("are distinguished by their kid from those added by hand", () => {
    const pem = keyPair("ED25519", "ssh").publicKey.export({ type: "spki", format: "pem" }).toString();
    assert.ok(isOwnSshKeyEntry(sshKeyEntry({ type: "user", federated: false }, pem, "SHA256:abc")));
    for (const entry of [{ type: "user" }, { key: {} }, { key: { kid: "mine" } }, { key: null }, null, "key"]) {
      assert.equal(isOwnSshKeyEntry(entry), false, JSON.stringify(entry));
    }
  });
});
