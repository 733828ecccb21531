import assert from "node:assert/strict";
import type { KeyObject } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import type { Algorithm } from "../../provider/kms/algorithms";
import type { KeyManager } from "../../provider/kms/keyManager";
import type { CertificateInputs } from "../../provider/lifecycle/certificateRecord";
import { certificateRevocationListLifecycle } from "../../provider/lifecycle/certificateRevocationList";
import { certificateLifecycle } from "../../provider/lifecycle/certificate";
import { type Environment, inEnvironment } from "../fixtures/environment";
import { Project } from "../fixtures/lifecycleContext";
import { openssl } from "../fixtures/openssl";
import { SIGNATURE_SCHEMES, verifies } from "../fixtures/signatureSchemes";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";

/** A proxy between a backend and its service. It counts calls and makes them fail. */
interface FaultyService<Fault> {
  readonly calls: readonly string[];
  inject(method: string, fault: Fault, times?: number): void;
  clear(): void;
}

/** The backend of a cloud, with the faults on the way to it. */
export interface FaultyBackend<Fault> {
  readonly name: string;
  /** The reason why it cannot be tested here; false (default) if it can. */
  readonly skip?: string | false;
  /** Starts the service, before everything else. */
  readonly start: () => Promise<FaultyService<Fault>>;
  readonly stop: () => Promise<unknown>;
  /** Opens the backend as in a new process. */
  readonly open: (options?: { readonly requestTimeout: number }) => KeyManager;
  /** Makes a new key each time, and returns its URI. */
  readonly createKey: (algorithm: Algorithm) => Promise<string>;
  /** The operations for reading a public key and for signing. */
  readonly methods: { readonly describe: string; readonly sign: string };
  /** The number of tries of a call. */
  readonly attempts: number;
  readonly faults: {
    /** Too many requests. */
    readonly throttle: () => Fault;
    /** A temporary internal error of the service. */
    readonly fail: () => Fault;
    readonly cutBefore: () => Fault;
    readonly cutAfter: () => Fault;
    readonly neverAnswers: () => Fault;
    readonly flipSignatureBit: () => Fault;
  };
  /** The service's message for `throttle`. */
  readonly throttled: RegExp;
  /** The environment that puts the service at a port where nothing listens. */
  readonly nobodyListensOn: (port: number) => Environment;
  /** Accepts an error with this code that shows no secret. */
  readonly failure: (code: ErrorCode, message: RegExp) => (error: unknown) => true;
}

const MESSAGE = Buffer.from("message");

/** The tests for every cloud backend when its service fails. */
export function survivesFaults<Fault>(backend: FaultyBackend<Fault>): void {
  const { attempts, faults, failure, methods } = backend;

  void describe(`The backend ${backend.name} when its service fails`, { skip: backend.skip ?? false }, () => {
    let service: FaultyService<Fault>;
    let manager: KeyManager;
    let uri: string;
    let publicKeyPem: string;
    before(async () => {
      service = await backend.start();
      manager = backend.open();
      uri = await backend.createKey("ECDSA_P256");
      publicKeyPem = pem(await manager.describeKey(uri));
    });
    after(async () => {
      await manager.close();
      await backend.stop();
    });
    beforeEach(() => {
      service.clear();
    });

    /** Signs with a known public key, so that nothing else is called. */
    const sign = async (): Promise<Uint8Array> => {
      const signer = await manager.createSigner({ uri, algorithm: "ECDSA_P256", publicKeyPem });
      return signer.sign(MESSAGE);
    };

    const isSignature = async (signature: Uint8Array): Promise<boolean> => {
      const { publicKey } = await manager.describeKey(uri);
      return verifies(SIGNATURE_SCHEMES.ECDSA_P256, MESSAGE, publicKey, signature);
    };

    const passing: readonly { what: string; fault: () => Fault; times: number }[] = [
      { what: "is throttled twice", fault: faults.throttle, times: 2 },
      { what: "has two internal errors", fault: faults.fail, times: 2 },
      { what: "is cut off before it gets the call", fault: faults.cutBefore, times: 1 },
      { what: "is cut off after it performed the call", fault: faults.cutAfter, times: 1 },
    ];
    for (const { what, fault, times } of passing) {
      void it(`still reads a key and signs when it ${what}`, async () => {
        service.inject(methods.describe, fault(), times);
        assert.equal(pem(await manager.describeKey(uri)), publicKeyPem);
        service.inject(methods.sign, fault(), times);
        const signature = await sign();
        assert.deepEqual(service.calls, [
          ...Array<string>(times + 1).fill(methods.describe),
          ...Array<string>(times + 1).fill(methods.sign),
        ]);
        assert.ok(await isSignature(signature));
      });
    }

    const lasting: readonly { what: string; fault: () => Fault; code: ErrorCode; message: RegExp }[] = [
      {
        what: "has internal errors",
        fault: faults.fail,
        code: "KMS_UNAVAILABLE",
        message: new RegExp(`did not complete ${methods.sign} on .* after several tries: .* Run again later`),
      },
      { what: "is cut off", fault: faults.cutBefore, code: "KMS_UNREACHABLE", message: /does not answer: / },
    ];
    for (const { what, fault, code, message } of lasting) {
      void it(`is ${code} when it ${what} every time`, async () => {
        service.inject(methods.sign, fault(), attempts);
        await assert.rejects(sign, failure(code, message));
        assert.deepEqual(service.calls, Array<string>(attempts).fill(methods.sign));
        assert.ok(await isSignature(await sign()), "afterwards it works again");
      });
    }

    void it("is KMS_UNAVAILABLE when the last of its tries is throttled", async () => {
      // SDKs wait longer after each throttled call, except after this one.
      service.inject(methods.sign, faults.fail(), attempts - 1);
      service.inject(methods.sign, faults.throttle());
      await assert.rejects(sign, failure("KMS_UNAVAILABLE", backend.throttled));
      assert.equal(service.calls.length, attempts);
    });

    void it("is KMS_UNREACHABLE when it never answers", async () => {
      const impatient = backend.open({ requestTimeout: 100 });
      service.inject(methods.describe, faults.neverAnswers(), attempts);
      await assert.rejects(
        async () => impatient.describeKey(uri),
        failure("KMS_UNREACHABLE", /does not answer: .*\. Check the network/),
      );
      assert.equal(service.calls.length, attempts);
      await impatient.close();
    });

    void it("is KMS_UNREACHABLE when nothing listens", async () => {
      await inEnvironment(backend.nobodyListensOn(await unusedPort()), async () => {
        const nobody = backend.open();
        await assert.rejects(
          async () => nobody.describeKey(uri),
          failure("KMS_UNREACHABLE", /does not answer: .*\. Check the network/),
        );
        await nobody.close();
      });
      assert.deepEqual(service.calls, []);
    });

    const rootInputs = async (algorithm: Algorithm): Promise<CertificateInputs> => {
      const description = await manager.describeKey(await backend.createKey(algorithm));
      const signingKey = { uri: description.uri, algorithm };
      return { profile: "root", subject: { commonName: "Root" }, signingKey, publicKeyPem: pem(description) };
    };

    for (const algorithm of ["ECDSA_P256", "RSA_2048_PKCS1", "RSA_2048_PSS"] as const) {
      void it(`returns no ${algorithm} certificate with a wrong bit in its signature, and signs it on the next try`, async () => {
        const inputs = await rootInputs(algorithm);
        const lifecycle = certificateLifecycle(new Project().process());
        service.inject(methods.sign, faults.flipSignatureBit());
        await assert.rejects(async () => lifecycle.create(inputs), failure("SIGNATURE_INVALID", /was not accepted/));
        const { state } = await lifecycle.create(inputs);
        const path = join(temporaryDirectory(), `${algorithm}.crt`);
        writeFileSync(path, state.certificatePem);
        const time = String(Date.parse("2026-06-01T00:00:00Z") / 1000);
        assert.match(openssl(["verify", "-check_ss_sig", "-attime", time, "-CAfile", path, path]), /: OK/);
        service.inject(methods.sign, faults.flipSignatureBit());
        await assert.rejects(async () => lifecycle.update(state, inputs), failure("SIGNATURE_INVALID", /Run again/));
      });

      void it(`returns no ${algorithm} revocation list with a wrong bit in its signature, and signs it on the next try`, async () => {
        const { signingKey, ...root } = await rootInputs(algorithm);
        const context = new Project().process();
        const { state } = await certificateLifecycle(context).create({ signingKey, ...root });
        const lifecycle = certificateRevocationListLifecycle(context);
        const inputs = { signingKey, issuer: { certificatePem: state.certificatePem } };
        service.inject(methods.sign, faults.flipSignatureBit());
        await assert.rejects(async () => lifecycle.create(inputs), failure("SIGNATURE_INVALID", /was not accepted/));
        const path = join(temporaryDirectory(), `${algorithm}.crt`);
        writeFileSync(path, state.certificatePem);
        const list = await lifecycle.create(inputs);
        openssl(["crl", "-noout", "-verify", "-CAfile", path], list.state.crlPem);
      });
    }

    void it("signs a certificate even if the connection is cut after the first signature", async () => {
      const inputs = await rootInputs("ECDSA_P256");
      service.clear();
      service.inject(methods.sign, faults.cutAfter());
      const { state } = await certificateLifecycle(new Project().process()).create(inputs);
      assert.deepEqual(
        service.calls.filter((call) => call === methods.sign),
        [methods.sign, methods.sign],
      );
      assert.equal(openssl(["x509", "-noout", "-pubkey"], state.certificatePem), inputs.publicKeyPem);
    });
  });
}

/** A port on which nothing listens. */
async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  server.close();
  await once(server, "close");
  return address.port;
}

/** The public key that was looked up. */
export function pem({ publicKey }: { publicKey: KeyObject }): string {
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}
