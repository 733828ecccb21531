import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergeCaConfig } from "../../provider/cli/caConfigMerge";
import { JsonDocument } from "../../provider/cli/jsonDocument";
import type { JsonObject } from "../../provider/stepca/config";

const PLACED: JsonObject = {
  root: "/ca/root_ca.crt",
  crt: "/ca/intermediate_ca.crt",
  key: "awskms:key-id=k",
  kms: { type: "awskms", uri: "awskms:region=eu-west-1" },
  ssh: { hostKey: "awskms:key-id=h", userKey: "awskms:key-id=u" },
  address: ":1",
  authority: { provisioners: [] },
};

const OLD = { root: "r", crt: "c", key: "k", kms: { type: "softkms" }, ssh: { hostKey: "h", userKey: "u" } };

function merge(present: JsonObject, placed = PLACED): { merged: JsonObject; notes: string[] } {
  const document = new JsonDocument(JSON.stringify(present), "ca.json");
  const notes = mergeCaConfig(document, placed);
  return { merged: JSON.parse(document.text) as JsonObject, notes };
}

void describe("The merge of a ca.json", () => {
  void it("sets what the stack decides, and nothing else", () => {
    const { merged, notes } = merge({ ...OLD, address: ":9", authority: { provisioners: [1] }, own: { root: "r" } });
    const { root, crt, key, kms, ssh } = PLACED;
    assert.deepEqual(merged, {
      root,
      crt,
      key,
      kms,
      ssh,
      address: ":9",
      authority: { provisioners: [1] },
      own: { root: "r" },
    });
    assert.deepEqual(notes, []);
  });

  void it("keeps what was set by hand in a kms block of the same type, and says so without its value", () => {
    const { merged, notes } = merge({ ...OLD, kms: { pin: "123456", type: "awskms", uri: "awskms:region=old" } });
    assert.deepEqual(merged["kms"], { pin: "123456", type: "awskms", uri: "awskms:region=eu-west-1" });
    assert.deepEqual(notes, ["kms keeps pin, which the stack does not set"]);
  });

  void it("replaces a kms block of another type, or one that is missing", () => {
    assert.deepEqual(merge({ ...OLD, kms: { type: "yubikey", pin: "123456" } }).merged["kms"], PLACED["kms"]);
    assert.deepEqual(merge({ root: "r" }).merged["kms"], PLACED["kms"]);
  });

  const roots: readonly { what: string; present: unknown; expected: unknown }[] = [
    {
      what: "leaves a list that has the root",
      present: ["/new", "/ca/root_ca.crt"],
      expected: ["/new", "/ca/root_ca.crt"],
    },
    {
      what: "puts the root in front of a list that lacks it",
      present: ["/old"],
      expected: ["/ca/root_ca.crt", "/old"],
    },
    { what: "replaces a single root", present: "/old", expected: "/ca/root_ca.crt" },
  ];
  for (const { what, present, expected } of roots) {
    void it(what, () => {
      assert.deepEqual(merge({ ...OLD, root: present }).merged["root"], expected);
    });
  }

  void it("keeps the other fields of ssh", () => {
    const { merged } = merge({ ...OLD, ssh: { keys: [{ type: "host" }], hostKey: "h" } });
    assert.deepEqual(merged["ssh"], { keys: [{ type: "host" }], ...(PLACED["ssh"] as JsonObject) });
  });

  void it("leaves ssh when the stack has no SSH keys, and says so", () => {
    const placed = { ...PLACED, ssh: undefined };
    const { merged, notes } = merge(OLD, placed);
    assert.deepEqual(merged["ssh"], OLD.ssh);
    assert.deepEqual(notes, ["ssh stays as it was: the stack has no SSH keys"]);
    assert.equal("ssh" in merge({ root: "r" }, placed).merged, false);
  });
});
