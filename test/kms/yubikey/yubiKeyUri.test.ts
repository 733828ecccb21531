import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  deviceName,
  parseYubiKeyKmsUri,
  placePinSource,
  type YubiKeyConnection,
  yubiKeyKmsUri,
  yubiKeySlot,
  yubiKeyUri,
} from "../../../provider/kms/yubikey/yubiKeyUri";
import { SLOTS } from "../../../provider/piv/slots";
import { withCode } from "../../fixtures/withCode";

/** The PIN in these tests. They search for it where it must not be. */
const PIN = "74839201";

void describe("The URI of a key in a YubiKey", () => {
  void it("is written as in step-ca, and read back, for every slot", () => {
    assert.equal(yubiKeyUri("9c"), "yubikey:slot-id=9c");
    for (const slot of SLOTS) {
      assert.equal(yubiKeySlot(yubiKeyUri(slot)), slot);
    }
  });

  for (const uri of [
    "yubikey:slot-id=9C",
    "YubiKey:slot-id=9c",
    "yubikey:slot-id=%39c",
    "yubikey:serial=12345678;slot-id=9c",
    `yubikey:slot-id=9c?pin-value=${PIN}`,
    "yubikey:slot-id=9c;x=9a?slot-id=9a",
  ]) {
    void it(`names slot 9c as ${uri}`, () => {
      assert.equal(yubiKeySlot(uri), "9c");
    });
  }

  for (const uri of [
    "yubikey:slot-id=f9", // the attestation key's
    "yubikey:slot-id=9b", // the management key's
    "yubikey:slot-id=80", // the PIN's
    "yubikey:slot-id=96",
    "yubikey:slot-id=",
    "yubikey:slot-id=9c ",
    "yubikey:slot-id=toString",
    "yubikey:slot=9c",
    "yubikey:9c",
    "yubikey:serial=12345678",
    "yubikey:Slot-Id=9c",
    "yubikey:slot-id=9c;slot-id=9a",
    "yubikey:",
    "pkcs11:slot-id=9c",
    "9c",
    "",
  ]) {
    void it(`is refused as ${JSON.stringify(uri)}`, () => {
      assert.throws(() => yubiKeySlot(uri), withCode("KEY_URI_INVALID"));
    });
  }

  void it("is refused with a list of the slots, and without what may be a PIN", () => {
    assert.throws(
      () => yubiKeySlot(`yubikey:slot-id=9b?pin-value=${PIN}`),
      (error) =>
        !String(error).includes(PIN) &&
        withCode("KEY_URI_INVALID", /"yubikey:slot-id=9b" does not name a slot .* 9a, 9c, 9d, 9e and 82 to 95/)(error),
    );
  });
});

void describe("The URI of a YubiKey", () => {
  const connections: readonly { connection: YubiKeyConnection; uri: string }[] = [
    { connection: {}, uri: "yubikey:" },
    { connection: { serial: 12345678 }, uri: "yubikey:serial=12345678" },
    { connection: { pinSource: "/etc/step-ca/pin" }, uri: "yubikey:?pin-source=/etc/step-ca/pin" },
    {
      connection: { serial: 4294967295, pinSource: "pin.txt" },
      uri: "yubikey:serial=4294967295?pin-source=pin.txt",
    },
    {
      connection: { serial: 1, pinSource: "/srv/my ca/p?n;100%=&+#ä" },
      uri: "yubikey:serial=1?pin-source=/srv/my%20ca/p%3Fn%3B100%25%3D%26%2B%23ä",
    },
  ];
  for (const { connection, uri } of connections) {
    void it(`is ${uri}, and read back`, () => {
      assert.equal(yubiKeyKmsUri(connection), uri);
      assert.deepEqual(parseYubiKeyKmsUri(uri), connection);
    });
  }

  const read: readonly { uri: string; connection: YubiKeyConnection }[] = [
    { uri: "YUBIKEY:serial=12345678", connection: { serial: 12345678 } },
    { uri: "yubikey:serial=00012345", connection: { serial: 12345 } },
    { uri: "yubikey:slot-id=9a;serial=7", connection: { serial: 7 } },
    { uri: "yubikey:?", connection: {} },
    { uri: `yubikey:serial=7?pin-value=${PIN}`, connection: { serial: 7 } },
    { uri: `yubikey:?${PIN}`, connection: {} },
    // As step-ca reads the part after the question mark.
    { uri: `yubikey:?pin-source=/etc/pin&pin-value=${PIN}`, connection: { pinSource: "/etc/pin" } },
    { uri: `yubikey:?pin-value=${PIN};pin-source=/etc/pin`, connection: { pinSource: "/etc/pin" } },
    { uri: "yubikey:serial=7?pin-source=/etc/pin?old", connection: { serial: 7, pinSource: "/etc/pin" } },
    { uri: "yubikey:?serial=7", connection: {} },
  ];
  for (const { uri, connection } of read) {
    void it(`is read from ${uri}`, () => {
      assert.deepEqual(parseYubiKeyKmsUri(uri), connection);
    });
  }

  for (const uri of [
    "yubikey:serial=",
    "yubikey:serial=abc",
    "yubikey:serial=0x10",
    "yubikey:serial=-1",
    "yubikey:serial=1.5",
    "yubikey:serial=12345678901",
    "yubikey:serial=1;serial=2",
    "yubikey:12345678",
    "softkms:serial=7",
    "awskms:region=eu-west-1",
    "awskms:",
    "12345678",
    "",
  ]) {
    void it(`is refused as ${JSON.stringify(uri)}`, () => {
      assert.throws(() => parseYubiKeyKmsUri(uri), withCode("KEY_URI_INVALID", /yubikey:serial=12345678/));
    });
  }

  // A PIN may contain the separators of attributes.
  for (const query of [
    `pin-value=${PIN};x`,
    `x;pin-value=${PIN}`,
    `pin-value=1;pin-value=${PIN}`,
    `pin-value=a&${PIN}`,
    `pin-source=/etc/pin;${PIN}`,
    `pin-source=/etc/pin;pin-source=${PIN}`,
    `=${PIN};`,
  ]) {
    for (const card of ["yubikey:", "yubikey:serial=7", "yubikey:serial=x", "softkms:x=1"]) {
      void it(`is refused without showing what may be a PIN: ${card}?${query.replaceAll(PIN, "PIN")}`, () => {
        assert.throws(
          () => parseYubiKeyKmsUri(`${card}?${query}`),
          (error) => !String(error).includes(PIN) && withCode("KEY_URI_INVALID")(error),
        );
      });
    }
  }
});

void describe("The PIN file in the URI of a YubiKey", () => {
  const places: readonly { uri: string; placed: string }[] = [
    { uri: "yubikey:?pin-source=pin", placed: "yubikey:?pin-source=/srv/pin" },
    { uri: "yubikey:serial=7?pin-source=a%20b", placed: "yubikey:serial=7?pin-source=/srv/a%20b" },
    { uri: "YubiKey:serial=7", placed: "YubiKey:serial=7" },
    { uri: `yubikey:?pin-value=${PIN}`, placed: `yubikey:?pin-value=${PIN}` },
    {
      uri: `yubikey:x=1;serial=7?management-key=0a;pin-source=pin&pin-value=${PIN}`,
      placed: `yubikey:x=1;serial=7?management-key=0a;pin-source=/srv/pin&pin-value=${PIN}`,
    },
    { uri: "yubikey:pin-source=shown?pin-source=pin", placed: "yubikey:pin-source=shown?pin-source=/srv/pin" },
    { uri: "yubikey:?old-pin-source=x;pin-source=$&", placed: "yubikey:?old-pin-source=x;pin-source=/srv/$&" },
  ];
  for (const { uri, placed } of places) {
    void it(`becomes ${placed} on another host, and the rest is unchanged`, () => {
      assert.equal(
        placePinSource(uri, (path) => `/srv/${path}`),
        placed,
      );
    });
  }
});

void describe("The name of a YubiKey in a message", () => {
  void it("includes the serial number if it is known", () => {
    assert.equal(deviceName(12345678), "the YubiKey 12345678");
    assert.equal(deviceName(undefined), "the YubiKey");
  });
});
