import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import type { ErrorCode } from "../../../../provider/errors";
import { UNKNOWN } from "../../../../provider/words/unknown";
import type { PivKeyInputs, PivKeyRecord } from "../../../../provider/kms/yubikey/lifecycle/pivKeyRecord";
import { pivKeyLifecycle } from "../../../../provider/kms/yubikey/lifecycle/pivKey";
import { slotMark } from "../../../../provider/x509/slotMark";
import { contextWith, FakeYubiKey, newPublicKey, PIN } from "../../../fixtures/fakeYubiKey";
import { Project } from "../../../fixtures/lifecycleContext";
import { NEW_EC_KEY, openssl } from "../../../fixtures/openssl";
import { withCode } from "../../../fixtures/withCode";
import { found } from "../../../inputs/found";
import { missing } from "../../../tools";
import { INPUTS, KeyRun } from "./pivKeyRun";

/** Inputs that the types would refuse. */
type Change = Partial<Record<keyof PivKeyInputs, unknown>>;

async function check(change: Change, olds: Partial<PivKeyInputs> = {}, run = new KeyRun()): Promise<string[]> {
  const { problems } = await run.lifecycle.check(olds, { ...INPUTS, ...change } as PivKeyInputs);
  assert.doesNotMatch(inspect(problems), new RegExp(PIN));
  return found(problems);
}

void describe("The check of a PivKey", () => {
  const checks: readonly { change: Change; problems: readonly string[] }[] = [
    { change: {}, problems: [] },
    { change: { slot: "95", algorithm: "RSA_4096_PKCS1", pinPolicy: "once", touchPolicy: "cached" }, problems: [] },
    { change: { kms: "yubikey:" }, problems: [] },
    { change: { use: "adopt" }, problems: [] },
    { change: { use: "overwrite" }, problems: [] },
    { change: { slot: "f9" }, problems: ["INPUT_INVALID slot"] },
    { change: { slot: "9C" }, problems: ["INPUT_INVALID slot"] },
    { change: { algorithm: "ECDSA_P521" }, problems: ["ALGORITHM_UNSUPPORTED algorithm"] },
    { change: { algorithm: "RSA_2048_PSS" }, problems: ["ALGORITHM_UNSUPPORTED algorithm"] },
    { change: { algorithm: "DSA" }, problems: ["ALGORITHM_UNSUPPORTED algorithm"] },
    { change: { pinPolicy: "sometimes" }, problems: ["INPUT_INVALID pinPolicy"] },
    { change: { touchPolicy: "once" }, problems: ["INPUT_INVALID touchPolicy"] },
    { change: { use: "force" }, problems: ["INPUT_INVALID use"] },
    { change: { attestationRootPem: "no certificate" }, problems: ["INPUT_INVALID "] },
    { change: { kms: "yubikey:serial=abc" }, problems: ["KEY_URI_INVALID "] },
    { change: { kms: "awskms:region=eu-west-1" }, problems: ["KEY_URI_INVALID "] },
    { change: { kms: -1 }, problems: ["INPUT_INVALID "] },
    { change: { kms: [null] }, problems: ["INPUT_INVALID "] },
    { change: { kms: `yubikey:?pin-value=${PIN};x` }, problems: ["KEY_URI_INVALID "] },
    {
      change: { slot: "1", algorithm: "x", pinPolicy: "x", touchPolicy: "x", use: "x", kms: "x:" },
      problems: [
        "ALGORITHM_UNSUPPORTED algorithm",
        "INPUT_INVALID slot",
        "INPUT_INVALID pinPolicy",
        "INPUT_INVALID touchPolicy",
        "INPUT_INVALID use",
        "KEY_URI_INVALID ",
      ],
    },
  ];
  for (const { change, problems } of checks) {
    void it(`finds ${problems.join(", ") || "nothing"} in ${JSON.stringify(change).replaceAll(PIN, "PIN")}`, async () => {
      assert.deepEqual(await check(change), problems);
    });
  }

  for (const property of Object.keys(INPUTS) as (keyof PivKeyInputs)[]) {
    void it(`accepts an unknown ${property} in a preview`, async () => {
      assert.deepEqual(await check({ [property]: UNKNOWN }), []);
      assert.deepEqual(await check({ [property]: UNKNOWN }, INPUTS), []);
    });
  }

  void it("finds a missing or invalid PIN or management key, and names no property", async () => {
    for (const [environment, code] of [
      [{ KMS_PKI_PIN: "" }, "SECRET_MISSING"],
      [{ KMS_PKI_PIN: "12" }, "INPUT_INVALID"],
      [{ KMS_PKI_MANAGEMENT_KEY: "010203" }, "INPUT_INVALID"],
      [{ KMS_PKI_MANAGEMENT_KEY_FILE: "absent" }, "SECRET_MISSING"],
    ] as const) {
      const run = new KeyRun();
      Object.assign(run.project.environment, environment);
      assert.deepEqual(await check({}, {}, run), [`${code} `]);
      assert.deepEqual(await check({ kms: UNKNOWN }, {}, run), [], "whose secrets they are is not known");
    }
  });

  void it("accepts a PIN for the device alone", async () => {
    const run = new KeyRun();
    delete run.project.environment["KMS_PKI_PIN"];
    run.project.environment["KMS_PKI_PIN_11"] = PIN;
    assert.deepEqual(await check({}, {}, run), []);
    assert.deepEqual(await check({ kms: "yubikey:serial=22" }, {}, run), ["SECRET_MISSING "]);
  });

  void it("does not access the device", async () => {
    const device = new FakeYubiKey(11);
    await check({}, {}, new KeyRun(device));
    assert.deepEqual(device.calls, []);
  });

  const inPlace: readonly { change: Change; olds?: Partial<PivKeyInputs>; problems: readonly string[] }[] = [
    { change: { algorithm: "ECDSA_P384" }, problems: ["KEY_EXISTS algorithm"] },
    { change: { pinPolicy: "never" }, problems: ["KEY_EXISTS pinPolicy"] },
    { change: { touchPolicy: "always" }, problems: ["KEY_EXISTS touchPolicy"] },
    {
      change: { algorithm: "ECDSA_P384", pinPolicy: "never", use: "adopt" },
      problems: ["KEY_EXISTS algorithm", "KEY_EXISTS pinPolicy"],
    },
    { change: { algorithm: "ECDSA_P384", use: "overwrite" }, problems: [] },
    { change: { algorithm: "ECDSA_P384", slot: "9c" }, problems: [] },
    { change: { algorithm: "ECDSA_P384", kms: "yubikey:serial=22" }, problems: [] },
    { change: { algorithm: UNKNOWN }, problems: [] },
    { change: { use: "adopt", deleteKey: true, owner: "urn:pulumi:prod::renamed::t::n" }, problems: [] },
  ];
  for (const { change, problems } of inPlace) {
    const refused = problems.length > 0;
    void it(`${refused ? "refuses" : "allows"} a change in place to ${JSON.stringify(change)}`, async () => {
      assert.deepEqual(await check(change, INPUTS), problems);
    });
  }

  void it("says what another key in the slot would overwrite, and what to do", async () => {
    const { problems } = await new KeyRun().lifecycle.check(INPUTS, { ...INPUTS, algorithm: "ECDSA_P384" });
    assert.match(
      problems[0]?.reason ?? "",
      /the key in slot 9a was made with ECDSA_P256, and a new key would overwrite/,
    );
    assert.match(problems[0]?.remedy ?? "", /another slot\. To lose the key for good, add the slot to overwrite/);
  });
});

void describe("The difference of a PivKey", () => {
  const changes: readonly { change: Change; changes: boolean; replaces: readonly string[] }[] = [
    { change: {}, changes: false, replaces: [] },
    { change: { use: "overwrite" }, changes: false, replaces: [] },
    { change: { use: "adopt" }, changes: false, replaces: [] },
    { change: { owner: "urn:pulumi:prod::renamed::t::n" }, changes: false, replaces: [] },
    { change: { attestationRootPem: "another" }, changes: false, replaces: [] },
    { change: { deleteKey: true }, changes: true, replaces: [] },
    { change: { slot: "9c" }, changes: true, replaces: ["slot"] },
    { change: { kms: "yubikey:serial=22" }, changes: true, replaces: ["kms"] },
    { change: { kms: UNKNOWN }, changes: false, replaces: [] },
    { change: { slot: UNKNOWN }, changes: true, replaces: [] },
    {
      change: { algorithm: "ECDSA_P384", pinPolicy: "once", touchPolicy: "cached", use: "overwrite" },
      changes: true,
      replaces: ["algorithm", "pinPolicy", "touchPolicy"],
    },
  ];
  for (const { change, changes: expected, replaces } of changes) {
    void it(`after ${JSON.stringify(change)} is ${replaces.length > 0 ? "a replacement" : expected ? "an update" : "none"}`, async () => {
      const run = new KeyRun(new FakeYubiKey(11));
      const state = await run.create();
      const news = { ...INPUTS, ...change } as PivKeyInputs;
      assert.deepEqual(await run.lifecycle.diff(state, news), { changes: expected, replaces });
      assert.equal(run.notices, "");
    });
  }
});

/** What may have happened to the key in slot 9a of the YubiKey 11 since it was recorded. */
const DRIFTS: readonly {
  what: string;
  status: PivKeyRecord["status"];
  code: ErrorCode;
  firmware: string;
  drift: (device: FakeYubiKey) => void | Promise<void>;
}[] = [
  ...["5.7.1", "5.2.4"].map((firmware) => ({
    what: "replaced by another program",
    status: "changed" as const,
    code: "KEY_CHANGED" as const,
    firmware,
    drift: (device: FakeYubiKey): void => {
      device.put("9a");
    },
  })),
  {
    what: "deleted",
    status: "missing",
    code: "KEY_NOT_FOUND",
    firmware: "5.7.1",
    drift: (device) => {
      device.keys.delete("9a");
    },
  },
  {
    what: "replaced by one with an unknown algorithm",
    status: "changed",
    code: "KEY_CHANGED",
    firmware: "5.7.1",
    drift: (device) => {
      device.keys.set("9a", { ...(device.keys.get("9a") ?? assert.fail()), publicKey: undefined as never });
    },
  },
  {
    what: "replaced by another stack, as its certificate shows",
    status: "changed",
    code: "KEY_CHANGED",
    firmware: "4.2.0",
    drift: async (device) => {
      device.certificates.set("9a", Buffer.from(await slotMark("made", "urn:other", newPublicKey("ECDSA_P256"))));
    },
  },
];

void describe("A PivKey that was changed outside Pulumi", () => {
  for (const { what, status, code, firmware, drift } of DRIFTS) {
    void it(`that is ${what} is reported as ${status} with firmware ${firmware}, and never made again silently`, async () => {
      const device = new FakeYubiKey(11, firmware);
      const state = await new KeyRun(device).create();
      const key = device.keys.get("9a") ?? assert.fail();
      const certificate = device.certificates.get("9a") ?? assert.fail();
      await drift(device);
      device.takeCalls();
      const run = new KeyRun(device);
      const seen = await run.lifecycle.read(state);
      assert.deepEqual(seen, { ...state, status });
      assert.deepEqual(await run.lifecycle.diff(seen, INPUTS), { changes: true, replaces: [] });
      assert.match(run.notices, new RegExp(`slot 9a was found ${status}; pulumi up fails until it is back`));
      await assert.rejects(async () => run.lifecycle.update(seen, INPUTS), withCode(code, /never replaced silently/));
      assert.deepEqual(device.calls, [], "no PIN is tried, and nothing is written");

      device.keys.set("9a", key);
      device.certificates.set("9a", certificate);
      assert.deepEqual(await run.lifecycle.update(seen, INPUTS), state);
    });
  }

  void it("stays as recorded when the device reports nothing about its key", async () => {
    const device = new FakeYubiKey(11, "4.2.0");
    const run = new KeyRun(device);
    const state = await run.create();
    device.certificates.delete("9a");
    for (const status of ["present", "changed"] as const) {
      assert.deepEqual(await run.lifecycle.read({ ...state, status }), { ...state, status });
    }
  });

  void it("fails when the YubiKey is not connected, and does not leave the state", async () => {
    const device = new FakeYubiKey(11);
    const run = new KeyRun(device, new FakeYubiKey(22));
    const state = await run.create();
    device.isPluggedIn = false;
    await assert.rejects(async () => run.lifecycle.read(state), withCode("CARD_NOT_FOUND"));
    await assert.rejects(
      async () => run.lifecycle.update(state, { ...INPUTS, deleteKey: true }),
      withCode("CARD_NOT_FOUND"),
    );
  });

  void it("is reported as changed when another YubiKey is connected and none was named", async () => {
    const device = new FakeYubiKey(11);
    const other = new FakeYubiKey(22);
    other.isPluggedIn = false;
    const run = new KeyRun(device, other);
    const state = await run.create({ kms: "yubikey:" });
    [device.isPluggedIn, other.isPluggedIn] = [false, true];
    assert.equal((await run.lifecycle.read(state)).status, "missing");
    other.put("9a");
    assert.equal((await run.lifecycle.read(state)).status, "changed");
  });
});

void describe("An update of a PivKey", () => {
  void it("records only whether the key is deleted with its resource", async () => {
    const device = new FakeYubiKey(11);
    const run = new KeyRun(device);
    const state = await run.create();
    device.takeCalls();
    const news = { ...INPUTS, deleteKey: true, use: "overwrite" } as const;
    assert.deepEqual(await run.lifecycle.update(state, news), { ...state, deleteKey: true });
    assert.deepEqual(device.takeCalls(), []);
  });
});

void describe("A replacement of a PivKey in its own slot", () => {
  void it("overwrites the key on request, and the deletion of the old one then does nothing", async () => {
    for (const firmware of ["5.7.1", "5.2.4", "4.2.0"]) {
      const device = new FakeYubiKey(11, firmware);
      const old = await new KeyRun(device).create({ deleteKey: true });
      const run = new KeyRun(device);
      const news = { ...INPUTS, algorithm: "ECDSA_P384", use: "overwrite", deleteKey: true } as const;
      const { problems } = await run.lifecycle.check(old, news);
      assert.deepEqual(problems, []);
      const { state } = await run.lifecycle.create(news);
      const key = device.keys.get("9a");
      assert.equal(key?.publicKey.asymmetricKeyDetails?.namedCurve, "secp384r1");
      await run.lifecycle.delete(old);
      assert.equal(device.keys.get("9a"), key);
      assert.equal((await run.lifecycle.read(state)).status, "present");
    }
  });
});

void describe("A given attestation root", () => {
  void it("must be a certificate, and others may follow it", { skip: missing("openssl") }, async () => {
    const args = ["req", "-x509", ...NEW_EC_KEY, "-keyout", "/dev/null"];
    const pem = openssl([...args, "-subj", "/CN=Root"]);
    assert.deepEqual(await check({ attestationRootPem: `${pem}${pem}` }), []);
    assert.deepEqual(await check({ attestationRootPem: pem.slice(0, -40) }), ["INPUT_INVALID "]);
    assert.deepEqual(await check({ attestationRootPem: "" }), ["INPUT_INVALID "]);
  });
});

void describe("The state of a PivKey", () => {
  void it("holds no secret, and the device's attestation as PEM", async () => {
    const device = new FakeYubiKey(11);
    const project = new Project();
    project.environment["KMS_PKI_PIN"] = PIN;
    const { id, state } = await pivKeyLifecycle(contextWith(project, device)).create(INPUTS);
    assert.equal(id, "yubikey:serial=11/9a");
    assert.doesNotMatch(JSON.stringify(state), new RegExp(`${PIN}|PRIVATE`));
    const { format, content } = JSON.parse(state.attestation ?? "") as { format: string; content: string };
    assert.equal(format, "YUBICO_PIV_ATTESTATION");
    const pem = Buffer.from(content, "base64").toString();
    assert.deepEqual(
      pem.match(/[^-]+(?=-----END)/g)?.map((base64) => Buffer.from(base64, "base64").toString()),
      ["an attestation", "its intermediate"],
    );
    const imported = new FakeYubiKey(11);
    imported.put("9a", "ECDSA_P256", { origin: "imported" });
    assert.equal((await new KeyRun(imported).create({ use: "adopt" })).attestation, undefined);
  });
});
