// It must come first.
import { FakeCloudKms } from "../../cloudkms/fakeCloudKms";
import { status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ErrorCode } from "../../../provider/errors";
import {
  type ExistingKeyInputs,
  existingKeyLifecycle,
  type ExistingKeyRecord,
} from "../../../provider/lifecycle/existingKey";
import { anyError, changed, permissionDenied, unauthenticated, unavailable } from "../../cloudkms/cloudKmsFaults";
import { cutBeforeRequest } from "../../fixtures/connectionFaults";
import { checksum } from "../../cloudkms/cryptoKeyVersion";
import { Project } from "../../fixtures/lifecycleContext";
import { openssl } from "../../fixtures/openssl";
import { withCode } from "../../fixtures/withCode";

const ABSENT = "projects/kms-pki-test/locations/europe-west3/keyRings/pki/cryptoKeys/absent/cryptoKeyVersions/1";
const MONTH = 31 * 24 * 60 * 60 * 1000;

void describe("An ExistingKey in Cloud KMS", () => {
  let kms: FakeCloudKms;
  let name: string;
  before(async () => {
    kms = await FakeCloudKms.start();
    name = await kms.createKey();
  });
  after(() => kms.stop());
  beforeEach(() => {
    kms.server.clear();
  });

  const recorded = async (inputs: ExistingKeyInputs): Promise<ExistingKeyRecord> =>
    (await existingKeyLifecycle(new Project().process()).create(inputs)).state;

  /** The service's answer as openssl reads it. */
  const publicKeyPem = (version: string): string =>
    openssl(["pkey", "-pubin"], String(kms.server.state.getPublicKey({ name: version })["pem"]));

  const names: readonly { what: string; inputs: () => ExistingKeyInputs; isGiven: boolean }[] = [
    { what: "its name", inputs: () => ({ uri: name }), isGiven: false },
    {
      what: "its name and a credentials file",
      inputs: () => ({ uri: name, kms: `cloudkms:credentials-file=${kms.credentialsFile}` }),
      isGiven: false,
    },
    { what: "its URI", inputs: () => ({ uri: `cloudkms:${name}` }), isGiven: true },
    { what: "its URI with an attribute", inputs: () => ({ uri: `cloudkms:resource=${name}` }), isGiven: true },
  ];
  for (const { what, inputs, isGiven } of names) {
    void it(`named by ${what} is pinned under its canonical name, ${isGiven ? "with the given name beside it" : "without repeating the given name"}`, async () => {
      const given = inputs();
      const lifecycle = existingKeyLifecycle(new Project().process());
      const { id, state } = await lifecycle.create(given);
      assert.equal(id, name);
      assert.deepEqual(state, {
        ...{ uri: name, resourceName: name, algorithm: "ECDSA_P256", publicKeyPem: publicKeyPem(name) },
        status: "present",
        ...(given.kms === undefined ? {} : { kms: given.kms }),
        ...(isGiven ? { given } : {}),
      });
      assert.deepEqual(await lifecycle.diff(state, given), { changes: false, replaces: [] });
      assert.deepEqual(await lifecycle.read(state), state);
      assert.deepEqual(await lifecycle.update(state, given), state);
    });
  }

  void it("in hardware has its attestation recorded as JSON, and keeps it", async () => {
    const hardware = await kms.createKey({ protectionLevel: "HSM" });
    const state = await recorded({ uri: hardware });
    const { attestation } = kms.server.state.getCryptoKeyVersion({ name: hardware });
    const { format, content, certChains } = attestation as { format: string; content: Buffer; certChains: object };
    assert.equal(state.attestation, JSON.stringify({ format, content: content.toString("base64"), certChains }));
    const lifecycle = existingKeyLifecycle(new Project().process());
    assert.deepEqual(await lifecycle.read(state), state);
    const earlier = { ...state, attestation: JSON.stringify({ format, content: content.toString("base64") }) };
    assert.deepEqual(await lifecycle.diff(earlier, { uri: hardware }), { changes: false, replaces: [] });
    assert.deepEqual(
      await lifecycle.read(earlier),
      state,
      "a refresh adds the certificates of an earlier release's key",
    );
    assert.deepEqual(await lifecycle.update(state, { uri: hardware }), state);
    assert.ok(!("attestation" in (await recorded({ uri: name }))), "one in software has none");
  });

  void it("that is being generated is waited for, with a message to the user", async () => {
    kms.server.generationMilliseconds.HSM = 300;
    const pending = await kms.createKey({ protectionLevel: "HSM", pending: true });
    kms.server.generationMilliseconds.HSM = 0;
    const project = new Project();
    const { state } = await existingKeyLifecycle(project.process()).create({ uri: pending });
    assert.deepEqual(project.notices, [`waiting for Cloud KMS to generate ${pending} ...`]);
    assert.equal(state.publicKeyPem, publicKeyPem(pending));
    assert.notEqual(state.attestation, undefined);
  });

  void it("has the algorithm of its version by default", async () => {
    const pss = await kms.createKey({ algorithm: "RSA_SIGN_PSS_2048_SHA256" });
    const pkcs1 = await kms.createKey({ algorithm: "RSA_SIGN_PKCS1_2048_SHA256" });
    const p384 = await kms.createKey({ algorithm: "EC_SIGN_P384_SHA384" });
    assert.equal((await recorded({ uri: pss })).algorithm, "RSA_2048_PSS");
    assert.equal((await recorded({ uri: pss, algorithm: "RSA_2048_PSS" })).algorithm, "RSA_2048_PSS");
    assert.equal((await recorded({ uri: pkcs1 })).algorithm, "RSA_2048_PKCS1");
    assert.equal((await recorded({ uri: p384 })).algorithm, "ECDSA_P384");
    for (const [uri, algorithm, own] of [
      [pss, "RSA_2048_PKCS1", "RSA_2048_PSS"],
      [pkcs1, "RSA_2048_PSS", "RSA_2048_PKCS1"],
      [pss, "RSA_3072_PSS", "RSA_2048_PSS"],
      [p384, "ECDSA_P256", "ECDSA_P384"],
    ] as const) {
      await assert.rejects(
        async () => recorded({ uri, algorithm }),
        withCode("ALGORITHM_UNSUPPORTED", new RegExp(`is a key for ${own}, not for ${algorithm}`)),
      );
    }
  });

  void it("is replaced when it is named differently", async () => {
    const state = await recorded({ uri: name });
    const lifecycle = existingKeyLifecycle(new Project().process());
    for (const uri of [`cloudkms:${name}`, name.replace(/1$/, "2")]) {
      assert.deepEqual(await lifecycle.diff(state, { uri }), { changes: true, replaces: ["uri"] });
    }
  });

  void it("is updated when the connection to its KMS changes", async () => {
    const lifecycle = existingKeyLifecycle(new Project().process());
    const plain = await recorded({ uri: name });
    const news = { uri: name, kms: `cloudkms:credentials-file=${kms.credentialsFile}` };
    assert.deepEqual(await lifecycle.diff(plain, news), { changes: true, replaces: [] });
    const state = await lifecycle.update(plain, news);
    assert.deepEqual(state, { ...plain, kms: news.kms });
    assert.deepEqual(await lifecycle.diff(state, news), { changes: false, replaces: [] });
  });

  const drifts: readonly {
    what: string;
    drift: (version: string) => void;
    mend?: (version: string) => void;
    status: ExistingKeyRecord["status"];
    notice: RegExp;
    code: ErrorCode;
  }[] = [
    {
      what: "disabled",
      drift: (version) => {
        kms.setState(version, "DISABLED");
      },
      mend: (version) => {
        kms.setState(version, "ENABLED");
      },
      status: "disabled",
      notice: /was found disabled/,
      code: "KEY_DISABLED",
    },
    {
      what: "scheduled for destruction",
      drift: (version) => {
        kms.destroy(version);
      },
      mend: (version) => {
        kms.server.state.restoreCryptoKeyVersion({ name: version });
        kms.setState(version, "ENABLED");
      },
      status: "pendingDeletion",
      notice: /was found scheduled for deletion/,
      code: "KEY_PENDING_DELETION",
    },
    {
      what: "destroyed",
      drift: (version) => {
        kms.destroy(version);
        kms.server.state.passTime(MONTH);
      },
      status: "missing",
      notice: /was found missing/,
      code: "KEY_NOT_FOUND",
    },
    {
      what: "gone with its project",
      drift: (version) => {
        const gone = anyError(status.NOT_FOUND, `CryptoKeyVersion ${version} not found.`);
        kms.server.inject("GetCryptoKeyVersion", gone, 2);
      },
      mend: () => undefined,
      status: "missing",
      notice: /was found missing/,
      code: "KEY_NOT_FOUND",
    },
  ];
  for (const { what, drift, mend, status: found, notice, code } of drifts) {
    void it(`that is ${what} is reported${mend === undefined ? "" : ", and present when it is back"}`, async () => {
      const uri = await kms.createKey();
      const state = await recorded({ uri });
      const project = new Project();
      const lifecycle = existingKeyLifecycle(project.process());
      drift(uri);
      const seen = await lifecycle.read(state);
      assert.deepEqual(seen, { ...state, status: found });
      assert.deepEqual(await lifecycle.diff(seen, { uri }), { changes: true, replaces: [] });
      assert.match(project.notices.join("\n"), notice);
      await assert.rejects(async () => lifecycle.update(seen, { uri }), withCode(code, /cryptoKeyVersions\/1/));
      if (mend !== undefined) {
        mend(uri);
        assert.deepEqual(await lifecycle.read(seen), state);
        assert.deepEqual(await lifecycle.update(seen, { uri }), state);
      }
    });
  }

  void it("is asked only for its state in a refresh, because a version never becomes another key", async () => {
    const state = await recorded({ uri: name });
    kms.server.clear();
    assert.deepEqual(await existingKeyLifecycle(new Project().process()).read(state), state);
    assert.deepEqual(kms.server.calls, ["GetCryptoKeyVersion"]);
  });

  void it("is never adopted by an update when another key answers", async () => {
    const state = await recorded({ uri: name });
    const pem = String(kms.server.state.getPublicKey({ name: await kms.createKey() })["pem"]);
    const swapped = changed((answer) => ({ ...answer, pem, pemCrc32c: checksum(Buffer.from(pem)) }));
    const lifecycle = existingKeyLifecycle(new Project().process());
    kms.server.inject("GetPublicKey", swapped);
    const disabled = { ...state, status: "disabled" } as const;
    await assert.rejects(async () => lifecycle.update(disabled, { uri: name }), withCode("KEY_CHANGED"));
  });

  void it("whose state is in doubt fails the refresh", async () => {
    const state = await recorded({ uri: name });
    const lifecycle = existingKeyLifecycle(new Project().process());
    const method = "GetCryptoKeyVersion";
    kms.server.inject(method, permissionDenied("cloudkms.cryptoKeyVersions.get"));
    await assert.rejects(async () => lifecycle.read(state), withCode("PERMISSION_DENIED", /Google denies/));
    kms.server.inject(method, unauthenticated());
    await assert.rejects(async () => lifecycle.read(state), withCode("CREDENTIALS_REJECTED"));
    kms.server.inject(method, unavailable(), 5);
    await assert.rejects(async () => lifecycle.read(state), withCode("KMS_UNAVAILABLE"));
    kms.server.inject(method, cutBeforeRequest(), 5);
    await assert.rejects(async () => lifecycle.read(state), withCode("KMS_UNREACHABLE"));
    assert.deepEqual(await lifecycle.read(state), state);
  });

  void it("is refused when it does not sign, does not exist, or has no version", async () => {
    const decrypts = await kms.createKey({
      purpose: "ASYMMETRIC_DECRYPT",
      algorithm: "RSA_DECRYPT_OAEP_2048_SHA256",
    });
    await assert.rejects(async () => recorded({ uri: decrypts }), withCode("ALGORITHM_UNSUPPORTED", /RSA_DECRYPT/));
    await assert.rejects(async () => recorded({ uri: ABSENT }), withCode("KEY_NOT_FOUND"));
    const key = name.replace(/\/cryptoKeyVersions.*/, "");
    await assert.rejects(async () => recorded({ uri: key }), withCode("KEY_URI_INVALID", /only a version signs/));
  });

  void it("is kept when its resource is deleted, and nothing is asked", async () => {
    const state = await recorded({ uri: name });
    kms.server.clear();
    await existingKeyLifecycle(new Project().process()).delete(state);
    assert.deepEqual(kms.server.calls, []);
    assert.equal(kms.stateOf(name), "ENABLED");
  });
});
