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
import type { Context } from "../../provider/lifecycle/context";
import { certificateLifecycle } from "../../provider/lifecycle/certificate";
import { type Environment, inEnvironment } from "../fixtures/environment";
import { Project } from "../fixtures/lifecycleContext";
import { openssl } from "../fixtures/openssl";
import { SIGNATURE_SCHEMES, verifies } from "../fixtures/signatureSchemes";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";

/** A proxy between a backend and its service. It counts calls and makes them fail. */
export interface FaultyService<Fault> {
  readonly calls: readonly string[];
  /** Makes the next call of a method fail, after those that are to fail already. */
  inject(method: string, fault: Fault): void;
  clear(): void;
}

/** Calls that fail, one after another, until one succeeds. */
interface PassingFaults<Fault> {
  /** The behavior of the service. */
  readonly what: string;
  readonly faults: () => readonly Fault[];
}

/** Calls that fail until the backend gives up. */
interface LastingFaults<Fault> extends PassingFaults<Fault> {
  readonly code: ErrorCode;
  readonly message: RegExp;
}

/** A backend, with the faults on the way to its service. */
export interface FaultyBackend<Fault> {
  readonly name: string;
  /** The reason why it cannot be tested here; false (default) if it can. */
  readonly skip?: string | false;
  /** Starts the service, before everything else. */
  readonly start: () => Promise<FaultyService<Fault>>;
  readonly stop: () => Promise<unknown>;
  /** Opens the backend as in a new process. */
  readonly open: () => KeyManager;
  /** Opens a backend that does not wait long for an answer. */
  readonly openImpatiently: () => KeyManager;
  /** Makes a new key each time, and returns its URI. */
  readonly createKey: (algorithm: Algorithm) => Promise<string>;
  /** The `kms.uri` of ca.json, if the key URIs do not name the KMS. */
  readonly kms?: () => string;
  /** The environment of a provider process that opens the backend, in addition to that of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The operations for reading a public key and for signing. */
  readonly methods: { readonly describe: string; readonly sign: string };
  /** Of every method. */
  readonly passing: readonly PassingFaults<Fault>[];
  /** Of `sign`. */
  readonly lasting: readonly LastingFaults<Fault>[];
  /** Of `describe`: no call is ever answered. */
  readonly neverAnswers: Omit<LastingFaults<Fault>, "what" | "code">;
  /** The service performs the call, and the answer does not arrive. */
  readonly cutAfter: () => Fault;
  readonly flipSignatureBit: () => Fault;
  /** For a service in a network: the environment that puts it at a port where nothing listens. */
  readonly nobodyListensOn?: (port: number) => Environment;
  /** Accepts an error with this code that shows no secret. */
  readonly failure: (code: ErrorCode, message: RegExp) => (error: unknown) => true;
}

const MESSAGE = Buffer.from("message");

/** The tests for every backend when its service fails. */
export function survivesFaults<Fault>(backend: FaultyBackend<Fault>): void {
  const { failure, methods, neverAnswers, nobodyListensOn } = backend;

  void describe(`The backend ${backend.name} when its service fails`, { skip: backend.skip ?? false }, () => {
    let service: FaultyService<Fault>;
    let manager: KeyManager;
    let uri: string;
    let publicKeyPem: string;
    /** The number of calls of `describe` for a key. */
    let described: number;
    before(async () => {
      service = await backend.start();
      manager = backend.open();
      uri = await backend.createKey("ECDSA_P256");
      publicKeyPem = pem(await manager.describeKey(uri));
      service.clear();
      await manager.describeKey(uri);
      described = count(methods.describe);
    });
    after(async () => {
      await manager.close();
      await backend.stop();
    });
    beforeEach(() => {
      service.clear();
    });

    /** Makes the next calls of a method fail. */
    const inject = (method: string, ...faults: readonly Fault[]): void => {
      service.clear();
      for (const fault of faults) {
        service.inject(method, fault);
      }
    };

    const count = (method: string): number => service.calls.filter((call) => call === method).length;

    /** Signs with a known public key, so that nothing else is called. */
    const sign = async (): Promise<Uint8Array> => {
      const signer = await manager.createSigner({ uri, algorithm: "ECDSA_P256", publicKeyPem });
      return signer.sign(MESSAGE);
    };

    const isSignature = async (signature: Uint8Array): Promise<boolean> => {
      const { publicKey } = await manager.describeKey(uri);
      return verifies(SIGNATURE_SCHEMES.ECDSA_P256, MESSAGE, publicKey, signature);
    };

    for (const { what, faults } of backend.passing) {
      void it(`still reads a key and signs when it ${what}`, async () => {
        inject(methods.describe, ...faults());
        assert.equal(pem(await manager.describeKey(uri)), publicKeyPem);
        assert.equal(count(methods.describe), described + faults().length);
        inject(methods.sign, ...faults());
        const signature = await sign();
        assert.equal(count(methods.sign), faults().length + 1);
        assert.ok(await isSignature(signature));
      });
    }

    for (const { what, faults, code, message } of backend.lasting) {
      void it(`is ${code} when it ${what}`, async () => {
        inject(methods.sign, ...faults());
        await assert.rejects(sign, failure(code, message));
        assert.equal(count(methods.sign), faults().length);
        assert.ok(await isSignature(await sign()), "afterwards it works again");
      });
    }

    void it("is KMS_UNREACHABLE when it never answers", async () => {
      const impatient = backend.openImpatiently();
      inject(methods.describe, ...neverAnswers.faults());
      await assert.rejects(async () => impatient.describeKey(uri), failure("KMS_UNREACHABLE", neverAnswers.message));
      assert.equal(count(methods.describe), neverAnswers.faults().length);
      await impatient.close();
    });

    if (nobodyListensOn !== undefined) {
      void it("is KMS_UNREACHABLE when nothing listens", async () => {
        await inEnvironment(nobodyListensOn(await unusedPort()), async () => {
          const nobody = backend.open();
          await assert.rejects(
            async () => nobody.describeKey(uri),
            failure("KMS_UNREACHABLE", /does not answer: .*\. Check the network/),
          );
          await nobody.close();
        });
        assert.deepEqual(service.calls, []);
      });
    }

    /** A new provider process. */
    const providerProcess = (): Context => {
      const project = new Project();
      Object.assign(project.environment, backend.environment);
      return project.process();
    };

    const rootInputs = async (algorithm: Algorithm): Promise<CertificateInputs> => {
      const description = await manager.describeKey(await backend.createKey(algorithm));
      const signingKey = {
        uri: description.uri,
        algorithm,
        ...(backend.kms === undefined ? {} : { kms: backend.kms() }),
      };
      return { profile: "root", subject: { commonName: "Root" }, signingKey, publicKeyPem: pem(description) };
    };

    for (const algorithm of ["ECDSA_P256", "RSA_2048_PKCS1", "RSA_2048_PSS"] as const) {
      void it(`returns no ${algorithm} certificate with a wrong bit in its signature, and signs it on the next try`, async () => {
        const inputs = await rootInputs(algorithm);
        const lifecycle = certificateLifecycle(providerProcess());
        inject(methods.sign, backend.flipSignatureBit());
        await assert.rejects(async () => lifecycle.create(inputs), failure("SIGNATURE_INVALID", /was not accepted/));
        const { state } = await lifecycle.create(inputs);
        const path = join(temporaryDirectory(), `${algorithm}.crt`);
        writeFileSync(path, state.certificatePem);
        const time = String(Date.parse("2026-06-01T00:00:00Z") / 1000);
        assert.match(openssl(["verify", "-check_ss_sig", "-attime", time, "-CAfile", path, path]), /: OK/);
        inject(methods.sign, backend.flipSignatureBit());
        await assert.rejects(async () => lifecycle.update(state, inputs), failure("SIGNATURE_INVALID", /Run again/));
      });

      void it(`returns no ${algorithm} revocation list with a wrong bit in its signature, and signs it on the next try`, async () => {
        const { signingKey, ...root } = await rootInputs(algorithm);
        const context = providerProcess();
        const { state } = await certificateLifecycle(context).create({ signingKey, ...root });
        const lifecycle = certificateRevocationListLifecycle(context);
        const inputs = { signingKey, issuer: { certificatePem: state.certificatePem } };
        inject(methods.sign, backend.flipSignatureBit());
        await assert.rejects(async () => lifecycle.create(inputs), failure("SIGNATURE_INVALID", /was not accepted/));
        const path = join(temporaryDirectory(), `${algorithm}.crt`);
        writeFileSync(path, state.certificatePem);
        const list = await lifecycle.create(inputs);
        openssl(["crl", "-noout", "-verify", "-CAfile", path], list.state.crlPem);
      });
    }

    void it("signs a certificate even if the connection is cut after the first signature", async () => {
      const inputs = await rootInputs("ECDSA_P256");
      inject(methods.sign, backend.cutAfter());
      const { state } = await certificateLifecycle(providerProcess()).create(inputs);
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
