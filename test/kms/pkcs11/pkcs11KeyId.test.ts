import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ownerMark } from "../../../provider/kms/ownerMark";
import { isOwnKey, newTokenKeyId } from "../../../provider/kms/pkcs11/pkcs11KeyId";

const AUTHORITY = "0123456789abcdef0123456789abcdef";
const owner = ownerMark("urn:pulumi:prod::acme::root", AUTHORITY);
const label = "ca-root";

void describe("The id of a key in a token", () => {
  const id = newTokenKeyId(owner, label);

  void it("begins with the owner's mark, by which keys are found, and is random after that", () => {
    assert.match(id, /^eaa5eb57f768c111[0-9a-f]{16}$/);
    const ids = Array.from({ length: 100 }, () => newTokenKeyId(owner, label));
    assert.equal(new Set(ids).size, 100);
  });

  void it("has the same mark for every resource of an authority, and differs by authority and label", () => {
    const markOf = (...named: Parameters<typeof newTokenKeyId>): string => newTokenKeyId(...named).slice(0, 16);
    const mark = id.slice(0, 16);
    assert.equal(markOf(ownerMark("urn:other", AUTHORITY), label), mark);
    for (const other of [
      markOf(ownerMark("urn:pulumi:prod::acme::root", "f".repeat(32)), label),
      markOf(owner, "ca-root-2"),
      markOf("urn:pulumi:prod::acme::root", label),
    ]) {
      assert.notEqual(other, mark);
    }
  });

  void it("identifies the owner of the key", () => {
    assert.ok(isOwnKey({ id, label }, { owner }));
    assert.ok(isOwnKey({ id, label }, { owner: "urn:new", formerOwners: [owner] }));
    assert.ok(!isOwnKey({ id, label }, { owner: ownerMark("urn", "f".repeat(32)) }));
    assert.ok(!isOwnKey({ id, label: "ca-intermediate" }, { owner }));
    assert.ok(!isOwnKey({ id: "4711", label }, { owner }));
    assert.ok(!isOwnKey({ id: "", label }, { owner }));
  });
});
