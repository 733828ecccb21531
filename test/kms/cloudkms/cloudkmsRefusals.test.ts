// It must come first.
import { FakeCloudKms, type KeyTraits } from "../../cloudkms/fakeCloudKms";
import { status } from "@grpc/grpc-js";
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ErrorCode } from "../../../provider/errors";
import { usableVersions } from "../../../provider/kms/cloudkms/cloudKeyVersions";
import type { CloudKms } from "../../../provider/kms/cloudkms/cloudkms";
import { certificateLifecycle } from "../../../provider/lifecycle/certificate";
import {
  anyError,
  apiDisabled,
  changed,
  type Fault,
  permissionDenied,
  resourceExhausted,
  unauthenticated,
  unverifiedDigest,
  withoutCrc,
  wrongCrc,
  wrongName,
} from "../../cloudkms/cloudKmsFaults";
import { Project } from "../../fixtures/lifecycleContext";
import { pem } from "../survivesFaults";

const ABSENT = "projects/kms-pki-test/locations/europe-west3/keyRings/pki/cryptoKeys/absent/cryptoKeyVersions/1";
const MESSAGE = Buffer.from("message");
const MONTH = 31 * 24 * 60 * 60 * 1000;

void describe("A call to Cloud KMS", () => {
  let kms: FakeCloudKms;
  let cloudKms: CloudKms;
  let name: string;
  let publicKeyPem: string;
  before(async () => {
    kms = await FakeCloudKms.start();
    cloudKms = kms.open();
    name = await kms.createKey();
    publicKeyPem = pem(await cloudKms.describeKey(name));
  });
  after(async () => {
    await cloudKms.close();
    await kms.stop();
  });
  beforeEach(() => {
    kms.server.clear();
  });

  /** Signs with a known public key, so that only `AsymmetricSign` is called. */
  const sign = async (uri: string): Promise<Uint8Array> => {
    const signer = await cloudKms.createSigner({ uri, algorithm: "ECDSA_P256", publicKeyPem });
    return signer.sign(MESSAGE);
  };

  const calls = {
    GetPublicKey: (uri: string): Promise<unknown> => cloudKms.describeKey(uri),
    AsymmetricSign: sign,
    GetCryptoKeyVersion: (uri: string): Promise<unknown> => cloudKms.requireUsable(uri),
    ListCryptoKeyVersions: (uri: string): Promise<unknown> =>
      cloudKms.listVersions(uri.replace(/\/cryptoKeyVersions\/.*/, "")),
  } as const;
  type Method = keyof typeof calls;

  const damages: readonly { method: Method; what: string; fault: () => Fault; message: RegExp }[] = [
    { method: "GetPublicKey", what: "a wrong checksum", fault: wrongCrc, message: /a checksum that does not match/ },
    { method: "GetPublicKey", what: "no checksum", fault: withoutCrc, message: /a checksum that does not match/ },
    { method: "GetPublicKey", what: "another key's name", fault: wrongName, message: /another key's name/ },
    {
      method: "GetPublicKey",
      what: "a public key that does not match its checksum",
      fault: () => changed((answer) => ({ ...answer, pem: String(answer["pem"]).replace("A", "B") })),
      message: /a checksum that does not match/,
    },
    { method: "GetPublicKey", what: "nothing", fault: () => changed(() => ({})), message: /another key's name/ },
    { method: "AsymmetricSign", what: "a wrong checksum", fault: wrongCrc, message: /a checksum that does not match/ },
    { method: "AsymmetricSign", what: "no checksum", fault: withoutCrc, message: /a checksum that does not match/ },
    { method: "AsymmetricSign", what: "another key's name", fault: wrongName, message: /another key's name/ },
    {
      method: "AsymmetricSign",
      what: "no confirmation that the digest arrived intact",
      fault: unverifiedDigest,
      message: /a checksum that does not match/,
    },
    { method: "AsymmetricSign", what: "nothing", fault: () => changed(() => ({})), message: /another key's name/ },
  ];
  for (const { method, what, fault, message } of damages) {
    void it(`is KMS_ANSWER_INVALID when the answer to ${method} has ${what}, and works when asked again`, async () => {
      kms.server.inject(method, fault());
      await assert.rejects(async () => calls[method](name), kms.failure("KMS_ANSWER_INVALID", message));
      assert.deepEqual(kms.server.calls, [method], "it is not silently retried");
      await calls[method](name);
    });
  }

  for (const fault of [wrongCrc, withoutCrc, wrongName, unverifiedDigest]) {
    void it(`yields no certificate whose signature came with ${fault.name}`, async () => {
      const signingKey = { uri: name, algorithm: "ECDSA_P256" } as const;
      const inputs = { profile: "root", subject: { commonName: "Root" }, signingKey, publicKeyPem } as const;
      const lifecycle = certificateLifecycle(new Project().process());
      kms.server.inject("AsymmetricSign", fault());
      await assert.rejects(async () => lifecycle.create(inputs), kms.failure("KMS_ANSWER_INVALID"));
      assert.equal((await lifecycle.create(inputs)).state.status, "valid");
    });
  }

  void it("sends the checksum of the digest to sign", async () => {
    await sign(name);
    const [request] = kms.server.requests;
    assert.equal(request?.message.digest?.sha256?.length, 32);
    assert.equal(typeof request.message.digestCrc32c?.value, "number");
  });

  const permissions: readonly { method: Method; permission: string; role: string }[] = [
    {
      method: "GetPublicKey",
      permission: "cloudkms.cryptoKeyVersions.viewPublicKey",
      role: "roles/cloudkms.publicKeyViewer",
    },
    { method: "AsymmetricSign", permission: "cloudkms.cryptoKeyVersions.useToSign", role: "roles/cloudkms.signer" },
    { method: "GetCryptoKeyVersion", permission: "cloudkms.cryptoKeyVersions.get", role: "roles/cloudkms.viewer" },
    { method: "ListCryptoKeyVersions", permission: "cloudkms.cryptoKeyVersions.list", role: "roles/cloudkms.viewer" },
  ];
  for (const { method, permission, role } of permissions) {
    void it(`is PERMISSION_DENIED when ${method} is not allowed, and names ${permission}, the key and ${role}`, async () => {
      kms.server.inject(method, permissionDenied(permission));
      const key = name.replace(method === "ListCryptoKeyVersions" ? /\/cryptoKeyVersions.*/ : /$/, "");
      await assert.rejects(
        async () => calls[method](name),
        kms.failure(
          "PERMISSION_DENIED",
          new RegExp(`Google denies ${permission} on ${key}: .*Grant ${role} on the key`),
        ),
      );
      assert.deepEqual(kms.server.calls, [method], "it is not tried again");
    });
  }

  const refusals: readonly { what: string; fault: Fault; times?: number; code: ErrorCode; message: RegExp }[] = [
    {
      what: "the API is not enabled",
      fault: apiDisabled("kms-pki-test"),
      code: "PERMISSION_DENIED",
      message: /has not been used in project kms-pki-test .* check that the Cloud KMS API is enabled in the project/,
    },
    {
      what: "the credentials are not accepted",
      fault: unauthenticated(),
      code: "CREDENTIALS_REJECTED",
      message: /invalid authentication credentials.* Renew them/,
    },
    {
      what: "the quota is used up",
      fault: resourceExhausted(),
      times: 5,
      code: "KMS_UNAVAILABLE",
      message: /a quota of Cloud KMS is used up: Quota exceeded .*Run again later/,
    },
    {
      what: "it has internal errors",
      fault: anyError(status.INTERNAL, "Internal error encountered."),
      times: 5,
      code: "KMS_UNAVAILABLE",
      message: /after several tries: Internal error encountered\. Run/,
    },
    {
      what: "it has an unknown error",
      fault: anyError(status.UNIMPLEMENTED, "Not here."),
      code: "KMS_FAILED",
      message: /Cloud KMS refused (?:GetPublicKey|AsymmetricSign) on projects\S+: Not here\. Follow/,
    },
    {
      what: "an unnamed precondition fails",
      fault: anyError(status.FAILED_PRECONDITION, "The key is held by an organization policy."),
      code: "KMS_FAILED",
      message: /organization policy/,
    },
  ];
  for (const { what, fault, times = 1, code, message } of refusals) {
    for (const method of ["GetPublicKey", "AsymmetricSign"] as const) {
      void it(`is ${code} for ${method} when ${what}`, async () => {
        kms.server.inject(method, fault, times);
        await assert.rejects(async () => calls[method](name), kms.failure(code, message));
        // If the error does not contain the state of the version, it is requested.
        const asked = code === "KMS_FAILED" && message.source.includes("policy") ? ["GetCryptoKeyVersion"] : [];
        assert.deepEqual(kms.server.calls, [...Array<string>(times).fill(method), ...asked]);
      });
    }
  }

  const states: readonly { what: string; make: () => Promise<string>; code: ErrorCode; message: RegExp }[] = [
    {
      what: "disabled",
      make: async () => {
        const version = await kms.createKey();
        kms.setState(version, "DISABLED");
        return version;
      },
      code: "KEY_DISABLED",
      message: /the key version projects\S+ is disabled\. Enable it: gcloud kms keys versions enable projects\S+\.$/,
    },
    {
      what: "scheduled for destruction",
      make: async () => {
        const version = await kms.createKey();
        kms.destroy(version);
        return version;
      },
      code: "KEY_PENDING_DELETION",
      message: /is scheduled for destruction\. To keep it: gcloud kms keys versions restore projects\S+ && gcloud/,
    },
    {
      what: "destroyed",
      make: async () => {
        const version = await kms.createKey();
        kms.destroy(version);
        kms.server.state.passTime(MONTH);
        return version;
      },
      code: "KEY_NOT_FOUND",
      message: /is destroyed\. It cannot be restored/,
    },
    { what: "missing", make: () => Promise.resolve(ABSENT), code: "KEY_NOT_FOUND", message: /no such key: .*absent/ },
  ];
  for (const { what, make, code, message } of states) {
    for (const method of ["GetPublicKey", "AsymmetricSign", "GetCryptoKeyVersion"] as const) {
      void it(`is ${code} for ${method} of a version that is ${what}`, async () => {
        const version = await make();
        await assert.rejects(async () => calls[method](version), kms.failure(code, message));
      });
    }
  }

  const wrong: readonly { what: string; traits: KeyTraits; code: ErrorCode; message: RegExp }[] = [
    {
      what: "decrypts",
      traits: { purpose: "ASYMMETRIC_DECRYPT", algorithm: "RSA_DECRYPT_OAEP_2048_SHA256" },
      code: "ALGORITHM_UNSUPPORTED",
      message:
        /signs with RSA_DECRYPT_OAEP_2048_SHA256\. Use a key for one of EC_SIGN_P256_SHA256, .*PSS_4096_SHA256\.$/,
    },
    {
      what: "signs with SHA-512, which this package does not support",
      traits: { algorithm: "RSA_SIGN_PKCS1_4096_SHA512" },
      code: "ALGORITHM_UNSUPPORTED",
      message: /signs with RSA_SIGN_PKCS1_4096_SHA512/,
    },
    {
      what: "signs with Ed25519, which step-ca cannot use",
      traits: { algorithm: "EC_SIGN_ED25519" },
      code: "ALGORITHM_UNSUPPORTED",
      message: /signs with EC_SIGN_ED25519/,
    },
    {
      what: "signs with secp256k1",
      traits: { algorithm: "EC_SIGN_SECP256K1_SHA256", protectionLevel: "HSM" },
      code: "ALGORITHM_UNSUPPORTED",
      message: /signs with EC_SIGN_SECP256K1_SHA256/,
    },
    {
      what: "is symmetric",
      traits: { purpose: "ENCRYPT_DECRYPT", algorithm: "GOOGLE_SYMMETRIC_ENCRYPTION" },
      code: "KMS_FAILED",
      message: /refused GetPublicKey on projects\S+: .*do not have a public key/,
    },
  ];
  for (const { what, traits, code, message } of wrong) {
    void it(`is ${code} for a key that ${what}`, async () => {
      const version = await kms.createKey(traits);
      await assert.rejects(async () => cloudKms.describeKey(version), kms.failure(code, message));
      await assert.rejects(
        async () => cloudKms.createSigner({ uri: version, algorithm: "ECDSA_P256" }),
        kms.failure(code, message),
      );
    });
  }

  void it("is KEY_UNUSABLE when the algorithm is not the version's, even with a given public key", async () => {
    const other = await kms.createKey({ algorithm: "EC_SIGN_P384_SHA384" });
    await assert.rejects(async () => sign(other), kms.failure("KEY_UNUSABLE", /refused AsymmetricSign/));
  });

  void it("is ALGORITHM_UNSUPPORTED for the other RSA padding, because a version has only one", async () => {
    const version = await kms.createKey({ algorithm: "RSA_SIGN_PSS_2048_SHA256" });
    await assert.rejects(
      async () => cloudKms.createSigner({ uri: version, algorithm: "RSA_2048_PKCS1" }),
      kms.failure("ALGORITHM_UNSUPPORTED", /does not sign with RSA_2048_PKCS1/),
    );
    await cloudKms.createSigner({ uri: version, algorithm: "RSA_2048_PSS" });
  });

  void it("is refused without a request for a name without a version", async () => {
    for (const uri of ["cloudkms:x", name.replace(/\/cryptoKeyVersions.*/, "")]) {
      await assert.rejects(async () => cloudKms.describeKey(uri), kms.failure("KEY_URI_INVALID"));
      await assert.rejects(async () => cloudKms.requireUsable(uri), kms.failure("KEY_URI_INVALID"));
      await assert.rejects(
        async () => cloudKms.createSigner({ uri, algorithm: "ECDSA_P256", publicKeyPem }),
        kms.failure("KEY_URI_INVALID"),
      );
    }
    assert.deepEqual(kms.server.calls, []);
  });

  void it("lists the versions of a key that can sign now or soon, and none for a missing key", async () => {
    const first = await kms.createKey();
    const cryptoKey = first.replace(/\/cryptoKeyVersions.*/, "");
    const versions = [first];
    for (let made = 1; made < 5; made += 1) {
      versions.push((await kms.server.state.createCryptoKeyVersion({ parent: cryptoKey })).name ?? "");
    }
    const [one = "", disabled = "", scheduled = "", destroyed = "", last = ""] = versions;
    kms.setState(disabled, "DISABLED");
    kms.destroy(destroyed);
    kms.server.state.passTime(MONTH);
    kms.destroy(scheduled);
    assert.deepEqual(usableVersions(await cloudKms.listVersions(cryptoKey)), [one, last]);
    const pending = await kms.createKey({ algorithm: "RSA_SIGN_PSS_4096_SHA256", pending: true });
    assert.deepEqual(usableVersions(await cloudKms.listVersions(pending.replace(/\/cryptoKeyVersions.*/, ""))), [
      pending,
    ]);
    assert.deepEqual(usableVersions(await cloudKms.listVersions(ABSENT.replace(/\/cryptoKeyVersions.*/, ""))), []);
    assert.equal((await cloudKms.listVersions(cryptoKey)).find(({ name }) => name === disabled)?.state, "DISABLED");
  });

  void it("lists the versions of a key that fill more than one page", async () => {
    const first = await kms.createKey();
    const cryptoKey = first.replace(/\/cryptoKeyVersions.*/, "");
    for (let made = 1; made < 105; made += 1) {
      await kms.server.state.createCryptoKeyVersion({ parent: cryptoKey });
    }
    assert.equal(usableVersions(await cloudKms.listVersions(cryptoKey)).length, 105);
  });
});
