import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Algorithm } from "../../provider/kms/algorithms";
import { Backends } from "../../provider/kms/registry/backends";
import type { KeyManager } from "../../provider/kms/keyManager";
import type { CertificateInputs, CertificateRecord } from "../../provider/lifecycle/certificateRecord";
import { certificateLifecycle } from "../../provider/lifecycle/certificate";
import type { Difference, Lifecycle } from "../../provider/lifecycle/provider";
import { Project } from "../fixtures/lifecycleContext";
import { openssl } from "../fixtures/openssl";

/** A day, in milliseconds. */
export const DAY = 86_400_000;

/** The beginning of the certificates in these tests. */
export const BEGINNING = new Date("2026-01-01T00:00:00Z");

/** A key as a program sees it. */
export interface Key {
  readonly uri: string;
  readonly algorithm: Algorithm;
  readonly publicKeyPem: string;
}

/** Backends that count their signatures. */
class CountingBackends extends Backends {
  signatures = 0;

  override async keyManager(uri: string, kms?: string): Promise<KeyManager> {
    const manager = await super.keyManager(uri, kms);
    const createSigner: KeyManager["createSigner"] = async (key) => {
      const signer = await manager.createSigner(key);
      const sign: typeof signer.sign = (message) => {
        this.signatures += 1;
        return signer.sign(message);
      };
      return { algorithm: signer.algorithm, publicKey: signer.publicKey, sign };
    };
    return {
      algorithms: manager.algorithms,
      describeKey: (keyUri) => manager.describeKey(keyUri),
      createSigner,
      close: () => manager.close(),
    };
  }
}

/** A project with the key files of a certificate authority. */
export class Authority extends Project {
  readonly backends: CountingBackends;
  readonly lifecycle: Lifecycle<CertificateInputs, CertificateRecord>;
  readonly rootKey = this.key("root");
  readonly intermediateKey = this.key("intermediate");

  constructor() {
    super();
    this.now = BEGINNING;
    const context = this.process();
    this.backends = new CountingBackends(context);
    this.lifecycle = certificateLifecycle({ ...context, backends: this.backends });
  }

  /** Makes a key file, or another key in its place. */
  key(name: string, algorithm: "ECDSA_P256" | "RSA_2048_PKCS1" = "ECDSA_P256"): Key {
    const type = algorithm === "ECDSA_P256" ? ["EC", "ec_paramgen_curve:P-256"] : ["RSA", "rsa_keygen_bits:2048"];
    const pem = openssl([
      "genpkey",
      "-quiet",
      "-algorithm",
      ...type.flatMap((word, at) => (at === 0 ? word : ["-pkeyopt", word])),
    ]);
    writeFileSync(join(this.directory, `${name}.pem`), pem);
    return { uri: `softkms:path=${name}.pem`, algorithm, publicKeyPem: openssl(["pkey", "-pubout"], pem) };
  }

  rootInputs(
    changes: Partial<CertificateInputs> = {},
    { publicKeyPem, ...signingKey }: Key = this.rootKey,
  ): CertificateInputs {
    return { profile: "root", subject: { commonName: "Example Root" }, signingKey, publicKeyPem, ...changes };
  }

  /** Of an intermediate below a root. */
  inputs(root: CertificateRecord, changes: Partial<CertificateInputs> = {}): CertificateInputs {
    const { publicKeyPem: _, ...signingKey } = this.rootKey;
    return {
      profile: "intermediate",
      subject: { commonName: "Example Intermediate" },
      signingKey,
      publicKeyPem: this.intermediateKey.publicKeyPem,
      issuer: { certificatePem: root.certificatePem, subject: { commonName: "Example Root" } },
      ...changes,
    };
  }

  async create(inputs: CertificateInputs): Promise<CertificateRecord> {
    const { problems } = await this.lifecycle.check({}, inputs);
    assert.deepEqual(problems, []);
    return (await this.lifecycle.create(inputs)).state;
  }

  async root(changes: Partial<CertificateInputs> = {}): Promise<CertificateRecord> {
    return this.create(this.rootInputs(changes));
  }

  /** The difference. Finding it must need no signature. */
  async diff(state: CertificateRecord, news: CertificateInputs): Promise<Difference> {
    const { signatures } = this.backends;
    const difference = await this.lifecycle.diff(state, news);
    assert.equal(this.backends.signatures, signatures);
    return difference;
  }
}

/** The result of a diff. */
export const NONE: Difference = { changes: false, replaces: [] };
export const IN_PLACE: Difference = { changes: true, replaces: [] };
export const replacedFor = (...properties: string[]): Difference => ({ changes: true, replaces: properties });
