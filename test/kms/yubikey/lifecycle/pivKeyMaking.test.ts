import assert from "node:assert/strict";
import { createPublicKey, type KeyObject } from "node:crypto";
import { describe, it } from "node:test";
import { PkiError } from "../../../../provider/errors";
import type { SlotUse } from "../../../../provider/kms/yubikey/slotClaim";
import type { PinPolicy } from "../../../../provider/piv/pivAlgorithms";
import { readSlotMark, slotMark } from "../../../../provider/x509/slotMark";
import { readCertificate } from "../../../../provider/x509/certificate";
import { FakeYubiKey, Killed, newPublicKey, PIN } from "../../../fixtures/fakeYubiKey";
import { withCode } from "../../../fixtures/withCode";
import { issueRoot } from "../../../x509/issuing";
import { INPUTS, isOfKeyIn, KeyRun } from "./pivKeyRun";

const OTHER = "urn:pulumi:dev::acme::t::ca-root-key";
/** Firmware that reports its keys; that attests keys that it made; that does neither. */
const FIRMWARES = ["5.7.1", "5.2.4", "4.2.0"];

function keyIn(device: FakeYubiKey): KeyObject | undefined {
  return device.keys.get("9a")?.publicKey;
}

function markIn(device: FakeYubiKey): string | undefined {
  const certificate = device.certificates.get("9a");
  const mark = certificate === undefined ? undefined : readSlotMark(certificate);
  return mark && `${mark.stage} for ${mark.owner}`;
}

/** Puts a key with its certificate into slot 9a, as another program does. */
async function putForeign(device: FakeYubiKey, origin: "generated" | "imported" = "generated"): Promise<KeyObject> {
  const certificate = readCertificate(await issueRoot());
  device.certificates.set("9a", certificate.raw);
  return device.put("9a", "ECDSA_P256", { publicKey: certificate.publicKey, origin });
}

void describe("The creation of a PivKey", () => {
  for (const firmware of FIRMWARES) {
    void it(`with firmware ${firmware} marks the slot first, and adds the public key afterward`, async () => {
      const device = new FakeYubiKey(11, firmware);
      const kms = firmware === "4.2.0" ? "yubikey:" : INPUTS.kms;
      const run = new KeyRun(device);
      const record = await run.create({ kms });
      assert.ok(isOfKeyIn(device, record));
      assert.deepEqual(
        device.takeCalls().filter((call) => !/holdsKey|verifyPin/.test(call)),
        ["authenticate", "writeCertificate 9a", "generateKey 9a", "writeCertificate 9a"],
      );
      assert.equal(markIn(device), `made for ${INPUTS.owner}`);
      assert.equal(record.uri, "yubikey:slot-id=9a");
      assert.equal(record.firmware, firmware);
      assert.equal(record.status, "present");
      assert.equal(run.notices, "");
      assert.doesNotMatch(JSON.stringify(record), new RegExp(PIN));
    });
  }

  void it("verifies the PIN and the management key before it changes anything", async () => {
    const device = new FakeYubiKey(11);
    device.pinError = new PkiError("PIN_REJECTED", "verifying the PIN failed", "Give the PIN");
    await assert.rejects(new KeyRun(device).create(), withCode("PIN_REJECTED"));
    assert.deepEqual(device.takeCalls(), ["verifyPin"]);
    assert.deepEqual([device.keys.size, device.certificates.size], [0, 0]);
  });

  void it("gives the key the declared policies", async () => {
    const device = new FakeYubiKey(11);
    await new KeyRun(device).create({ pinPolicy: "once", touchPolicy: "cached", algorithm: "ECDSA_P384" });
    const { pinPolicy, touchPolicy, publicKey } = device.keys.get("9a") ?? assert.fail();
    assert.deepEqual([pinPolicy, touchPolicy], ["once", "cached"]);
    assert.equal(publicKey.asymmetricKeyDetails?.namedCurve, "secp384r1");
  });

  const occupied: readonly { what: string; occupy: (device: FakeYubiKey) => Promise<unknown>; firmwares: string[] }[] =
    [
      { what: "a key with its certificate", occupy: (device) => putForeign(device), firmwares: FIRMWARES },
      { what: "an imported key", occupy: (device) => putForeign(device, "imported"), firmwares: FIRMWARES },
      {
        what: "only a key",
        occupy: (device) => Promise.resolve(device.put("9a", "ECDSA_P256", { origin: "imported" })),
        firmwares: FIRMWARES,
      },
      {
        what: "only a certificate",
        occupy: async (device) => {
          await putForeign(device);
          device.keys.delete("9a");
        },
        firmwares: FIRMWARES,
      },
      {
        what: "a key being made for another resource",
        occupy: async (device) =>
          device.certificates.set("9a", Buffer.from(await slotMark("made", OTHER, device.put("9a")))),
        firmwares: FIRMWARES,
      },
      {
        what: "the mark of another resource",
        occupy: async (device) => device.certificates.set("9a", Buffer.from(await slotMark("pending", OTHER))),
        firmwares: FIRMWARES,
      },
      {
        what: "an imported key with a forged mark",
        occupy: async (device) => {
          const publicKey = device.put("9a", "ECDSA_P256", { origin: "imported" });
          device.certificates.set("9a", Buffer.from(await slotMark("made", INPUTS.owner, publicKey)));
        },
        firmwares: ["5.7.1"],
      },
      {
        what: "a key that does not match its mark",
        occupy: async (device) => {
          device.put("9a");
          device.certificates.set("9a", Buffer.from(await slotMark("made", INPUTS.owner, newPublicKey("ECDSA_P256"))));
        },
        firmwares: FIRMWARES,
      },
      {
        what: "a key that was made after the slot was released",
        occupy: async (device) => {
          device.put("9a");
          device.certificates.set(
            "9a",
            Buffer.from(await slotMark("released", INPUTS.owner, newPublicKey("ECDSA_P256"))),
          );
        },
        firmwares: ["5.7.1", "5.2.4"],
      },
    ];
  for (const { what, occupy, firmwares } of occupied) {
    for (const firmware of firmwares) {
      void it(`with firmware ${firmware} refuses a slot with ${what}, and changes nothing`, async () => {
        const device = new FakeYubiKey(11, firmware);
        await occupy(device);
        const before = [keyIn(device), device.certificates.get("9a")];
        await assert.rejects(new KeyRun(device).create(), withCode("KEY_EXISTS", /nothing was changed/));
        assert.deepEqual([keyIn(device), device.certificates.get("9a")], before);
      });

      void it(`with firmware ${firmware} overwrites a slot with ${what} on request`, async () => {
        const device = new FakeYubiKey(11, firmware);
        await occupy(device);
        const before = keyIn(device);
        const record = await new KeyRun(device).create({ use: "overwrite" });
        assert.ok(isOfKeyIn(device, record));
        assert.ok(before === undefined || keyIn(device)?.equals(before) === false);
        assert.equal(markIn(device), `made for ${INPUTS.owner}`);
      });
    }
  }

  void it("accepts only the three words for a permission", async () => {
    const device = new FakeYubiKey(11);
    const foreign = await putForeign(device);
    const { lifecycle } = new KeyRun(device);
    for (const use of ["Overwrite", "force", "", undefined]) {
      const inputs = { ...INPUTS, use: use as SlotUse };
      const { problems } = await lifecycle.check({}, inputs);
      assert.deepEqual(
        problems.map(({ code, property }) => `${code} ${property}`),
        ["INPUT_INVALID use"],
      );
      await assert.rejects(lifecycle.create(inputs), withCode("KEY_EXISTS"));
    }
    assert.equal(keyIn(device), foreign);
  });

  void it("reuses a slot that was given up", async () => {
    for (const firmware of FIRMWARES) {
      const device = new FakeYubiKey(11, firmware);
      const nobodys = device.put("9a");
      device.certificates.set("9a", Buffer.from(await slotMark("released", OTHER, nobodys)));
      const record = await new KeyRun(device).create();
      assert.ok(isOfKeyIn(device, record));
      assert.equal(keyIn(device)?.equals(nobodys), false);
    }
  });
});

/** The initial content of a slot, and whether the first run was allowed to overwrite it. */
const BEFORE: readonly {
  what: string;
  use: SlotUse;
  prepare: (device: FakeYubiKey) => Promise<KeyObject | undefined>;
}[] = [
  { what: "a free slot", use: "new", prepare: () => Promise.resolve(undefined) },
  {
    what: "a released slot",
    use: "new",
    prepare: async (device) => {
      // It has no PIN, unlike the wanted one.
      const nobodys = device.put("9a", "ECDSA_P256", { pinPolicy: "never" });
      device.certificates.set("9a", Buffer.from(await slotMark("released", OTHER, nobodys)));
      return nobodys;
    },
  },
  { what: "a slot to overwrite", use: "overwrite", prepare: (device) => putForeign(device) },
  {
    what: "a slot with an imported key to overwrite",
    use: "overwrite",
    prepare: (device) => putForeign(device, "imported"),
  },
];

const MOMENTS: readonly { call: string; moment: "before" | "after"; number: number; made: boolean; marked: boolean }[] =
  [
    { call: "writeCertificate 9a", moment: "before", number: 1, made: false, marked: false },
    { call: "writeCertificate 9a", moment: "after", number: 1, made: false, marked: false },
    { call: "generateKey 9a", moment: "before", number: 1, made: false, marked: false },
    { call: "generateKey 9a", moment: "after", number: 1, made: true, marked: false },
    { call: "writeCertificate 9a", moment: "before", number: 2, made: true, marked: false },
    { call: "writeCertificate 9a", moment: "after", number: 2, made: true, marked: true },
  ];

void describe("The creation of a PivKey that was cut off", () => {
  for (const firmware of FIRMWARES) {
    for (const { what, use, prepare } of BEFORE) {
      for (const { call, moment, number, made, marked } of MOMENTS) {
        const when = `${moment} ${call} (${String(number)})`;
        const isFound = marked || (made && firmware !== "4.2.0");
        void it(`${when}, in ${what}, with firmware ${firmware}: the next run ${isFound ? "finds" : "makes"} the key`, async () => {
          const device = new FakeYubiKey(11, firmware);
          const earlier = await prepare(device);
          device.killAt(call, moment, number);
          await assert.rejects(new KeyRun(device).create({ use }), Killed);
          const left = keyIn(device);
          device.takeCalls();

          const run = new KeyRun(device);
          const record = await run.create({ use });
          const key = createPublicKey(record.publicKeyPem);
          assert.ok(isOfKeyIn(device, record));
          assert.ok(
            earlier === undefined || !key.equals(earlier),
            "what was there before is never taken for one's own",
          );
          assert.equal(device.calls.includes("generateKey 9a"), !isFound);
          assert.equal(left !== undefined && key.equals(left), isFound);
          assert.equal(/using the key in slot .* which an interrupted run/.test(run.notices), isFound);
          assert.equal(
            markIn(device),
            isFound && !marked
              ? `${use === "new" ? "pending" : "overwriting"} for ${INPUTS.owner}`
              : `made for ${INPUTS.owner}`,
          );
        });
      }
    }

    for (const origin of ["generated", "imported"] as const) {
      void it(`before it overwrote the ${origin} key does not permit overwriting it later, with firmware ${firmware}`, async () => {
        const device = new FakeYubiKey(11, firmware);
        const foreign = await putForeign(device, origin);
        device.killAt("generateKey 9a", "before");
        await assert.rejects(new KeyRun(device).create({ use: "overwrite" }), Killed);
        await assert.rejects(new KeyRun(device).create(), withCode("KEY_EXISTS", /a key that no known run of .* made/));
        assert.equal(keyIn(device), foreign);
      });
    }
  }

  for (const firmware of FIRMWARES) {
    void it(`twice is still found, with firmware ${firmware}`, async () => {
      const device = new FakeYubiKey(11, firmware);
      device.killAt("generateKey 9a", "before");
      await assert.rejects(new KeyRun(device).create(), Killed);
      device.killAt("writeCertificate 9a", "after", 2);
      await assert.rejects(new KeyRun(device).create(), Killed);
      const left = keyIn(device);
      const record = await new KeyRun(device).create();
      assert.ok(left?.equals(createPublicKey(record.publicKeyPem)));
    });
  }

  const unwanted: readonly {
    what: string;
    change: { algorithm?: "ECDSA_P384"; pinPolicy?: PinPolicy; touchPolicy?: "always" };
  }[] = [
    { what: "of another algorithm", change: { algorithm: "ECDSA_P384" } },
    { what: "with another PIN policy", change: { pinPolicy: "never" } },
    { what: "with another touch policy", change: { touchPolicy: "always" } },
  ];
  for (const { what, change } of unwanted) {
    void it(`and left a key ${what} makes another key, and says so`, async () => {
      const device = new FakeYubiKey(11);
      device.killAt("writeCertificate 9a", "after", 2);
      await assert.rejects(new KeyRun(device).create(change), Killed);
      const left = keyIn(device);
      const run = new KeyRun(device);
      const record = await run.create();
      assert.ok(isOfKeyIn(device, record));
      assert.ok(left?.equals(createPublicKey(record.publicKeyPem)) === false);
      assert.equal(device.keys.get("9a")?.pinPolicy, "always");
      assert.match(run.notices, /slot 9a bears the mark of an interrupted run of .* making its key now/);
    });
  }

  for (const id of ["", `#${"a".repeat(32)}`]) {
    void it(`is found under the current type name when 0.1.0 left its mark${id === "" ? "" : ", with an id"}`, async () => {
      const owner = (type: string): string =>
        `urn:pulumi:prod::acme::pulumi-nodejs:dynamic/kms-pki:${type}::root-key${id}`;
      const device = new FakeYubiKey(11);
      device.killAt("writeCertificate 9a", "after", 2);
      await assert.rejects(new KeyRun(device).create({ owner: owner("YubiKeyKey") }), Killed);
      const left = keyIn(device);
      const record = await new KeyRun(device).create({ owner: owner("PivKey") });
      assert.ok(left?.equals(createPublicKey(record.publicKeyPem)));
    });
  }

  void it("is not continued by another resource", async () => {
    for (const { call, moment, number } of MOMENTS.slice(1)) {
      const device = new FakeYubiKey(11);
      device.killAt(call, moment, number);
      await assert.rejects(new KeyRun(device).create(), Killed);
      await assert.rejects(
        new KeyRun(device).create({ owner: OTHER }),
        withCode("KEY_EXISTS", new RegExp(INPUTS.owner)),
      );
    }
  });
});

void describe("The adoption of a PivKey", () => {
  for (const firmware of FIRMWARES) {
    void it(`uses the key unchanged, with firmware ${firmware}`, async () => {
      const device = new FakeYubiKey(11, firmware);
      const foreign = await putForeign(device, "imported");
      const certificate = device.certificates.get("9a");
      const record = await new KeyRun(device).create({ use: "adopt" });
      assert.ok(foreign.equals(createPublicKey(record.publicKeyPem)));
      assert.equal(device.certificates.get("9a"), certificate);
      assert.ok(device.takeCalls().every((call) => /^verifyPin$|^provesKey/.test(call)));
    });

    void it(`accepts a key that another resource or its own cut-off run made, with firmware ${firmware}`, async () => {
      for (const owner of [OTHER, INPUTS.owner]) {
        const device = new FakeYubiKey(11, firmware);
        device.killAt("writeCertificate 9a", "after", 2);
        await assert.rejects(new KeyRun(device).create({ owner }), Killed);
        const record = await new KeyRun(device).create({ use: "adopt" });
        assert.ok(isOfKeyIn(device, record));
      }
    });

    void it(`refuses an empty slot, and one with only a mark, with firmware ${firmware}`, async () => {
      for (const owner of [undefined, OTHER, INPUTS.owner]) {
        const device = new FakeYubiKey(11, firmware);
        if (owner !== undefined) {
          device.certificates.set("9a", Buffer.from(await slotMark("pending", owner)));
        }
        await assert.rejects(new KeyRun(device).create({ use: "adopt" }), withCode("KEY_NOT_FOUND", /slot 9a/));
        assert.equal(device.calls.includes("generateKey 9a"), false);
      }
    });

    void it(`refuses a key of another algorithm, with firmware ${firmware}, and makes none`, async () => {
      for (const owner of [OTHER, INPUTS.owner]) {
        const device = new FakeYubiKey(11, firmware);
        const left = device.put("9a", "ECDSA_P384");
        device.certificates.set("9a", Buffer.from(await slotMark("made", owner, left)));
        await assert.rejects(
          new KeyRun(device).create({ use: "adopt" }),
          withCode("ALGORITHM_UNSUPPORTED", /the key in slot 9a is one for ECDSA_P384, not for ECDSA_P256/),
        );
        assert.equal(keyIn(device), left);
      }
    });
  }

  void it("does not trust a certificate of another key if the device reports no public key", async () => {
    for (const firmware of ["5.2.4", "4.2.0"]) {
      const device = new FakeYubiKey(11, firmware);
      await putForeign(device, "imported"); // and then its certificate is replaced
      device.put("9a", "ECDSA_P256", { origin: "imported" });
      await assert.rejects(
        new KeyRun(device).create({ use: "adopt" }),
        withCode("KEY_CHANGED", /the certificate in slot 9a .* belongs to another key than the one in the slot/),
      );
      device.keys.delete("9a");
      await assert.rejects(new KeyRun(device).create({ use: "adopt" }), withCode("KEY_CHANGED"));
    }
  });

  void it("does not trust a mark of another key if the device reports no public key", async () => {
    const device = new FakeYubiKey(11, "4.2.0");
    const left = device.put("9a");
    device.certificates.set("9a", Buffer.from(await slotMark("made", INPUTS.owner, newPublicKey("ECDSA_P256"))));
    await assert.rejects(new KeyRun(device).create({ use: "adopt" }), withCode("KEY_CHANGED"));
    assert.equal(keyIn(device), left);
    device.keys.delete("9a");
    const run = new KeyRun(device);
    assert.ok(isOfKeyIn(device, await run.create()), "an empty slot is free for a new key");
  });

  void it("warns about policies that differ from those declared", async () => {
    const device = new FakeYubiKey(11);
    device.put("9a", "ECDSA_P256", { pinPolicy: "never", touchPolicy: "always" });
    const run = new KeyRun(device);
    await run.create({ use: "adopt" });
    assert.match(
      run.notices,
      /^warning: the adopted key in slot 9a has the PIN policy never, not always as declared\.$/m,
    );
    assert.match(run.notices, /^warning: .* the touch policy always, not never as declared\.$/m);
  });
});
