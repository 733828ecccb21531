import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ownerMark } from "../../../provider/kms/ownerMark";
import { isOwnKey, tokenKeyId } from "../../../provider/kms/pkcs11/pkcs11KeyId";

const AUTHORITY = "0123456789abcdef0123456789abcdef";
const owner = ownerMark("urn:pulumi:prod::acme::root", AUTHORITY);
const label = "ca-root";

void describe("The id of a key in a token", () => {
  const id = tokenKeyId(owner, label, "ECDSA_P256");

  void it("never changes, because keys are found by it", () => {
    assert.equal(id, "d1ccb90a924a8e15c529fdb65aa41b09");
  });

  void it("is the same for every resource of an authority, and differs by authority, label and algorithm", () => {
    assert.equal(tokenKeyId(ownerMark("urn:other", AUTHORITY), label, "ECDSA_P256"), id);
    for (const other of [
      tokenKeyId(ownerMark("urn:pulumi:prod::acme::root", "f".repeat(32)), label, "ECDSA_P256"),
      tokenKeyId(owner, "ca-root-2", "ECDSA_P256"),
      tokenKeyId(owner, label, "ECDSA_P384"),
      tokenKeyId("urn:pulumi:prod::acme::root", label, "ECDSA_P256"),
    ]) {
      assert.notEqual(other, id);
    }
  });

  void it("identifies the owner of the key for every algorithm", () => {
    assert.ok(isOwnKey({ id, label }, { owner }));
    assert.ok(isOwnKey({ id: tokenKeyId(owner, label, "RSA_4096_PSS"), label }, { owner }));
    assert.ok(isOwnKey({ id, label }, { owner: "urn:new", formerOwners: [owner] }));
    assert.ok(!isOwnKey({ id, label }, { owner: ownerMark("urn", "f".repeat(32)) }));
    assert.ok(!isOwnKey({ id, label: "ca-intermediate" }, { owner }));
    assert.ok(!isOwnKey({ id: "4711", label }, { owner }));
  });
});
