import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { before, describe, it } from "node:test";
import type { ErrorCode } from "../../../../provider/errors";
import { UNKNOWN } from "../../../../provider/words/unknown";
import type { Lifecycle } from "../../../../provider/lifecycle/provider";
import type {
  StoredCertificateInputs,
  StoredCertificateRecord,
} from "../../../../provider/lifecycle/storedCertificate";
import { pivCertificateLifecycle } from "../../../../provider/kms/yubikey/lifecycle/pivCertificate";
import { readCertificate } from "../../../../provider/x509/certificate";
import { slotMark } from "../../../../provider/x509/slotMark";
import { contextWith, FakeYubiKey, newPublicKey, PIN } from "../../../fixtures/fakeYubiKey";
import type { Project } from "../../../fixtures/lifecycleContext";
import { withCode } from "../../../fixtures/withCode";
import { found } from "../../../inputs/found";
import { issue, issueRoot } from "../../../x509/issuing";
import { projectWithPin } from "./pivKeyRun";

/** Firmware that reports its keys; that attests keys that it made; that does neither. */
const FIRMWARES = ["5.7.1", "5.2.4", "4.2.0"];
const OWNER = "urn:pulumi:prod::acme::t::ca-root-key";

/** Two certificates of the key in the slot, and one of another key. */
let publicKey: KeyObject;
let own: string;
let renewed: string;
let foreign: string;
before(async () => {
  publicKey = newPublicKey("ECDSA_P256");
  const issuerPem = await issueRoot();
  const content = { profile: "intermediate", subject: { commonName: "Test Intermediate" }, issuerPem } as const;
  own = await issue({ ...content, publicKey });
  renewed = await issue({ ...content, publicKey, validitySeconds: 3600 });
  foreign = await issue({ ...content, publicKey: newPublicKey("ECDSA_P256") });
});

function inputs(change: Partial<StoredCertificateInputs> = {}): StoredCertificateInputs {
  return {
    uri: "yubikey:slot-id=9c",
    kms: "yubikey:serial=11",
    certificatePem: own,
    replaceOther: false,
    deleteCertificate: false,
    ...change,
  };
}

type CertificateLifecycle = Lifecycle<StoredCertificateInputs, StoredCertificateRecord>;

function lifecycle(...devices: readonly FakeYubiKey[]): CertificateLifecycle {
  return pivCertificateLifecycle(contextWith(projectWithPin(), ...devices));
}

/** A YubiKey with the key in slot 9c, and something in its certificate object. */
function deviceWith(
  firmware: string,
  stored?: string | Uint8Array,
  origin: "generated" | "imported" = "generated",
): FakeYubiKey {
  const device = new FakeYubiKey(11, firmware);
  device.put("9c", "ECDSA_P256", { publicKey, origin });
  if (stored !== undefined) {
    device.certificates.set("9c", typeof stored === "string" ? readCertificate(stored).raw : Buffer.from(stored));
  }
  return device;
}

function stored({ certificates }: FakeYubiKey): string | undefined {
  const certificate = certificates.get("9c");
  return [own, renewed, foreign].find((pem) => certificate?.equals(readCertificate(pem).raw) === true);
}

void describe("A PivCertificate", () => {
  for (const firmware of FIRMWARES) {
    void it(`replaces the mark that its key's creation left, with firmware ${firmware}`, async () => {
      const device = deviceWith(firmware, await slotMark("made", OWNER, publicKey));
      const { id, state } = await lifecycle(device).create(inputs());
      assert.equal(id, "yubikey:serial=11/9c");
      assert.deepEqual(state, { ...inputs(), status: "present" });
      assert.equal(stored(device), own);
      assert.deepEqual(device.takeCalls(), ["authenticate", "writeCertificate 9c"]);
    });

    void it(`is written where there is none, with firmware ${firmware}`, async () => {
      const device = deviceWith(firmware);
      await lifecycle(device).create(inputs());
      assert.equal(stored(device), own);
    });

    void it(`that is there already is not written again, with firmware ${firmware}`, async () => {
      const device = deviceWith(firmware, own);
      assert.equal((await lifecycle(device).create(inputs())).state.status, "present");
      assert.deepEqual(device.takeCalls(), []);
    });

    void it(`replaces the recorded one, with firmware ${firmware}`, async () => {
      const device = deviceWith(firmware, own);
      const { state } = await lifecycle(device).create(inputs());
      const updated = await lifecycle(device).update(state, inputs({ certificatePem: renewed }));
      assert.deepEqual(updated, { ...inputs({ certificatePem: renewed }), status: "present" });
      assert.equal(stored(device), renewed);
    });

    void it(`follows a key that was made again in the slot, with firmware ${firmware}`, async () => {
      const device = deviceWith(firmware, own);
      const { state } = await lifecycle(device).create(inputs());
      const next = device.put("9c", "ECDSA_P256", { publicKey: readCertificate(foreign).publicKey });
      device.certificates.set("9c", Buffer.from(await slotMark("made", OWNER, next)));
      await lifecycle(device).update(state, inputs({ certificatePem: foreign }));
      assert.equal(stored(device), foreign);
    });

    void it(`replaces another certificate of the key only on request, with firmware ${firmware}`, async () => {
      const device = deviceWith(firmware, renewed);
      await assert.rejects(
        async () => lifecycle(device).create(inputs()),
        withCode(
          "CERTIFICATE_EXISTS",
          /\("CN=Test Intermediate", serial number [0-9a-f]+\), which is never overwritten/,
        ),
      );
      assert.equal(stored(device), renewed);
      assert.deepEqual(device.takeCalls(), []);
      await lifecycle(device).create(inputs({ replaceOther: true }));
      assert.equal(stored(device), own);
    });

    for (const replaceOther of [false, true]) {
      void it(`is never stored beside another key, ${replaceOther ? "even" : "and not"} on request, with firmware ${firmware}`, async () => {
        const others: readonly (string | Uint8Array)[] = [
          foreign,
          await slotMark("made", OWNER, readCertificate(foreign).publicKey),
          await slotMark("pending", OWNER),
          await slotMark("overwriting", OWNER, publicKey),
          await slotMark("released", OWNER),
        ];
        for (const other of firmware === "4.2.0" ? others : [foreign, others[1] ?? assert.fail()]) {
          const device = deviceWith(firmware, other);
          device.put("9c", "ECDSA_P256", { publicKey: readCertificate(foreign).publicKey });
          await assert.rejects(
            async () => lifecycle(device).create(inputs({ replaceOther })),
            withCode("KEY_CHANGED", /not for the key in yubikey:slot-id=9c and was not stored/),
          );
          assert.deepEqual(device.takeCalls(), []);
        }
      });
    }
  }

  void it("is never stored in a slot without a key, if the device reports that", async () => {
    for (const before of [undefined, renewed]) {
      const device = deviceWith("5.7.1", before);
      device.keys.delete("9c");
      await assert.rejects(
        async () => lifecycle(device).create(inputs({ replaceOther: true })),
        withCode("KEY_NOT_FOUND", /there is no key in yubikey:slot-id=9c, so no certificate was stored/),
      );
      assert.equal(stored(device), before);
    }
  });

  void it("is never stored in a slot with an unknown key", async () => {
    const device = deviceWith("5.7.1");
    device.keys.set("9c", { ...(device.keys.get("9c") ?? assert.fail()), publicKey: undefined as never });
    await assert.rejects(async () => lifecycle(device).create(inputs()), withCode("KEY_CHANGED"));
  });

  void it("replaces invalid data only on request and if the device reports its key", async () => {
    const device = deviceWith("5.7.1", Buffer.from("garbage"));
    await assert.rejects(async () => lifecycle(device).create(inputs()), withCode("CERTIFICATE_EXISTS"));
    await lifecycle(device).create(inputs({ replaceOther: true }));
    assert.equal(stored(device), own);
    const silent = deviceWith("4.2.0", Buffer.from("garbage"));
    await assert.rejects(async () => lifecycle(silent).create(inputs({ replaceOther: true })), withCode("KEY_CHANGED"));
  });

  void it("is not written to a YubiKey other than the recorded one", async () => {
    const [device, other] = [deviceWith("5.7.1", own), new FakeYubiKey(22)];
    device.isPluggedIn = false;
    await assert.rejects(async () => lifecycle(device, other).create(inputs()), withCode("CARD_NOT_FOUND"));
    assert.deepEqual(other.calls, []);
  });
});

void describe("The difference of a PivCertificate", () => {
  const record = (): StoredCertificateRecord => ({ ...inputs(), status: "present" });
  const differences: readonly {
    what: string;
    change: () => Partial<StoredCertificateInputs>;
    changes: boolean;
    replaces: readonly string[];
  }[] = [
    { what: "nothing", change: () => ({}), changes: false, replaces: [] },
    { what: "a renewal", change: () => ({ certificatePem: renewed }), changes: true, replaces: [] },
    { what: "an unknown renewal", change: () => ({ certificatePem: UNKNOWN }), changes: true, replaces: [] },
    { what: "a permission", change: () => ({ replaceOther: true }), changes: false, replaces: [] },
    { what: "a request to delete it later", change: () => ({ deleteCertificate: true }), changes: true, replaces: [] },
    { what: "another slot", change: () => ({ uri: "yubikey:slot-id=9a" }), changes: true, replaces: ["uri"] },
    { what: "another device", change: () => ({ kms: "yubikey:serial=22" }), changes: true, replaces: ["kms"] },
    { what: "an unknown key in a preview", change: () => ({ uri: UNKNOWN }), changes: true, replaces: [] },
    { what: "an unknown device in a preview", change: () => ({ kms: UNKNOWN }), changes: false, replaces: [] },
  ];
  for (const { what, change, changes, replaces } of differences) {
    void it(`after ${what} is ${replaces.length > 0 ? "a replacement" : changes ? "an update" : "none"}`, async () => {
      assert.deepEqual(await lifecycle().diff(record(), inputs(change())), { changes, replaces });
    });
  }

  void it("follows a check of the YubiKey's URI and secrets, whose problems name no property", async () => {
    const problems = async (kms: string): Promise<string[]> =>
      found((await lifecycle().check({}, inputs({ kms }))).problems);
    assert.deepEqual(await problems("yubikey:serial=11"), []);
    assert.deepEqual(await problems(UNKNOWN), []);
    assert.deepEqual(await problems("yubikey:serial=x"), ["KEY_URI_INVALID "]);
    const project: Project = projectWithPin();
    delete project.environment["KMS_PKI_PIN"];
    const life = pivCertificateLifecycle(contextWith(project));
    assert.deepEqual(found((await life.check({}, inputs())).problems), ["SECRET_MISSING "]);
  });
});

/** What may have happened to the certificate. */
const DRIFTS: readonly {
  what: string;
  status: StoredCertificateRecord["status"];
  code?: ErrorCode;
  drift: (device: FakeYubiKey) => void | Promise<void>;
}[] = [
  {
    what: "deleted",
    status: "missing",
    drift: (device) => {
      device.certificates.delete("9c");
    },
  },
  {
    what: "replaced by another certificate of the same key",
    status: "changed",
    code: "CERTIFICATE_EXISTS",
    drift: (device) => {
      device.certificates.set("9c", readCertificate(renewed).raw);
    },
  },
  {
    what: "replaced by invalid data",
    status: "changed",
    code: "CERTIFICATE_EXISTS",
    drift: (device) => {
      device.certificates.set("9c", Buffer.from("garbage"));
    },
  },
  {
    what: "replaced by that of another key, which is now in the slot",
    status: "changed",
    code: "KEY_CHANGED",
    drift: (device) => {
      device.put("9c");
      device.certificates.set("9c", readCertificate(foreign).raw);
    },
  },
];

void describe("A PivCertificate that was changed outside Pulumi", () => {
  for (const { what, status, code, drift } of DRIFTS) {
    void it(`that is ${what} is reported as ${status}, and ${code === undefined ? "stored again" : "never silently overwritten"}`, async () => {
      const device = deviceWith("5.7.1", own);
      const project = projectWithPin();
      const life = pivCertificateLifecycle(contextWith(project, device));
      const { state } = await life.create(inputs());
      await drift(device);
      device.takeCalls();
      const seen = await life.read(state);
      assert.deepEqual(seen, { ...state, status });
      assert.deepEqual(await life.diff(seen, inputs()), { changes: true, replaces: [] });
      if (code === undefined) {
        assert.deepEqual(await life.update(seen, inputs()), state);
        assert.equal(stored(device), own);
        return;
      }
      assert.match(project.notices.join(), /yubikey:slot-id=9c was found changed; pulumi up fails until it is back/);
      const left = device.certificates.get("9c");
      await assert.rejects(async () => life.update(seen, inputs()), withCode(code));
      assert.equal(device.certificates.get("9c"), left);
      assert.deepEqual(device.takeCalls(), [], "no PIN is tried, and nothing is written");
    });
  }

  void it("fails when the YubiKey is not connected", async () => {
    const device = deviceWith("5.7.1", own);
    device.isPluggedIn = false;
    const read = async (): Promise<unknown> => lifecycle(device).read({ ...inputs(), status: "present" });
    await assert.rejects(read, withCode("CARD_NOT_FOUND"));
  });
});

void describe("The deletion of a PivCertificate", () => {
  const record = (deleteCertificate: boolean): StoredCertificateRecord => ({
    ...inputs({ deleteCertificate }),
    status: "present",
  });

  void it("keeps the certificate by default, without a YubiKey", async () => {
    await lifecycle().delete(record(false));
  });

  void it("deletes only its own certificate, on request", async () => {
    const device = deviceWith("5.7.1", own);
    await lifecycle(device).delete(record(true));
    assert.deepEqual(device.takeCalls(), ["authenticate", "deleteCertificate 9c"]);
    await lifecycle(device).delete(record(true));
    for (const other of [renewed, foreign]) {
      device.certificates.set("9c", readCertificate(other).raw);
      await lifecycle(device).delete(record(true));
      assert.equal(stored(device), other);
    }
    assert.deepEqual(device.takeCalls(), []);
  });

  void it("leaves the mark of a replacement alone", async () => {
    const mark = await slotMark("made", OWNER, publicKey);
    const device = deviceWith("5.7.1", mark);
    await lifecycle(device).delete(record(true));
    assert.ok(device.certificates.get("9c")?.equals(Buffer.from(mark)));
  });
});

void describe("The state of a PivCertificate", () => {
  void it("holds no secret", async () => {
    const { state } = await lifecycle(deviceWith("5.7.1")).create(inputs());
    assert.doesNotMatch(JSON.stringify(state), new RegExp(PIN));
  });
});
