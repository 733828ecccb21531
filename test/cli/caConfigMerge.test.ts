import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergeCaConfig } from "../../provider/cli/caConfigMerge";
import { JsonDocument } from "../../provider/cli/jsonDocument";
import type { JsonObject } from "../../provider/stepca/jsonObject";

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
  void it("sets only what the stack controls", () => {
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

  void it("keeps manual settings in a kms block of the same type, and reports them without values", () => {
    const { merged, notes } = merge({ ...OLD, kms: { pin: "123456", type: "awskms", uri: "awskms:region=old" } });
    assert.deepEqual(merged["kms"], { pin: "123456", type: "awskms", uri: "awskms:region=eu-west-1" });
    assert.deepEqual(notes, ["kms keeps pin, which the stack does not set"]);
  });

  void it("replaces a kms block of another type, or one that is missing", () => {
    assert.deepEqual(merge({ ...OLD, kms: { type: "yubikey", pin: "123456" } }).merged["kms"], PLACED["kms"]);
    assert.deepEqual(merge({ root: "r" }).merged["kms"], PLACED["kms"]);
  });

  void it("reports what a kms block of another type contained", () => {
    const { notes } = merge({ ...OLD, kms: { type: "yubikey", uri: "yubikey:serial=1", pin: "123456" } });
    assert.deepEqual(notes, ["kms no longer has pin, uri, which contradicts what the stack sets"]);
  });

  const blocks: readonly {
    what: string;
    present: JsonObject;
    stack: JsonObject;
    expected: JsonObject;
    notes: readonly string[];
  }[] = [
    {
      what: "removes a PIN from the uri when the stack sets the field",
      present: { type: "yubikey", uri: "yubikey:serial=12345678?pin-value=111111" },
      stack: { type: "yubikey", pin: "74839201" },
      expected: { type: "yubikey", uri: "yubikey:serial=12345678", pin: "74839201" },
      notes: [
        "kms keeps serial (in its uri), which the stack does not set",
        "kms no longer has pin-value (in its uri), which contradicts what the stack sets",
      ],
    },
    {
      what: "removes a PIN from a field when the stack's uri names a file",
      present: { type: "yubikey", uri: "yubikey:serial=1", Pin: "111111" },
      stack: { type: "yubikey", uri: "yubikey:serial=1?pin-source=/etc/pin" },
      expected: { type: "yubikey", uri: "yubikey:serial=1?pin-source=/etc/pin" },
      notes: ["kms no longer has Pin, which contradicts what the stack sets"],
    },
    {
      what: "drops the serial number of a token when the stack gives its label",
      present: { type: "pkcs11", uri: "pkcs11:module-path=/old.so;serial=0815;max-sessions=2" },
      stack: { type: "pkcs11", uri: "pkcs11:module-path=/new.so;token=ca" },
      expected: { type: "pkcs11", uri: "pkcs11:module-path=/new.so;token=ca;max-sessions=2" },
      notes: [
        "kms keeps max-sessions (in its uri), which the stack does not set",
        "kms no longer has serial (in its uri), which contradicts what the stack sets",
      ],
    },
    {
      what: "removes a PIN whose name is percent-encoded, before the question mark, or prompted for",
      present: { type: "yubikey", uri: "yubikey:pin%2Dvalue=111111;serial=1?pin-prompt&pin-source=/old" },
      stack: { type: "yubikey", uri: "yubikey:?pin-source=/etc/pin" },
      expected: { type: "yubikey", uri: "yubikey:serial=1?pin-source=/etc/pin" },
      notes: [
        "kms keeps serial (in its uri), which the stack does not set",
        "kms no longer has pin-value (in its uri), pin-prompt (in its uri), which contradicts what the stack sets",
      ],
    },
    {
      what: "keeps a PIN and a management key in the uri that the stack does not set",
      present: { type: "yubikey", uri: "yubikey:management-key-source=/mk?pin-value=74839201" },
      stack: { type: "yubikey", uri: "yubikey:serial=12345678" },
      expected: { type: "yubikey", uri: "yubikey:serial=12345678;management-key-source=/mk?pin-value=74839201" },
      notes: ["kms keeps management-key-source (in its uri), pin-value (in its uri), which the stack does not set"],
    },
    {
      what: "ignores the case of the type",
      present: { type: "YubiKey", pin: "74839201" },
      stack: { type: "yubikey", uri: "yubikey:serial=12345678" },
      expected: { type: "yubikey", pin: "74839201", uri: "yubikey:serial=12345678" },
      notes: ["kms keeps pin, which the stack does not set"],
    },
    {
      what: "takes the type from the scheme of the uri",
      present: { uri: "YUBIKEY:?pin-value=74839201" },
      stack: { type: "yubikey", uri: "yubikey:serial=12345678" },
      expected: { uri: "yubikey:serial=12345678?pin-value=74839201", type: "yubikey" },
      notes: ["kms keeps pin-value (in its uri), which the stack does not set"],
    },
    {
      what: "keeps the uri when the stack has none and sets nothing in it",
      present: { type: "yubikey", uri: "yubikey:serial=1?pin-source=/etc/pin" },
      stack: { type: "yubikey" },
      expected: { type: "yubikey", uri: "yubikey:serial=1?pin-source=/etc/pin" },
      notes: ["kms keeps serial (in its uri), pin-source (in its uri), which the stack does not set"],
    },
    {
      what: "removes region and credentials that the stack's uri sets",
      present: { type: "awskms", region: "us-east-1", credentialsFile: "/old", profile: "ops" },
      stack: { type: "awskms", uri: "awskms:region=eu-west-1;credentials-file=/aws" },
      expected: { type: "awskms", profile: "ops", uri: "awskms:region=eu-west-1;credentials-file=/aws" },
      notes: [
        "kms keeps profile, which the stack does not set",
        "kms no longer has region, credentialsFile, which contradicts what the stack sets",
      ],
    },
    {
      what: "removes credentials from the uri of Cloud KMS when the stack sets them",
      present: { type: "cloudkms", uri: "cloudkms:credentials-file=/old", credentialsFile: "/older" },
      stack: { type: "cloudkms", uri: "cloudkms:credentials-file=/new" },
      expected: { type: "cloudkms", uri: "cloudkms:credentials-file=/new" },
      notes: ["kms no longer has credentialsFile, which contradicts what the stack sets"],
    },
  ];
  for (const { what, present, stack, expected, notes } of blocks) {
    void it(`of a kms block ${what}`, () => {
      const result = merge({ ...OLD, kms: present }, { ...PLACED, kms: stack });
      assert.deepEqual(result.merged["kms"], expected);
      assert.deepEqual(result.notes, notes);
      assert.deepEqual(merge(result.merged, { ...PLACED, kms: stack }).merged, result.merged, "a second time");
    });
  }

  const roots: readonly { what: string; present: unknown; expected: unknown }[] = [
    {
      what: "keeps a list that contains the root",
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

  void it("keeps ssh when the stack has no SSH keys, and says so", () => {
    const placed = { ...PLACED, ssh: undefined };
    const { merged, notes } = merge(OLD, placed);
    assert.deepEqual(merged["ssh"], OLD.ssh);
    assert.deepEqual(notes, ["ssh is unchanged: the stack has no SSH keys"]);
    assert.equal("ssh" in merge({ root: "r" }, placed).merged, false);
  });

  void it("sets the fields of crl that the stack has, and keeps the others", () => {
    const crl = { enabled: true, generateOnRevoke: true, idpURL: "http://ca.example.com/crl" };
    const placed = { ...PLACED, crl };
    assert.deepEqual(merge(OLD, placed).merged["crl"], crl);
    const own = { enabled: false, cacheDuration: "1h", idpURL: "http://old.example.com/crl" };
    const { merged, notes } = merge({ ...OLD, crl: own }, placed);
    assert.deepEqual(merged["crl"], { ...crl, cacheDuration: "1h" });
    assert.deepEqual(notes, []);
    assert.deepEqual(merge(merged, placed).merged, merged, "a second time");
  });

  void it("keeps crl when the stack does not set it, and says so", () => {
    const crl = { enabled: true, cacheDuration: "1h" };
    const { merged, notes } = merge({ ...OLD, crl });
    assert.deepEqual(merged["crl"], crl);
    assert.deepEqual(notes, ["crl is unchanged: the stack does not set it"]);
    assert.equal("crl" in merge(OLD).merged, false);
  });
});
