import { KeyManagementServiceClient } from "@google-cloud/kms";
import { credentials, status } from "@grpc/grpc-js";
import { IamProtos } from "google-gax";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, createPublicKey } from "node:crypto";
import { writeFileSync } from "node:fs";
import { connect } from "node:http2";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { until } from "../fixtures/waiting";
import { type SignatureScheme, verifies } from "../fixtures/signatureSchemes";
import { NEW_EC_KEY, openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import {
  anyError,
  delay,
  flipSignatureBit,
  permissionDenied,
  together,
  unavailable,
  unverifiedDigest,
  wrongCrc,
  wrongName,
} from "./cloudKmsFaults";
import { cutAfterRequest, neverAnswers } from "../fixtures/connectionFaults";
import { CloudKmsServer } from "./cloudKmsServer";
import { crc32c } from "./crc32c";

// The client looks for a Google machine even with explicit credentials.
process.env["METADATA_SERVER_DETECTION"] = "none";

const LOCATION = "projects/of-tests/locations/europe-west3";
const RING = `${LOCATION}/keyRings/ca`;
const MESSAGE = Buffer.from("the message that is signed");

const ec = (curve: string, hash: string) => ({ key: { type: "ec", curve }, hash });
const rsa = (bits: number, hash: string, saltLength?: number) => ({
  key: { type: "rsa", bits },
  hash,
  ...(saltLength === undefined ? {} : { saltLength }),
});
const SCHEMES: Record<string, Omit<SignatureScheme, "opensslName">> = {
  EC_SIGN_P256_SHA256: ec("prime256v1", "sha256") as SignatureScheme,
  EC_SIGN_P384_SHA384: ec("secp384r1", "sha384") as SignatureScheme,
  RSA_SIGN_PKCS1_2048_SHA256: rsa(2048, "sha256") as SignatureScheme,
  RSA_SIGN_PKCS1_3072_SHA256: rsa(3072, "sha256") as SignatureScheme,
  RSA_SIGN_PKCS1_4096_SHA256: rsa(4096, "sha256") as SignatureScheme,
  RSA_SIGN_PKCS1_4096_SHA512: rsa(4096, "sha512") as SignatureScheme,
  RSA_SIGN_PSS_2048_SHA256: rsa(2048, "sha256", 32) as SignatureScheme,
  RSA_SIGN_PSS_3072_SHA256: rsa(3072, "sha256", 32) as SignatureScheme,
  RSA_SIGN_PSS_4096_SHA256: rsa(4096, "sha256", 32) as SignatureScheme,
  RSA_SIGN_PSS_4096_SHA512: rsa(4096, "sha512", 64) as SignatureScheme,
};

void describe("The Cloud KMS server of the tests", () => {
  let server: CloudKmsServer;
  let client: KeyManagementServiceClient;
  let keys = 0;

  before(async () => {
    server = await CloudKmsServer.start({ generationMilliseconds: { HSM: 100 }, wording: "documented" });
    const [servicePath, port] = server.grpcEndpoint.split(":");
    client = new KeyManagementServiceClient({
      servicePath: servicePath ?? "",
      port: Number(port),
      sslCreds: credentials.createInsecure(),
    });
    await client.createKeyRing({ parent: LOCATION, keyRingId: "ca", keyRing: {} });
  });
  afterEach(() => {
    server.clear();
  });
  after(async () => {
    await client.close();
    await server.stop();
  });

  /** The name of the first version of a new key. */
  async function newKey(algorithm: string, protectionLevel = "SOFTWARE"): Promise<string> {
    keys += 1;
    const [{ name }] = await client.createCryptoKey({
      parent: RING,
      cryptoKeyId: `key-${String(keys)}`,
      cryptoKey: {
        purpose: "ASYMMETRIC_SIGN",
        versionTemplate: { algorithm: algorithm as "EC_SIGN_P256_SHA256", protectionLevel: protectionLevel as "HSM" },
      },
    });
    return `${name ?? ""}/cryptoKeyVersions/1`;
  }

  async function enabled(name: string): Promise<string> {
    const isEnabled = async (): Promise<boolean> => {
      const [{ state }] = await client.getCryptoKeyVersion({ name });
      return state === "ENABLED";
    };
    await until(`${name} is enabled`, isEnabled);
    return name;
  }

  const signatureOf = async (name: string, hash = "sha256", message = MESSAGE) => {
    const digest = createHash(hash).update(message).digest();
    const request = { name, digest: { [hash]: digest }, digestCrc32c: { value: crc32c(digest) } };
    const [answer] = await client.asymmetricSign(request);
    return answer;
  };

  const rest = async (method: string, path: string, body?: object) => {
    const init = { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await fetch(server.restEndpoint + path, init);
    return { code: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  void it("computes the checksum of the known test vector", () => {
    assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
  });

  void it("signs digests with every algorithm, as Node verifies", async () => {
    // All at once, because long RSA keys take a while.
    const named = Object.entries(SCHEMES).map(async (entry) => [...entry, await newKey(entry[0])] as const);
    for (const [algorithm, scheme, name] of await Promise.all(named)) {
      await enabled(name);
      const [publicKey] = await client.getPublicKey({ name });
      assert.equal(publicKey.algorithm, algorithm);
      assert.equal(publicKey.name, name);
      assert.equal(publicKey.protectionLevel, "SOFTWARE");
      assert.equal(Number(publicKey.pemCrc32c?.value), crc32c(Buffer.from(publicKey.pem ?? "")));
      const answer = await signatureOf(name, scheme.hash ?? "");
      const signature = answer.signature as Uint8Array;
      assert.equal(Number(answer.signatureCrc32c?.value), crc32c(signature));
      assert.equal(answer.verifiedDigestCrc32c, true);
      assert.equal(answer.name, name);
      const key = createPublicKey(publicKey.pem ?? "");
      const whole = { ...scheme, opensslName: "" };
      assert.ok(verifies(whole, MESSAGE, key, signature), algorithm);
      assert.ok(!verifies(whole, Buffer.from("another"), key, signature), algorithm);
    }
  });

  void it("makes signatures that openssl verifies: ECDSA, PKCS #1, PSS and Ed25519", async () => {
    const directory = temporaryDirectory();
    const file = (name: string, content: string | Uint8Array): string => {
      writeFileSync(join(directory, name), content);
      return join(directory, name);
    };
    const pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32"];
    const options = { EC_SIGN_P256_SHA256: [], RSA_SIGN_PKCS1_2048_SHA256: [], RSA_SIGN_PSS_2048_SHA256: pss };
    const message = file("message", MESSAGE);
    for (const [algorithm, args] of Object.entries(options)) {
      const name = await enabled(await newKey(algorithm));
      const key = file("key.pem", (await client.getPublicKey({ name }))[0].pem ?? "");
      const signature = file("signature", (await signatureOf(name)).signature as Uint8Array);
      openssl(["dgst", "-sha256", "-verify", key, ...args, "-signature", signature, message]);
    }
    const name = await newKey("EC_SIGN_ED25519");
    const key = file("key.pem", (await client.getPublicKey({ name }))[0].pem ?? "");
    const [answer] = await client.asymmetricSign({ name, data: MESSAGE, dataCrc32c: { value: crc32c(MESSAGE) } });
    assert.equal(answer.verifiedDataCrc32c, true);
    const signature = file("signature", answer.signature as Uint8Array);
    openssl(["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", key, "-sigfile", signature, "-in", message]);
    await assert.rejects(signatureOf(name), { code: status.INVALID_ARGUMENT });
  });

  void it("hashes data for an algorithm with a digest", async () => {
    const name = await newKey("EC_SIGN_P384_SHA384");
    const [{ signature, verifiedDigestCrc32c }] = await client.asymmetricSign({ name, data: MESSAGE });
    const [{ pem }] = await client.getPublicKey({ name });
    const scheme = { ...SCHEMES["EC_SIGN_P384_SHA384"], opensslName: "" } as SignatureScheme;
    assert.ok(verifies(scheme, MESSAGE, createPublicKey(pem ?? ""), signature as Uint8Array));
    assert.equal(verifiedDigestCrc32c, false);
  });

  void it("refuses a digest of the wrong type, a wrong checksum, and no data or too much data", async () => {
    const name = await newKey("EC_SIGN_P256_SHA256");
    const digest = { sha256: createHash("sha256").update(MESSAGE).digest() };
    const refused = { code: status.INVALID_ARGUMENT };
    await assert.rejects(signatureOf(name, "sha384"), refused);
    await assert.rejects(client.asymmetricSign({ name, digest: { sha256: Buffer.alloc(20) } }), refused);
    await assert.rejects(client.asymmetricSign({ name }), refused);
    await assert.rejects(client.asymmetricSign({ name, digest, data: MESSAGE }), refused);
    await assert.rejects(client.asymmetricSign({ name, digest, digestCrc32c: { value: 1 } }), {
      ...refused,
      details: "The checksum in field digest_crc32c did not match the data in field digest.",
    });
  });

  void it("generates an HSM key while the client waits, and then attests it", async () => {
    const name = await newKey("EC_SIGN_P256_SHA256", "HSM");
    const [pending] = await client.getCryptoKeyVersion({ name });
    assert.equal(pending.state, "PENDING_GENERATION");
    assert.equal(pending.attestation, null);
    await assert.rejects(client.getPublicKey({ name }), (error: { code: number; statusDetails: unknown[] } & Error) => {
      assert.equal(error.code, status.FAILED_PRECONDITION);
      assert.ok(error.message.includes(`${name} is not enabled, current state is: PENDING_GENERATION.`));
      const [{ violations }] = error.statusDetails as [{ violations: [{ type: string; subject: string }] }];
      assert.equal(violations[0].type, "KEY_PENDING_GENERATION");
      assert.equal(violations[0].subject, name);
      return true;
    });
    await enabled(name);
    const [{ attestation, generateTime }] = await client.getCryptoKeyVersion({ name });
    assert.equal(attestation?.format, "CAVIUM_V2_COMPRESSED");
    assert.ok((attestation.content as Uint8Array).length > 0);
    assert.ok(generateTime);
    const [versions] = await client.listCryptoKeyVersions({ parent: name.replace(/\/cryptoKeyVersions.*/, "") });
    assert.deepEqual([versions.length, versions[0]?.attestation], [1, null]);
    assert.equal((await signatureOf(name)).protectionLevel, "HSM");
  });

  void it("disables, destroys and restores versions, and destroys them for good when their time comes", async () => {
    const name = await newKey("EC_SIGN_P256_SHA256");
    const update = (state: "ENABLED" | "DISABLED" | "DESTROYED") =>
      client.updateCryptoKeyVersion({ cryptoKeyVersion: { name, state }, updateMask: { paths: ["state"] } });
    const unusable = (state: string) => ({
      code: status.FAILED_PRECONDITION,
      details: `${name} is not enabled, current state is: ${state}.`,
    });
    await update("DISABLED");
    await assert.rejects(client.getPublicKey({ name }), unusable("DISABLED"));
    await assert.rejects(signatureOf(name), unusable("DISABLED"));
    await assert.rejects(update("DESTROYED"), { code: status.INVALID_ARGUMENT });
    await update("ENABLED");
    const [scheduled] = await client.destroyCryptoKeyVersion({ name });
    assert.equal(scheduled.state, "DESTROY_SCHEDULED");
    const days = (Number(scheduled.destroyTime?.seconds) * 1000 - Date.now()) / 86_400_000;
    assert.ok(days > 29.9 && days < 30.1, String(days));
    await assert.rejects(signatureOf(name), unusable("DESTROY_SCHEDULED"));
    await assert.rejects(update("ENABLED"), { code: status.FAILED_PRECONDITION });
    assert.equal((await client.restoreCryptoKeyVersion({ name }))[0].state, "DISABLED");
    await client.destroyCryptoKeyVersion({ name });
    server.state.passTime(30 * 86_400_000 + 1000);
    const [destroyed] = await client.getCryptoKeyVersion({ name });
    assert.deepEqual([destroyed.state, destroyed.destroyTime], ["DESTROYED", null]);
    assert.ok(destroyed.destroyEventTime);
    await assert.rejects(client.getPublicKey({ name }), unusable("DESTROYED"));
    await assert.rejects(client.restoreCryptoKeyVersion({ name }), { code: status.FAILED_PRECONDITION });
  });

  void it("numbers versions, and keeps rings and keys forever under their names", async () => {
    const name = await newKey("EC_SIGN_P256_SHA256");
    const [, cryptoKeyId = ""] = /cryptoKeys\/([^/]+)/.exec(name) ?? [];
    const parent = `${RING}/cryptoKeys/${cryptoKeyId}`;
    const [second] = await client.createCryptoKeyVersion({ parent, cryptoKeyVersion: {} });
    assert.equal(second.name, `${parent}/cryptoKeyVersions/2`);
    await assert.rejects(client.createKeyRing({ parent: LOCATION, keyRingId: "ca", keyRing: {} }), {
      code: status.ALREADY_EXISTS,
      details: `KeyRing ${RING} already exists.`,
    });
    const cryptoKey = { purpose: "ASYMMETRIC_SIGN", versionTemplate: { algorithm: "EC_SIGN_P256_SHA256" } } as const;
    await assert.rejects(client.createCryptoKey({ parent: RING, cryptoKeyId, cryptoKey }), {
      code: status.ALREADY_EXISTS,
      details: `CryptoKey ${parent} already exists.`,
    });
    await assert.rejects(client.deleteCryptoKey({ name: parent }), { code: status.UNIMPLEMENTED });
  });

  void it("distinguishes a malformed name from one that does not exist", async () => {
    await assert.rejects(client.getPublicKey({ name: `${RING}/cryptoKeys/none` }), { code: status.INVALID_ARGUMENT });
    const name = `${RING}/cryptoKeys/none/cryptoKeyVersions/1`;
    const details = `CryptoKeyVersion ${name} not found.`;
    await assert.rejects(client.getPublicKey({ name }), { code: status.NOT_FOUND, details });
  });

  void it("refuses to change immutable fields, and refuses an empty change", async () => {
    const name = (await newKey("EC_SIGN_P256_SHA256")).replace(/\/cryptoKeyVersions.*/, "");
    const update = (cryptoKey: object, ...paths: string[]) =>
      client.updateCryptoKey({ cryptoKey: { name, ...cryptoKey }, updateMask: { paths } });
    const refused = { code: status.INVALID_ARGUMENT };
    await assert.rejects(update({}), refused);
    await assert.rejects(update({ purpose: "ENCRYPT_DECRYPT" }, "purpose"), refused);
    await assert.rejects(
      update({ destroyScheduledDuration: { seconds: 86_400 } }, "destroy_scheduled_duration"),
      refused,
    );
    await assert.rejects(update({ versionTemplate: { protectionLevel: "HSM" } }, "version_template"), refused);
    await assert.rejects(update({ labels: { Project: "x/y" } }, "labels"), refused);
    const [{ labels }] = await update({ labels: { project: "x" } }, "labels");
    assert.deepEqual(labels, { project: "x" });
    const template = { versionTemplate: { algorithm: "EC_SIGN_P384_SHA384" } };
    const [{ versionTemplate }] = await update(template, "version_template.algorithm");
    assert.equal(versionTemplate?.algorithm, "EC_SIGN_P384_SHA384");
    const [found] = await client.listCryptoKeys({ parent: RING, filter: "labels.project=x" });
    assert.deepEqual(
      found.map((key) => key.name),
      [name],
    );
  });

  void it("does the same over HTTP", async () => {
    const key = `${RING}/cryptoKeys/by-http`;
    const create = `${RING}/cryptoKeys?cryptoKeyId=by-http&skipInitialVersionCreation=true&alt=json`;
    const template = { algorithm: "EC_SIGN_P256_SHA256", protectionLevel: "HSM" };
    const body = {
      purpose: "ASYMMETRIC_SIGN",
      versionTemplate: template,
      labels: { a: "b" },
      destroyScheduledDuration: "86400s",
    };
    const created = await rest("POST", create, body);
    const { createTime, ...others } = created.body;
    assert.match(String(createTime), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual([created.code, others], [200, { name: key, ...body }]);
    const again = await rest("POST", create, body);
    const error = { code: 409, message: `CryptoKey ${key} already exists.`, status: "ALREADY_EXISTS" };
    assert.deepEqual([again.code, again.body], [409, { error }]);
    assert.deepEqual((await rest("GET", `${key}/cryptoKeyVersions`)).body, {});
    const version = await rest("POST", `${key}/cryptoKeyVersions`, {});
    assert.equal(version.body["state"], "PENDING_GENERATION");
    const name = await enabled(String(version.body["name"]));
    const patched = await rest("PATCH", `${key}?updateMask=labels`, { labels: { a: "c" } });
    assert.deepEqual(patched.body["labels"], { a: "c" });
    assert.equal((await rest("PATCH", `${key}?updateMask=purpose`, { purpose: "MAC" })).code, 400);
    assert.equal((await rest("PATCH", `${name}?updateMask=state`, { state: "DISABLED" })).body["state"], "DISABLED");
    assert.equal((await rest("POST", `${name}:destroy`)).body["state"], "DESTROY_SCHEDULED");
    assert.equal((await rest("POST", `${name}:restore`, {})).body["state"], "DISABLED");
    const publicKey = await rest("GET", `${name}/publicKey`);
    assert.equal(publicKey.code, 400);
    assert.ok(JSON.stringify(publicKey.body).includes('"type":"KEY_DISABLED"'));
    assert.equal((await rest("GET", `${RING}x`)).code, 404);
    assert.equal((await rest("GET", RING)).body["name"], RING);
    assert.equal((await rest("DELETE", key)).code, 404);
    const policy = await rest("GET", `${key}:getIamPolicy?options.requestedPolicyVersion=3`);
    assert.deepEqual(policy.body, { etag: "ACAB" });
    const bindings = [{ role: "roles/cloudkms.signer", members: ["user:a@example.com"] }];
    const kept = await rest("POST", `${key}:setIamPolicy`, { policy: { bindings, ...policy.body } });
    assert.deepEqual(kept.body["bindings"], bindings);
    const asked = await client.getIamPolicy(new IamProtos.google.iam.v1.GetIamPolicyRequest({ resource: key }));
    assert.equal(asked[0].bindings[0]?.role, "roles/cloudkms.signer");
    assert.equal((await rest("POST", `${key}:setIamPolicy`, { policy: policy.body })).code, 409);
  });

  void it("records calls with their metadata", async () => {
    const name = await newKey("EC_SIGN_P256_SHA256");
    server.clear();
    const heard: string[] = [];
    const end = server.onCall(({ method }) => heard.push(method));
    await client.getPublicKey({ name }, { otherArgs: { headers: { "x-goog-user-project": "payer" } } });
    await rest("GET", RING);
    end();
    assert.deepEqual([server.calls, server.restCalls, heard], [["GetPublicKey"], ["GetKeyRing"], ["GetPublicKey"]]);
    const [request] = server.requests;
    assert.equal(request?.message.name, name);
    assert.equal(request.metadata["x-goog-user-project"], "payer");
    assert.equal(request.metadata["x-goog-request-params"], `name=${encodeURIComponent(name)}`);
  });

  void it("fails as instructed, once each time", async () => {
    const name = await newKey("EC_SIGN_P256_SHA256");
    const noRetry = { retry: null, timeout: 300 };
    const key = async () => (await client.getPublicKey({ name }, noRetry))[0];
    server.inject("GetPublicKey", anyError(status.INTERNAL, "broken"));
    await assert.rejects(key(), { code: status.INTERNAL, details: "broken" });
    server.inject("GetPublicKey", permissionDenied("cloudkms.cryptoKeyVersions.viewPublicKey"));
    await assert.rejects(key(), (error: { code: number; reason?: string } & Error) => {
      assert.equal(error.code, status.PERMISSION_DENIED);
      assert.match(error.message, /Permission 'cloudkms.cryptoKeyVersions.viewPublicKey' denied on resource 'projects/);
      assert.equal(error.reason, "IAM_PERMISSION_DENIED");
      return true;
    });
    server.inject("GetPublicKey", neverAnswers());
    await assert.rejects(key(), { code: status.DEADLINE_EXCEEDED });
    server.inject("GetPublicKey", unavailable(), 2);
    server.clear();
    server.inject("GetPublicKey", unavailable());
    await client.getPublicKey({ name });
    assert.deepEqual(server.calls, ["GetPublicKey", "GetPublicKey"]);
    server.inject("GetPublicKey", together(delay(10), wrongCrc(), wrongName()));
    const wrong = await key();
    assert.notEqual(Number(wrong.pemCrc32c?.value), crc32c(Buffer.from(wrong.pem ?? "")));
    assert.ok(wrong.name?.endsWith("/cryptoKeyVersions/2"));
    server.inject("AsymmetricSign", together(flipSignatureBit(), unverifiedDigest()));
    const flipped = await signatureOf(name);
    const signature = flipped.signature as Uint8Array;
    assert.equal(Number(flipped.signatureCrc32c?.value), crc32c(signature));
    assert.equal(flipped.verifiedDigestCrc32c, false);
    const scheme = { ...SCHEMES["EC_SIGN_P256_SHA256"], opensslName: "" } as SignatureScheme;
    assert.ok(!verifies(scheme, MESSAGE, createPublicKey((await key()).pem ?? ""), signature));
  });

  void it("can cut the connection after it performed a call", async () => {
    server.inject("CreateKeyRing", cutAfterRequest());
    const request = { parent: LOCATION, keyRingId: "cut", keyRing: {} };
    await assert.rejects(client.createKeyRing(request, { retry: null }), { code: status.UNAVAILABLE });
    assert.equal((await client.getKeyRing({ name: `${LOCATION}/keyRings/cut` }))[0].name, `${LOCATION}/keyRings/cut`);
  });

  void it("can answer late", async () => {
    server.delayEveryAnswer(60);
    const begun = performance.now();
    await client.getKeyRing({ name: RING });
    assert.ok(performance.now() - begun >= 55);
  });

  void it("speaks TLS when given a certificate", async () => {
    const directory = temporaryDirectory();
    const [key, certificate] = [join(directory, "key.pem"), join(directory, "certificate.pem")];
    const names = "subjectAltName=DNS:kms.test";
    const request = ["req", "-x509", ...NEW_EC_KEY, "-addext", names];
    openssl([...request, "-subj", "/CN=kms", "-keyout", key, "-out", certificate]);
    const pem = (file: string): string => openssl([file === key ? "pkey" : "x509", "-in", file]);
    const secure = await CloudKmsServer.start({ tls: { key: pem(key), certificate: pem(certificate) } });
    const [, port] = secure.grpcEndpoint.split(":");
    const trusting = new KeyManagementServiceClient({
      servicePath: "127.0.0.1",
      port: Number(port),
      sslCreds: credentials.createSsl(Buffer.from(pem(certificate))),
      "grpc.ssl_target_name_override": "kms.test",
    });
    await assert.rejects(trusting.getKeyRing({ name: RING }), { code: status.NOT_FOUND });
    await trusting.close();
    await secure.stop();
  });

  void it("does not keep a process alive that leaves it running with open connections", async () => {
    const path = require.resolve("./cloudKmsServer");
    const program = `require(${JSON.stringify(path)}).CloudKmsServer.start().then(async (server) => {
      const { connect } = require("node:http2");
      const session = connect("http://" + server.grpcEndpoint);
      await new Promise((resolve) => session.once("remoteSettings", resolve));
      session.unref();
      await fetch(server.restEndpoint + "projects/p/locations/l/keyRings");
      process.stdout.write("started");
    })`;
    assert.equal(execFileSync(process.execPath, ["-e", program], { encoding: "utf8", timeout: 10_000 }), "started");
    // Once stopped, it is gone.
    const stopped = await CloudKmsServer.start();
    const { grpcEndpoint } = stopped;
    await stopped.stop();
    await assert.rejects(
      new Promise((_, reject) => connect(`http://${grpcEndpoint}`).once("error", reject)),
      /ECONNREFUSED/,
    );
  });
});
