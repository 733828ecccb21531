import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  canonicalTokenKeyUri,
  isSameToken,
  parseTokenKmsUri,
  pinSourceIn,
  placeTokenPinSource,
  tokenKeyName,
  tokenKeyUri,
  tokenKmsUri,
} from "../../../provider/kms/pkcs11/pkcs11Uri";
import { withCode } from "../../fixtures/withCode";

const MODULE = "/usr/lib/softhsm/libsofthsm2.so";

void describe("The URI of a key in a PKCS#11 token", () => {
  for (const { uri, id, label } of [
    { uri: "pkcs11:id=0a1b;object=root", id: "0a1b", label: "root" },
    { uri: "PKCS11:object=root;id=0A1B", id: "0a1b", label: "root" },
    { uri: "pkcs11:id=0x0a1b;object=root", id: "0a1b", label: "root" },
    { uri: "pkcs11:id=0a:1b;object=root", id: "0a1b", label: "root" },
    { uri: "pkcs11:id=a1b;object=root", id: "0a1b", label: "root" },
    { uri: "pkcs11:id=%0a%10;object=root", id: "0a10", label: "root" },
    { uri: "pkcs11:id=%ff%fe", id: "fffe", label: undefined },
    { uri: "pkcs11:id=%c3%a9", id: "c3a9", label: undefined },
    { uri: "pkcs11:token=ca;object=my%20key?pin-value=secret", id: undefined, label: "my key" },
  ]) {
    void it(`names a key as ${uri}, as step-ca reads it`, () => {
      assert.deepEqual(tokenKeyName(uri), {
        ...(id === undefined ? {} : { id }),
        ...(label === undefined ? {} : { label }),
      });
    });
  }

  void it("has one spelling when it has both names, and is unknown otherwise", () => {
    assert.equal(canonicalTokenKeyUri("pkcs11:token=ca;object=a%3bb;id=0A"), "pkcs11:id=0a;object=a%3Bb");
    assert.equal(canonicalTokenKeyUri("pkcs11:id=0a"), undefined);
    assert.equal(canonicalTokenKeyUri("pkcs11:object=root"), undefined);
  });

  void it("escapes characters that step-ca would misread", () => {
    assert.equal(tokenKeyUri({ id: "0a", label: "a+b;c d" }), "pkcs11:id=0a;object=a%2Bb%3Bc%20d");
  });

  for (const uri of ["pkcs11:token=ca", "pkcs11:id=;object=", "softkms:id=0a", "pkcs11:root"]) {
    void it(`is refused as "${uri}"`, () => {
      assert.throws(() => tokenKeyName(uri), withCode("KEY_URI_INVALID"));
    });
  }

  void it("does not reveal a PIN when it is refused", () => {
    assert.throws(
      () => tokenKeyName("pkcs11:token=ca?pin-value=4711"),
      (error: Error) => !error.message.includes("4711"),
    );
  });
});

void describe("The URI of a PKCS#11 token", () => {
  for (const connection of [
    { modulePath: MODULE, token: "ca" },
    { modulePath: "C:\\vendor\\p11.dll", serial: "1a2b" },
    { modulePath: MODULE, slotId: 5 },
    { modulePath: "/opt/a;b?c d/p11.so", token: "my token", pinSource: "/etc/step-ca/p?n" },
  ]) {
    void it(`is read back as written: ${tokenKmsUri(connection)}`, () => {
      assert.deepEqual(parseTokenKmsUri(tokenKmsUri(connection)), connection);
    });
  }

  void it("defaults to the module of p11-kit, as with step-ca", () => {
    assert.match(parseTokenKmsUri("pkcs11:token=ca").modulePath, /^p11-kit-proxy\./);
  });

  for (const uri of [
    ...["pkcs11:", "pkcs11:module-path=p11.so", "pkcs11:token=ca;serial=1", "pkcs11:slot-id=x", "yubikey:token=ca"],
    "pkcs11:token=",
  ]) {
    void it(`is refused as "${uri}"`, () => {
      assert.throws(() => parseTokenKmsUri(uri), withCode("KEY_URI_INVALID"));
    });
  }

  void it("names the same token whatever path its module is loaded from", () => {
    assert.ok(isSameToken("pkcs11:module-path=/a.so;token=ca", "pkcs11:token=ca;module-path=/b.so?pin-source=/pin"));
    assert.ok(!isSameToken("pkcs11:token=ca", "pkcs11:token=other"));
    assert.ok(!isSameToken("pkcs11:token=1", "pkcs11:serial=1"));
  });

  void it("has only the path of the PIN file changed for another host", () => {
    const place = (path: string): string => `/srv/${path}`;
    assert.equal(
      placeTokenPinSource("pkcs11:module-path=/a.so;token=ca?max-sessions=5&pin-source=my%20pin", place),
      "pkcs11:module-path=/a.so;token=ca?max-sessions=5&pin-source=/srv/my%20pin",
    );
    assert.equal(placeTokenPinSource("pkcs11:token=ca", place), "pkcs11:token=ca");
    assert.equal(pinSourceIn("pkcs11:token=ca?pin-source=my%20pin"), "my pin");
    assert.equal(pinSourceIn("pkcs11:token=ca?pin-value=4711"), undefined);
  });
});
