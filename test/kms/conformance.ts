import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Algorithm } from "../../provider/kms/algorithms";
import type { KmsDescriptor } from "../../provider/kms/descriptor";
import type { KeyManager } from "../../provider/kms/keyManager";
import { asn1, derOf, openssl } from "../fixtures/openssl";
import { SCHEME_NAMES, SIGNATURE_SCHEMES, verifies } from "../fixtures/signatureSchemes";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { issueRoot } from "../x509/issuing";
import { entries, issueList } from "../x509/listing";
import { request } from "../x509/requesting";

/** A backend to test. */
export interface BackendUnderTest {
  /** Its descriptor, which lists the supported keys. */
  readonly kms: KmsDescriptor;
  /** The reason why it cannot be tested here; false (default) if it can. */
  readonly skip?: string | false;
  /** Starts the service for the tests, before everything else. */
  readonly start?: () => Promise<unknown>;
  /** Ends it. */
  readonly stop?: () => Promise<unknown>;
  /** Opens the backend as in a new provider process. */
  readonly open: () => KeyManager;
  /** The algorithms that the service of the tests does not support. */
  readonly untestedAlgorithms?: readonly Algorithm[];
  /** Makes a new key each time, and returns its URI. */
  readonly createKey: (algorithm: Algorithm) => Promise<string>;
  /** URI of a key that does not exist. */
  readonly absentKey: string;
  /** Deletes a key; absent if this package never deletes one. */
  readonly deleteKey?: (uri: string) => Promise<void>;
}

/** From 0 to more than 4,096 bytes, from which on some services require a digest. */
const MESSAGE_SIZES = [0, 1, 4096, 5000];

/** The tests for every backend. */
export function conformance(backend: BackendUnderTest): void {
  const { kms, untestedAlgorithms = [] } = backend;
  const algorithms = kms.algorithms.filter((algorithm) => !untestedAlgorithms.includes(algorithm));
  void describe(`The backend ${kms.scheme}`, { skip: backend.skip ?? false }, () => {
    const keys = new Map<Algorithm, string>();
    let manager: KeyManager;
    const keyFor = (algorithm: Algorithm): string => {
      const uri = keys.get(algorithm);
      assert.ok(uri !== undefined);
      return uri;
    };
    before(async () => {
      await backend.start?.();
      for (const algorithm of algorithms) {
        keys.set(algorithm, await backend.createKey(algorithm));
      }
      manager = backend.open();
    });
    after(async () => {
      await manager.close();
      await backend.stop?.();
    });

    void it("has the algorithms that its descriptor names", () => {
      assert.deepEqual(manager.algorithms, kms.algorithms);
    });

    for (const algorithm of algorithms) {
      const scheme = SIGNATURE_SCHEMES[algorithm];

      void it(`reads the public key of ${algorithm}`, async () => {
        const { type, asymmetricKeyType, asymmetricKeyDetails } = (await manager.describeKey(keyFor(algorithm)))
          .publicKey;
        assert.equal(type, "public");
        assert.equal(asymmetricKeyType, scheme.key.type);
        if (scheme.key.type === "ec") {
          assert.equal(asymmetricKeyDetails?.namedCurve, scheme.key.curve);
        } else if (scheme.key.type === "rsa") {
          assert.equal(asymmetricKeyDetails?.modulusLength, scheme.key.bits);
          assert.equal(asymmetricKeyDetails.publicExponent, 65_537n);
        }
      });

      for (const size of MESSAGE_SIZES) {
        void it(`signs ${String(size)} bytes with ${algorithm}`, async () => {
          const message = randomBytes(size);
          const signer = await manager.createSigner({ uri: keyFor(algorithm), algorithm });
          const signature = await signer.sign(Uint8Array.from(message));
          const publicKey = (await manager.describeKey(keyFor(algorithm))).publicKey;
          assert.equal(signer.algorithm, algorithm);
          assert.ok(verifies(scheme, message, publicKey, signature));
          assert.ok(!verifies(scheme, Buffer.concat([message, Buffer.of(0)]), publicKey, signature));
          if (scheme.key.type === "ec") {
            assert.match(
              asn1(signature),
              /^ *0:d=0 .*cons: SEQUENCE *\n.*d=1 .*prim: INTEGER +:[0-9A-F]+\n.*d=1 .*prim: INTEGER +:[0-9A-F]+\n$/,
            );
          }
        });
      }

      void it(`signs a revocation list of 300 certificates with ${algorithm}, which openssl verifies`, async () => {
        const signer = await manager.createSigner({ uri: keyFor(algorithm), algorithm });
        const now = new Date("2026-03-04T00:00:00Z");
        const issuerPem = await issueRoot({ signer, now });
        const list = await issueList({ signer, issuerPem, entries: entries(300) });
        assert.ok(derOf(list).length > 4096);
        const file = join(temporaryDirectory(), "issuer.pem");
        writeFileSync(file, issuerPem);
        openssl(["crl", "-noout", "-verify", "-CAfile", file], list);
      });

      void it(`signs a certificate request with ${algorithm}, which openssl verifies`, async () => {
        const signer = await manager.createSigner({ uri: keyFor(algorithm), algorithm });
        // openssl says its verdict on standard error, and fails if it is bad.
        const key = openssl(["req", "-verify", "-noout", "-pubkey"], await request(signer));
        assert.equal(key, signer.publicKey.export({ type: "spki", format: "pem" }));
      });

      void it(`refuses every other algorithm for a ${algorithm} key`, async () => {
        for (const other of SCHEME_NAMES.filter((name) => !sharesKeys(name, algorithm))) {
          await assert.rejects(
            async () => manager.createSigner({ uri: keyFor(algorithm), algorithm: other }),
            withCode("ALGORITHM_UNSUPPORTED"),
          );
        }
      });

      void it(`reads the same ${algorithm} key in another process`, async () => {
        const other = backend.open();
        try {
          const publicKey = (await manager.describeKey(keyFor(algorithm))).publicKey;
          const signer = await other.createSigner({ uri: keyFor(algorithm), algorithm });
          assert.ok(publicKey.equals(signer.publicKey));
          assert.ok(publicKey.equals((await other.describeKey(keyFor(algorithm))).publicKey));
        } finally {
          await other.close();
        }
      });
    }

    void it("makes two keys for two calls", async () => {
      const [algorithm] = algorithms;
      assert.ok(algorithm !== undefined);
      const uri = await backend.createKey(algorithm);
      assert.notEqual(uri, keyFor(algorithm));
      const { publicKey } = await manager.describeKey(uri);
      assert.ok(!publicKey.equals((await manager.describeKey(keyFor(algorithm))).publicKey));
    });

    void it("makes eight signatures at once", async () => {
      for (const algorithm of algorithms) {
        const signer = await manager.createSigner({ uri: keyFor(algorithm), algorithm });
        const messages = Array.from({ length: 8 }, (_, index) => Buffer.from(`message ${String(index)}`));
        const signatures = await Promise.all(messages.map((message) => signer.sign(message)));
        for (const [index, message] of messages.entries()) {
          const signature = signatures[index];
          assert.ok(signature !== undefined);
          assert.ok(verifies(SIGNATURE_SCHEMES[algorithm], message, signer.publicKey, signature));
        }
      }
    });

    void it("reports a missing key", async () => {
      await assert.rejects(async () => manager.describeKey(backend.absentKey), withCode("KEY_NOT_FOUND"));
      for (const algorithm of algorithms) {
        const key = { uri: backend.absentKey, algorithm };
        await assert.rejects(async () => manager.createSigner(key), withCode("KEY_NOT_FOUND"));
      }
    });

    const { deleteKey } = backend;
    if (deleteKey !== undefined) {
      void it("deletes a key, and accepts that it is already gone", async () => {
        const [algorithm] = algorithms;
        assert.ok(algorithm !== undefined);
        const uri = await backend.createKey(algorithm);
        await deleteKey(uri);
        await assert.rejects(async () => backend.open().describeKey(uri), withCode("KEY_NOT_FOUND"));
        await deleteKey(uri);
        await deleteKey(backend.absentKey);
      });
    }
  });
}

/** RSA keys of one size support both paddings. */
function sharesKeys(one: Algorithm, other: Algorithm): boolean {
  return JSON.stringify(SIGNATURE_SCHEMES[one].key) === JSON.stringify(SIGNATURE_SCHEMES[other].key);
}
