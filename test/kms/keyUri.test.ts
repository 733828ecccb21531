import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectedKeyUri, formatKeyUri, parseKeyUri, holdsSecret, withoutSecrets } from "../../provider/kms/keyUri";
import { softKeyPath, softKeyUri } from "../../provider/kms/softkms/softKeyUri";
import { withCode } from "../fixtures/withCode";

void describe("A key URI", () => {
  const uris: readonly {
    uri: string;
    scheme: string;
    attributes?: Readonly<Record<string, string>>;
    opaque?: string;
  }[] = [
    { uri: "softkms:path=keys/root.pem", scheme: "softkms", attributes: { path: "keys/root.pem" } },
    { uri: "softkms:keys/root.pem", scheme: "softkms", opaque: "keys/root.pem" },
    { uri: "softkms:/etc/ca/root.pem", scheme: "softkms", opaque: "/etc/ca/root.pem" },
    { uri: "SoftKMS:path=a", scheme: "softkms", attributes: { path: "a" } },
    {
      uri: "awskms:key-id=1234abcd-12ab-34cd-56ef-1234567890ab",
      scheme: "awskms",
      attributes: { "key-id": "1234abcd-12ab-34cd-56ef-1234567890ab" },
    },
    {
      uri: "awskms:key-id=arn:aws:kms:eu-central-1:111122223333:key/1234",
      scheme: "awskms",
      attributes: { "key-id": "arn:aws:kms:eu-central-1:111122223333:key/1234" },
    },
    {
      uri: "cloudkms:projects/p/locations/global/keyRings/pki/cryptoKeys/root/cryptoKeyVersions/1",
      scheme: "cloudkms",
      opaque: "projects/p/locations/global/keyRings/pki/cryptoKeys/root/cryptoKeyVersions/1",
    },
    {
      uri: "yubikey:slot-id=9c;serial=112233?pin-value=123456",
      scheme: "yubikey",
      attributes: { "slot-id": "9c", serial: "112233" },
    },
    {
      uri: "pkcs11:token=two%20words;object=50%25%3B;id=%01%02?pin-source=/etc/pin",
      scheme: "pkcs11",
      attributes: { token: "two words", object: "50%;", id: "\u0001\u0002" },
    },
    { uri: "softkms:path=a=b", scheme: "softkms", attributes: { path: "a=b" } },
    { uri: "softkms:path=", scheme: "softkms", attributes: { path: "" } },
    { uri: "softkms:path=100%", scheme: "softkms", attributes: { path: "100%" } },
    { uri: "pkcs11:token=a;", scheme: "pkcs11", attributes: { token: "a" } },
  ];
  for (const { uri, scheme, attributes = {}, opaque } of uris) {
    void it(`${uri} is parsed`, () => {
      const parsed = parseKeyUri(uri);
      assert.deepEqual(
        { scheme: parsed.scheme, attributes: Object.fromEntries(parsed.attributes), opaque: parsed.opaque },
        { scheme, attributes, opaque },
      );
    });
  }

  const invalid: readonly string[] = [
    "",
    "keys/root.pem",
    "softkms",
    "softkms:",
    ":path=a",
    "9kms:path=a",
    "softkms:?pin-value=1",
    "soft kms:path=a",
    "softkms:path=a;b",
    "softkms:=a",
    "softkms:path=a;path=b",
  ];
  for (const uri of invalid) {
    void it(`is refused as "${uri}"`, () => {
      assert.throws(() => parseKeyUri(uri), withCode("KEY_URI_INVALID", /Write it as scheme:attribute=value/));
    });
  }

  const texts = [
    "keys/root.pem",
    "with space",
    "semi;colon",
    "question?mark",
    "equals=sign",
    "percent%",
    "percent%20",
    "a&b",
    "#",
    "a+b",
    "tab\tand\nline",
    "Zürich/東京",
  ];
  for (const text of texts) {
    void it(`encodes and decodes ${JSON.stringify(text)}`, () => {
      const uri = formatKeyUri("softkms", { path: text, other: "value" });
      assert.doesNotMatch(uri, /\s|[#+&]/);
      assert.deepEqual(Object.fromEntries(parseKeyUri(uri).attributes), { path: text, other: "value" });
    });
  }

  void it("is shown without parts that may hold a PIN", () => {
    const pin = "123456";
    assert.equal(withoutSecrets(`yubikey:slot-id=9c?pin-value=${pin}`), "yubikey:slot-id=9c");
    assert.equal(withoutSecrets(`yubikey:slot-id=9c?pin-value=a\n${pin}`), "yubikey:slot-id=9c");
    assert.equal(withoutSecrets("yubikey:slot-id=9c"), "yubikey:slot-id=9c");
    const attributes = ["slot-id", "serial"];
    for (const uri of [
      `yubikey:pin-value=${pin};slot-id=9c`,
      `yubikey:pin-value=${pin}; SLOT-id =9c`,
      `yubikey:slot-id=9c;pin-value=${pin}`,
      `yubikey:slot-id=9c; PIN-value =${pin};management-key=${pin};pin-value=${pin}?pin-value=${pin}`,
      `yubikey:management-key=${pin};pin-value=${pin};slot-id=9c`,
    ]) {
      assert.equal(withoutSecrets(uri, attributes).toLowerCase().replaceAll(" ", ""), "yubikey:slot-id=9c");
      assert.equal(withoutSecrets(uri).includes("9c"), uri.startsWith("yubikey:slot-id"));
      assert.ok(holdsSecret(uri));
    }
    for (const rest of ["half", "x=half", "half;x=1;x=2", "=half"]) {
      const uri = `yubikey:slot-id=9c;pin-value=first;${rest};serial=1`;
      assert.equal(withoutSecrets(uri, attributes), "yubikey:slot-id=9c;serial=1");
      try {
        parseKeyUri(uri);
      } catch (error) {
        assert.doesNotMatch(String(error), /first|half|\bx\b/);
      }
    }
    assert.equal(holdsSecret("yubikey:slot-id=9c;pin-source=/pin;management-key-source=/key"), false);
    for (const uri of [`:x?pin-value=${pin}`, `softkms?pin-value=${pin}`, `softkms:?pin-value=${pin}`]) {
      assert.throws(
        () => parseKeyUri(uri),
        (error) => !String(error).includes(pin) && withCode("KEY_URI_INVALID")(error),
      );
    }
  });
});

void describe("The URI of a key file", () => {
  const paths: readonly { uri: string; path: string }[] = [
    { uri: "softkms:path=keys/root.pem", path: "keys/root.pem" },
    { uri: "softkms:keys/root.pem", path: "keys/root.pem" },
    { uri: "softkms:path=/etc/my%20ca/root.pem", path: "/etc/my ca/root.pem" },
    { uri: softKeyUri("odd;na?me=%.pem"), path: "odd;na?me=%.pem" },
  ];
  for (const { uri, path } of paths) {
    void it(`${uri} names ${path}`, () => {
      assert.equal(softKeyPath(uri), path);
    });
  }

  const refused = ["awskms:key-id=1234", "softkms:path=", "softkms:file=root.pem", "softkms:", "root.pem"];
  for (const uri of refused) {
    void it(`is refused as "${uri}"`, () => {
      assert.throws(() => softKeyPath(uri), withCode("KEY_URI_INVALID"));
    });
  }

  void it("is shown without its PIN", () => {
    assert.throws(
      () => softKeyPath("yubikey:slot-id=9c?pin-value=123456"),
      (error) => !String(error).includes("123456") && withCode("KEY_URI_INVALID")(error),
    );
  });

  void it("has the attributes that reach it, and no secret of theirs", () => {
    for (const [uri, kms, expected] of [
      ["yubikey:slot-id=9a", "yubikey:serial=12?pin-value=1", "yubikey:serial=12;slot-id=9a"],
      ["yubikey:slot-id=9a", "yubikey:", "yubikey:slot-id=9a"],
      ["pkcs11:id=0a;object=a%20b", "pkcs11:token=ca%3B", "pkcs11:token=ca%3B;id=0a;object=a%20b"],
      ["softkms:path=a", undefined, "softkms:path=a"],
      ["cloudkms:projects/p", "cloudkms:credentials-file=a", "cloudkms:projects/p"],
    ] as const) {
      assert.equal(connectedKeyUri(uri, kms), expected);
    }
  });
});
