import assert from "node:assert/strict";
import { createPublicKey, type KeyObject } from "node:crypto";
import { before, describe, it } from "node:test";
import type { SlotContent } from "../../../provider/kms/yubikey/yubikey";
import { claimOf, publicKeyIn, requireUsableSlots, type SlotUse } from "../../../provider/kms/yubikey/slotClaim";
import type { Slot } from "../../../provider/piv/slots";
import { readCertificate } from "../../../provider/x509/certificate";
import { slotMark, type SlotMarkStage } from "../../../provider/x509/slotMark";
import { FakeYubiKey, newPublicKey } from "../../fixtures/fakeYubiKey";
import { withCode } from "../../fixtures/withCode";
import { issueRoot } from "../../x509/issuing";

const OWNER = "urn:pulumi:prod::acme::t::ca-root-key";
const OTHER = "urn:pulumi:dev::acme::t::ca-root-key";

/** Two keys; `K` is that in the slot. */
const KEYS = { K: newPublicKey("ECDSA_P256"), L: newPublicKey("ECDSA_P256") };

/** The device's report about the key in the slot: `K`, generated or imported; an unsupported key; no key; nothing. */
const DEVICE = {
  made: { hasKey: true, publicKey: KEYS.K, origin: "generated" },
  imported: { hasKey: true, publicKey: KEYS.K, origin: "imported" },
  unknown: { hasKey: true, publicKey: undefined, origin: "generated" },
  none: { hasKey: false, publicKey: undefined },
  silent: { hasKey: undefined, publicKey: undefined },
} as const satisfies Record<string, Omit<SlotContent, "certificate">>;

type Device = keyof typeof DEVICE;

/** A mark: its stage, its owner, and the key that it contains. */
type Mark = readonly [stage: SlotMarkStage, owner: string, key?: KeyObject];

let certificatePem: string;
before(async () => {
  certificatePem = await issueRoot();
});

async function contentOf(device: Device, stored?: Mark | "certificate" | "garbage"): Promise<SlotContent> {
  const told = DEVICE[device];
  if (stored === undefined) {
    return { ...told, certificate: undefined };
  }
  if (stored === "garbage") {
    return { ...told, certificate: Buffer.from("no certificate") };
  }
  const certificate =
    stored === "certificate" ? readCertificate(certificatePem).raw : Buffer.from(await slotMark(...stored));
  return {
    ...told,
    certificate,
    publicKey: told.hasKey === undefined ? publicKeyOf(certificate) : told.publicKey,
  };
}

/** As from a device that does not report keys itself. */
function publicKeyOf(der: Buffer): KeyObject {
  const pem = `-----BEGIN CERTIFICATE-----\n${der.toString("base64")}\n-----END CERTIFICATE-----\n`;
  return createPublicKey(readCertificate(pem).publicKey.export({ type: "spki", format: "pem" }));
}

void describe("The claim to a slot", () => {
  const claims: readonly {
    device: Device;
    stored?: Mark | "certificate" | "garbage";
    /** "interrupted K" has the key K. */
    claim: string | RegExp;
  }[] = [
    { device: "none", claim: "free" },
    { device: "silent", claim: "free" },
    { device: "made", claim: "occupied by a key" },
    { device: "imported", claim: "occupied by a key" },
    { device: "unknown", claim: "occupied by a key" },

    ...(["none", "silent", "made", "imported", "unknown"] as const).flatMap((device) => [
      { device, stored: "certificate" as const, claim: 'occupied by the certificate of "CN=Test Root"' },
      { device, stored: "garbage" as const, claim: "occupied by data that is not a certificate" },
      ...(["pending", "overwriting", "made"] as const).map((stage) => ({
        device,
        stored: [stage, OTHER, KEYS.K] as const,
        claim: `occupied by a key that is made for ${OTHER}`,
      })),
    ]),

    // The mark was put into a free slot. If it contains a key, that is the key of a released slot.
    { device: "none", stored: ["pending", OWNER], claim: "interrupted" },
    { device: "silent", stored: ["pending", OWNER], claim: "interrupted" },
    { device: "made", stored: ["pending", OWNER], claim: "interrupted K" },
    { device: "made", stored: ["pending", OWNER, KEYS.L], claim: "interrupted K" },
    { device: "made", stored: ["pending", OWNER, KEYS.K], claim: "interrupted" },
    { device: "imported", stored: ["pending", OWNER, KEYS.K], claim: "interrupted" },
    {
      device: "imported",
      stored: ["pending", OWNER],
      claim: /^occupied by a key that no known run of .* made/,
    },
    { device: "unknown", stored: ["pending", OWNER], claim: /^occupied by a key that no known run of/ },

    // The mark was put into a slot whose content was to be overwritten.
    { device: "none", stored: ["overwriting", OWNER, KEYS.K], claim: "interrupted" },
    { device: "made", stored: ["overwriting", OWNER, KEYS.L], claim: "interrupted K" },
    { device: "made", stored: ["overwriting", OWNER], claim: "interrupted K" },
    { device: "made", stored: ["overwriting", OWNER, KEYS.K], claim: /^occupied by a key that no known run of/ },
    { device: "imported", stored: ["overwriting", OWNER, KEYS.L], claim: /^occupied by a key that no known run of/ },
    { device: "imported", stored: ["overwriting", OWNER, KEYS.K], claim: /^occupied by a key that no known run of/ },
    { device: "unknown", stored: ["overwriting", OWNER], claim: /^occupied by a key that no known run of/ },
    { device: "silent", stored: ["overwriting", OWNER, KEYS.K], claim: /^occupied by a key that no known run of/ },

    { device: "none", stored: ["made", OWNER, KEYS.K], claim: "interrupted" },
    { device: "made", stored: ["made", OWNER, KEYS.K], claim: "interrupted K" },
    { device: "silent", stored: ["made", OWNER, KEYS.K], claim: "interrupted K" },
    { device: "made", stored: ["made", OWNER, KEYS.L], claim: /^occupied by a key that no known run of/ },
    { device: "imported", stored: ["made", OWNER, KEYS.K], claim: /^occupied by a key that no known run of/ },
    { device: "unknown", stored: ["made", OWNER, KEYS.K], claim: /^occupied by a key that no known run of/ },

    ...[OWNER, OTHER].flatMap((owner) => [
      { device: "none" as const, stored: ["released", owner] as const, claim: "free" },
      { device: "silent" as const, stored: ["released", owner] as const, claim: "free" },
      { device: "made" as const, stored: ["released", owner, KEYS.K] as const, claim: "free" },
      { device: "made" as const, stored: ["released", owner, KEYS.L] as const, claim: "occupied by a key" },
      { device: "made" as const, stored: ["released", owner] as const, claim: "occupied by a key" },
      { device: "unknown" as const, stored: ["released", owner] as const, claim: "occupied by a key" },
    ]),
  ];
  for (const { device, stored, claim } of claims) {
    const slot =
      typeof stored === "object" ? `the mark ${stored[0]} of ${stored[1] === OWNER ? "the owner" : "another"}` : stored;
    const bears =
      typeof stored === "object" ? ` (bears ${stored[2] === KEYS.K ? "K" : stored[2] === KEYS.L ? "L" : "none"})` : "";
    void it(`on a device that reports "${device}", with ${slot ?? "nothing"}${bears}, is ${String(claim)}`, async () => {
      const found = claimOf(await contentOf(device, stored), { owner: OWNER });
      const text =
        found.state === "occupied"
          ? `occupied by ${found.by}`
          : found.state === "interrupted" && found.publicKey !== undefined
            ? `interrupted ${found.publicKey.equals(KEYS.K) ? "K" : "L"}`
            : found.state;
      if (typeof claim === "string") {
        assert.equal(text, claim);
      } else {
        assert.match(text, claim);
      }
    });
  }
});

void describe("The public key in a slot", () => {
  const cases: readonly { device: Device; stored?: Mark | "certificate"; key: "K" | "certificate's" | "none" }[] = [
    { device: "made", key: "K" },
    { device: "made", stored: ["pending", OWNER], key: "K" },
    { device: "made", stored: "certificate", key: "K" },
    { device: "none", stored: "certificate", key: "none" },
    { device: "unknown", stored: ["made", OWNER, KEYS.K], key: "none" },
    { device: "silent", stored: "certificate", key: "certificate's" },
    { device: "silent", stored: ["made", OTHER, KEYS.K], key: "K" },
    { device: "silent", stored: ["pending", OTHER], key: "none" },
    { device: "silent", stored: ["overwriting", OTHER, KEYS.K], key: "none" },
    { device: "silent", stored: ["released", OTHER, KEYS.K], key: "none" },
    { device: "silent", key: "none" },
  ];
  for (const { device, stored, key } of cases) {
    const slot = typeof stored === "object" ? `the mark ${stored[0]}` : (stored ?? "nothing");
    void it(`is ${key} on a device that reports "${device}", with ${slot}`, async () => {
      const found = publicKeyIn(await contentOf(device, stored));
      const certificates = readCertificate(certificatePem).publicKey;
      assert.equal(
        found === undefined ? "none" : found.equals(KEYS.K) ? "K" : found.equals(certificates) ? "certificate's" : "?",
        key,
      );
    });
  }
});

void describe("The check of the slots before a key is made", () => {
  const claimed = (slot: Slot, use: SlotUse): { slot: Slot; use: SlotUse; owner: string } => ({
    slot,
    use,
    owner: OWNER,
  });

  for (const firmware of ["5.7.1", "5.2.4", "4.2.0"]) {
    void it(`with firmware ${firmware} accepts free slots, and finds a key without a certificate in another`, async () => {
      const device = new FakeYubiKey(11, firmware);
      await device.turn((turn) => requireUsableSlots(turn, [claimed("9a", "new"), claimed("9c", "new")]));
      device.put("9c", "ECDSA_P256", { origin: "imported" });
      await assert.rejects(
        device.turn((turn) => requireUsableSlots(turn, [claimed("9a", "new"), claimed("9c", "new")])),
        withCode("KEY_EXISTS", /slot 9c holds a key.*nothing was changed/),
      );
      assert.ok(device.takeCalls().every((call) => /^verifyPin$|^holdsKey/.test(call)));
    });
  }

  void it("lists all slots in use in one error, before the PIN is needed", async () => {
    const device = new FakeYubiKey(11, "4.2.0");
    device.certificates.set("9c", Buffer.from(await slotMark("made", OTHER, newPublicKey("ECDSA_P256"))));
    device.certificates.set("82", readCertificate(certificatePem).raw);
    const slots = (["9a", "9c", "82"] as const).map((slot) => claimed(slot, "new"));
    await assert.rejects(
      device.turn((turn) => requireUsableSlots(turn, slots)),
      withCode(
        "KEY_EXISTS",
        /slot 9c holds a key that is made for urn:.* and slot 82 holds the certificate of "CN=Test Root"/,
      ),
    );
    assert.deepEqual(device.takeCalls(), []);
  });

  void it("says that a slot belongs to another authority that is making a key there, and suggests nothing to do with it", async () => {
    const device = new FakeYubiKey(11, "4.2.0");
    const [own, other] = [`${OWNER}#${"0".repeat(32)}`, `${OWNER}#${"f".repeat(32)}`];
    device.certificates.set("9a", Buffer.from(await slotMark("made", other, newPublicKey("ECDSA_P256"))));
    const look = (formerOwners: readonly string[]): Promise<void> =>
      device.turn((turn) => requireUsableSlots(turn, [{ slot: "9a", use: "new", owner: own, formerOwners }]));
    await assert.rejects(look([OWNER]), (error: Error) => {
      assert.doesNotMatch(error.message, /adopt|overwrite/);
      const message = /slot 9a holds a key that is made for urn:\S+ of another authority, and nothing/;
      return withCode("KEY_EXISTS", message)(error);
    });
    await look([other]); // as before a rename
    device.certificates.set("9a", Buffer.from(await slotMark("pending", OWNER)));
    await look([OWNER]); // as 0.1.0 left it
    await assert.rejects(look([]), withCode("KEY_EXISTS", /slot 9a holds a key that is made for urn:/));
  });

  void it("allows overwriting only slots named for that", async () => {
    const device = new FakeYubiKey(11);
    device.put("9a");
    device.put("9c");
    const look = (one: SlotUse, other: SlotUse): Promise<void> =>
      device.turn((turn) => requireUsableSlots(turn, [claimed("9a", one), claimed("9c", other)]));
    await look("overwrite", "overwrite");
    await assert.rejects(
      look("overwrite", "new"),
      withCode("KEY_EXISTS", /slot 9c holds a key, and nothing was changed/),
    );
    await assert.rejects(look("new", "overwrite"), withCode("KEY_EXISTS", /slot 9a/));
    await assert.rejects(look("overwrite", "adopt all" as SlotUse), withCode("KEY_EXISTS", /slot 9c/));
  });

  void it("requires a key to adopt, not just a mark", async () => {
    for (const firmware of ["5.7.1", "4.2.0"]) {
      const device = new FakeYubiKey(11, firmware);
      const look = (): Promise<void> =>
        device.turn((turn) => requireUsableSlots(turn, [claimed("9a", "adopt"), claimed("9c", "adopt")]));
      await assert.rejects(look(), withCode("KEY_NOT_FOUND", /no key to adopt in slot 9a and 9c/));
      device.certificates.set("9a", Buffer.from(await slotMark("pending", OWNER)));
      device.certificates.set("9c", Buffer.from(await slotMark("released", OTHER, KEYS.K)));
      await assert.rejects(look(), withCode("KEY_NOT_FOUND", /no key to adopt in slot 9a and 9c/));
      const publicKey = device.put("9a");
      device.certificates.set("9a", Buffer.from(await slotMark("made", OTHER, publicKey)));
      device.certificates.set("9c", readCertificate(certificatePem).raw);
      device.put("9c", "ECDSA_P256", { publicKey: readCertificate(certificatePem).publicKey });
      await look();
    }
  });
});
