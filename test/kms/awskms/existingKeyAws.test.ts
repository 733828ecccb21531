import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import {
  CancelKeyDeletionCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  GetPublicKeyCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
  UpdateAliasCommand,
} from "@aws-sdk/client-kms";
import type { ErrorCode } from "../../../provider/errors";
import {
  type ExistingKeyInputs,
  existingKeyLifecycle,
  type ExistingKeyRecord,
} from "../../../provider/lifecycle/existingKey";
import { arnOf, EmulatedKms, REGION } from "../../awskms/emulatedKms";
import { anyError } from "../../awskms/kmsProxy";
import { cutBeforeRequest } from "../../fixtures/connectionFaults";
import { Project } from "../../fixtures/lifecycleContext";
import { openssl } from "../../fixtures/openssl";
import { withCode } from "../../fixtures/withCode";
import { missing } from "../../tools";

const ABSENT = "00000000-0000-4000-8000-000000000000";

void describe("An ExistingKey in AWS KMS", { skip: missing("ministack") }, () => {
  let kms: EmulatedKms;
  let keyId: string;
  /** AWS's answer as openssl reads it. */
  let publicKeyPem: string;
  let aliases = 0;
  before(async () => {
    kms = await EmulatedKms.start();
    keyId = await kms.createKey();
    const { PublicKey } = await kms.admin().send(new GetPublicKeyCommand({ KeyId: keyId }));
    const der = Buffer.from(PublicKey ?? []).toString("base64");
    publicKeyPem = openssl(["pkey", "-pubin"], `-----BEGIN PUBLIC KEY-----\n${der}\n-----END PUBLIC KEY-----\n`);
  });
  after(() => kms.stop());
  beforeEach(() => {
    kms.proxy.clear();
  });

  const newAlias = async (): Promise<string> => {
    aliases += 1;
    const alias = `alias/pki-${String(aliases)}`;
    await kms.createAlias(alias, keyId);
    return alias;
  };

  const recorded = async (inputs: ExistingKeyInputs): Promise<ExistingKeyRecord> =>
    (await existingKeyLifecycle(new Project().process()).create(inputs)).state;

  /** The recorded state of the key, without its given name and its connection. */
  const pinned = (): object => ({
    uri: `awskms:key-id=${keyId}`,
    algorithm: "ECDSA_P256",
    publicKeyPem,
    resourceName: arnOf(`key/${keyId}`),
    status: "present",
  });

  const names: readonly {
    what: string;
    inputs: () => Promise<ExistingKeyInputs>;
    kms?: string;
    /** Whether the given name must be recorded separately. */
    isGiven: boolean;
  }[] = [
    { what: "its URI", inputs: () => Promise.resolve({ uri: `awskms:key-id=${keyId}` }), isGiven: false },
    {
      what: "its URI and a region",
      inputs: () => Promise.resolve({ uri: `awskms:key-id=${keyId}`, kms: `awskms:region=${REGION}` }),
      kms: `awskms:region=${REGION}`,
      isGiven: false,
    },
    { what: "its id", inputs: () => Promise.resolve({ uri: keyId }), isGiven: true },
    { what: "an alias", inputs: async () => ({ uri: `awskms:key-id=${await newAlias()}` }), isGiven: true },
    { what: "only an alias", inputs: async () => ({ uri: await newAlias() }), isGiven: true },
    {
      what: "an alias and a region",
      inputs: async () => ({ uri: await newAlias(), kms: `awskms:region=${REGION}` }),
      kms: `awskms:region=${REGION}`,
      isGiven: true,
    },
    {
      what: "its ARN, which includes the region",
      inputs: () => Promise.resolve({ uri: arnOf(`key/${keyId}`) }),
      kms: `awskms:region=${REGION}`,
      isGiven: true,
    },
  ];
  for (const { what, inputs, kms: recordedKms, isGiven } of names) {
    void it(`named by ${what} is pinned under its canonical URI, ${isGiven ? "with the given name beside it" : "without repeating the given name"}`, async () => {
      const given = await inputs();
      const lifecycle = existingKeyLifecycle(new Project().process());
      const { id, state } = await lifecycle.create(given);
      assert.equal(id, `awskms:key-id=${keyId}`);
      assert.deepEqual(state, {
        ...pinned(),
        ...(recordedKms === undefined ? {} : { kms: recordedKms }),
        ...(isGiven ? { given } : {}),
      });
      assert.deepEqual(await lifecycle.diff(state, given), { changes: false, replaces: [] });
      assert.deepEqual(await lifecycle.read(state), state);
      assert.deepEqual(await lifecycle.update(state, given), state);
    });
  }

  void it("is reached under the given name, in the region of its ARN", async () => {
    const region = "eu-central-1";
    const elsewhere = await kms.createKey({}, region);
    const state = await recorded({ uri: arnOf(`key/${elsewhere}`, region) });
    assert.deepEqual([state.uri, state.kms], [`awskms:key-id=${elsewhere}`, `awskms:region=${region}`]);
    const lifecycle = existingKeyLifecycle(new Project().process());
    assert.deepEqual(await lifecycle.read(state), state);
    // As other resources reach it, from the recorded state.
    const manager = await new Project().process().backends.keyManager(state.uri, state.kms);
    assert.equal((await manager.describeKey(state.uri)).resourceName, state.resourceName);
    assert.ok(kms.proxy.requests.length > 0 && kms.proxy.requests.every((request) => request.region === region));
  });

  void it("whose alias has moved is reported as changed, and the other key is never adopted", async () => {
    const uri = `awskms:key-id=${await newAlias()}`;
    const state = await recorded({ uri });
    const other = await kms.createKey();
    const alias = uri.replace("awskms:key-id=", "");
    await kms.admin().send(new UpdateAliasCommand({ AliasName: alias, TargetKeyId: other }));
    const project = new Project();
    const lifecycle = existingKeyLifecycle(project.process());
    const found = await lifecycle.read(state);
    assert.deepEqual(found, { ...state, status: "changed" });
    assert.deepEqual(await lifecycle.diff(found, { uri }), { changes: true, replaces: [] });
    assert.match(project.notices.join("\n"), /was found to be another key; pulumi up fails until this is fixed/);
    for (const before of [found, state]) {
      await assert.rejects(
        async () => lifecycle.update(before, { uri }),
        withCode("KEY_CHANGED", new RegExp(`${alias} is not the key that was recorded as awskms:key-id=${keyId}`)),
      );
    }
    await kms.admin().send(new UpdateAliasCommand({ AliasName: alias, TargetKeyId: keyId }));
    assert.deepEqual(await lifecycle.update(found, { uri }), state);
    assert.deepEqual(await lifecycle.read(found), state);
  });

  void it("whose alias has moved to another key id is reported as changed, even if the key pair is the same", async () => {
    const uri = await newAlias();
    // As after imported key material.
    const state = {
      ...(await recorded({ uri })),
      uri: `awskms:key-id=${ABSENT}`,
      resourceName: arnOf(`key/${ABSENT}`),
    };
    const lifecycle = existingKeyLifecycle(new Project().process());
    assert.equal((await lifecycle.read(state)).status, "changed");
    await assert.rejects(async () => lifecycle.update(state, { uri }), withCode("KEY_CHANGED"));
  });

  void it("is replaced when it is named differently, because that may be another key", async () => {
    const alias = await newAlias();
    const state = await recorded({ uri: alias });
    const lifecycle = existingKeyLifecycle(new Project().process());
    for (const uri of [keyId, `awskms:key-id=${keyId}`, `awskms:key-id=${alias}`, "alias/other"]) {
      assert.deepEqual(await lifecycle.diff(state, { uri }), { changes: true, replaces: ["uri"] });
    }
  });

  void it("is updated when the connection to its KMS changes", async () => {
    const lifecycle = existingKeyLifecycle(new Project().process());
    const uri = `awskms:key-id=${keyId}`;
    const inRegion = `awskms:region=${REGION}`;
    const [plain, reached] = [await recorded({ uri }), await recorded({ uri, kms: inRegion })];
    const moves = [
      { from: plain, news: { uri, kms: inRegion }, to: reached },
      { from: reached, news: { uri }, to: plain },
    ];
    for (const { from, news, to } of moves) {
      assert.deepEqual(await lifecycle.diff(from, news), { changes: true, replaces: [] });
      assert.deepEqual(await lifecycle.update(from, news), to);
      assert.deepEqual(await lifecycle.diff(to, news), { changes: false, replaces: [] });
    }
  });

  void it("is not found under the same id in another region", async () => {
    const lifecycle = existingKeyLifecycle(new Project().process());
    const uri = `awskms:key-id=${keyId}`;
    const state = await recorded({ uri });
    await assert.rejects(
      async () => lifecycle.update(state, { uri, kms: "awskms:region=eu-west-1" }),
      withCode("KEY_NOT_FOUND", /in eu-west-1/),
    );
  });

  const found: Readonly<Record<string, { status: string; notice: RegExp; code: ErrorCode }>> = {
    missing: { status: "missing", notice: /was found missing/, code: "KEY_NOT_FOUND" },
    disabled: { status: "disabled", notice: /was found disabled/, code: "KEY_DISABLED" },
    scheduled: {
      status: "pendingDeletion",
      notice: /was found scheduled for deletion/,
      code: "KEY_PENDING_DELETION",
    },
  };
  const drifts: readonly {
    what: string;
    as: keyof typeof found;
    drift: (KeyId: string) => Promise<unknown>;
    mend: (KeyId: string) => Promise<unknown>;
  }[] = [
    {
      what: "disabled",
      as: "disabled",
      drift: (KeyId) => kms.admin().send(new DisableKeyCommand({ KeyId })),
      mend: (KeyId) => kms.admin().send(new EnableKeyCommand({ KeyId })),
    },
    {
      what: "scheduled for deletion",
      as: "scheduled",
      drift: (KeyId) => kms.admin().send(new ScheduleKeyDeletionCommand({ KeyId })),
      mend: async (KeyId) => {
        await kms.admin().send(new CancelKeyDeletionCommand({ KeyId }));
        await kms.admin().send(new EnableKeyCommand({ KeyId }));
      },
    },
    {
      what: "not found by AWS",
      as: "missing",
      drift: (KeyId) => {
        const answer = anyError("NotFoundException", 400, `${arnOf(`key/${KeyId}`)} does not exist.`);
        kms.proxy.inject("DescribeKey", answer, 2);
        return Promise.resolve();
      },
      mend: () => Promise.resolve(),
    },
  ];
  for (const { what, as, drift, mend } of drifts) {
    void it(`that is ${what} is reported, and is present again when it is back`, async () => {
      const { status, notice, code } = found[as] ?? assert.fail();
      const id = await kms.createKey();
      const uri = `awskms:key-id=${id}`;
      const state = await recorded({ uri });
      const project = new Project();
      const lifecycle = existingKeyLifecycle(project.process());
      await drift(id);
      const seen = await lifecycle.read(state);
      assert.deepEqual(seen, { ...state, status });
      assert.deepEqual(await lifecycle.diff(seen, { uri }), { changes: true, replaces: [] });
      assert.match(project.notices.join("\n"), notice);
      await assert.rejects(async () => lifecycle.update(seen, { uri }), withCode(code, new RegExp(id)));
      await mend(id);
      assert.deepEqual(await lifecycle.read(seen), state);
      assert.deepEqual(await lifecycle.update(seen, { uri }), state);
    });
  }

  void it("that is a primary and waits for the deletion of its replicas is reported as scheduled for deletion", async () => {
    const id = await kms.createKey({ MultiRegion: true });
    const state = await recorded({ uri: id });
    await kms.admin().send(new ReplicateKeyCommand({ KeyId: id, ReplicaRegion: "eu-west-1" }));
    await kms.admin().send(new ScheduleKeyDeletionCommand({ KeyId: id }));
    const seen = await existingKeyLifecycle(new Project().process()).read(state);
    assert.equal(seen.status, "pendingDeletion");
  });

  // The emulator returns the public key in every state, but AWS may not.
  const refusals = [
    { name: "DisabledException", says: "is disabled", code: "KEY_DISABLED" },
    { name: "DisabledException", says: "is pending deletion", code: "KEY_PENDING_DELETION" },
    { name: "KMSInvalidStateException", says: "is pending deletion", code: "KEY_PENDING_DELETION" },
  ] as const;
  for (const { name, says, code } of refusals) {
    void it(`whose public key AWS refuses with ${name} because it ${says} fails an update with ${code}`, async () => {
      const state = await recorded({ uri: keyId });
      kms.proxy.inject("GetPublicKey", anyError(name, 400, `${arnOf(`key/${keyId}`)} ${says}.`));
      const lifecycle = existingKeyLifecycle(new Project().process());
      await assert.rejects(async () => lifecycle.update(state, { uri: keyId }), withCode(code, new RegExp(keyId)));
    });
  }

  void it("is asked only for its state in a refresh, because an id never refers to another key", async () => {
    const state = await recorded({ uri: keyId });
    kms.proxy.clear();
    assert.deepEqual(await existingKeyLifecycle(new Project().process()).read(state), state);
    assert.deepEqual(kms.proxy.calls, ["DescribeKey"]);
  });

  void it("whose state is in doubt fails the refresh", async () => {
    const state = await recorded({ uri: keyId });
    const lifecycle = existingKeyLifecycle(new Project().process());
    const operation = "DescribeKey";
    kms.proxy.inject(operation, anyError("AccessDeniedException", 400, "no"));
    const denied = withCode("PERMISSION_DENIED", new RegExp(`kms:${operation} on the key ${keyId}`));
    await assert.rejects(async () => lifecycle.read(state), denied);
    kms.proxy.inject(operation, anyError("ExpiredTokenException", 400, "The token is expired"));
    await assert.rejects(async () => lifecycle.read(state), withCode("CREDENTIALS_REJECTED"));
    kms.proxy.inject(operation, cutBeforeRequest(), 6);
    await assert.rejects(async () => lifecycle.read(state), withCode("KMS_UNREACHABLE"));
  });

  void it("is refused when it does not sign, or not with that algorithm", async () => {
    const encrypts = await kms.createKey({ KeyUsage: "ENCRYPT_DECRYPT", KeySpec: "RSA_2048" });
    await assert.rejects(async () => recorded({ uri: encrypts }), withCode("KEY_UNUSABLE"));
    await assert.rejects(
      async () => recorded({ uri: keyId, algorithm: "RSA_2048_PSS" }),
      withCode("ALGORITHM_UNSUPPORTED", /is a key for ECDSA_P256, not for RSA_2048_PSS/),
    );
    await assert.rejects(async () => recorded({ uri: ABSENT }), withCode("KEY_NOT_FOUND"));
    await assert.rejects(async () => recorded({ uri: "alias/Upper" }), withCode("KEY_URI_INVALID", /uppercase/));
  });

  void it("is kept when its resource is deleted, and nothing is asked", async () => {
    const state = await recorded({ uri: keyId });
    kms.proxy.clear();
    await existingKeyLifecycle(new Project().process()).delete(state);
    assert.deepEqual(kms.proxy.calls, []);
  });
});
