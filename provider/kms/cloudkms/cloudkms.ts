import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { PkiError } from "../../errors";
import { algorithmRow, fitsAlgorithm } from "../algorithms";
import { CLOUD_ALGORITHMS, cloudAlgorithm } from "./cloudAlgorithms";
import { parseCloudKey } from "./cloudKeyUri";
import type { CloudKeyVersion } from "./cloudKeyVersions";
import { attestationOf } from "./cloudkmsAttestation";
import { CloudKmsClient, type CloudKmsClientOptions } from "./cloudkmsClient";
import { FAILED_PRECONDITION, grpcStatus, refuseVersionState } from "./cloudkmsErrors";
import { badAnswer, checksum, matches } from "./cloudkmsIntegrity";
import type { Attestation, KeyDescription, KeyManager, KeyReference, KeyStateReader, Signer } from "../keyManager";
import { readKeyOf } from "../publicKey";
import { signingKey } from "../signingKey";

/** The surroundings of Cloud KMS. */
export interface CloudKmsOptions extends CloudKmsClientOptions {
  /** Receives a message while it waits. */
  readonly notice: (message: string) => void;
  /**
   * Milliseconds to wait for a key that is being generated. Default ten minutes: a hardware module usually takes
   * seconds, but sometimes minutes.
   */
  readonly generationLimit?: number;
}

const FIRST_PAUSE_MILLISECONDS = 200;
const LONGEST_PAUSE_MILLISECONDS = 10_000;

/**
 * Google Cloud KMS. `@pulumi/gcp` makes the keys, and this class uses them. It verifies the checksum of every answer.
 */
export class CloudKms implements KeyManager, KeyStateReader {
  readonly algorithms = CLOUD_ALGORITHMS;
  readonly #options: CloudKmsOptions;
  readonly #client: CloudKmsClient;

  constructor(options: CloudKmsOptions) {
    this.#options = options;
    this.#client = new CloudKmsClient(options);
  }

  async describeKey(uri: string): Promise<KeyDescription> {
    const name = parseCloudKey(uri);
    const generated = await this.#readPublicKey(name);
    const { pem, algorithm, protectionLevel } = generated.key;
    const publicKey = readKeyOf(name, pem);
    const known = this.algorithms.find((candidate) => cloudAlgorithm(candidate) === algorithm);
    if (known === undefined || !fitsAlgorithm(publicKey, known)) {
      throw new PkiError(
        "ALGORITHM_UNSUPPORTED",
        `the key version ${name} signs with ${algorithm}`,
        `Use a key for one of ${this.algorithms.map(cloudAlgorithm).join(", ")}`,
      );
    }
    const attestation =
      protectionLevel === "HSM" ? (generated.attestation ?? (await this.#readVersion(name)).attestation) : undefined;
    return {
      ...{ uri: name, resourceName: name, publicKey, algorithm: known },
      ...(attestation === undefined ? {} : { attestation }),
    };
  }

  async requireUsable(uri: string): Promise<string> {
    const name = parseCloudKey(uri);
    refuseVersionState((await this.#readVersion(name)).state, name);
    return name;
  }

  /**
   * The algorithm and protection level with which the versions of a key are made.
   *
   * @param name `projects/.../cryptoKeys/K`
   */
  async describeCryptoKey(name: string): Promise<CryptoKeyTraits> {
    const [key] = await this.#client.call({ method: "GetCryptoKey", name }, (client) =>
      client.getCryptoKey({ name }, this.#client.callOptions),
    );
    const { algorithm, protectionLevel } = key.versionTemplate ?? {};
    return {
      ...{ purpose: String(key.purpose), importOnly: key.importOnly === true },
      ...{ algorithm: String(algorithm), protectionLevel: String(protectionLevel) },
    };
  }

  /** The protection level of a version: `SOFTWARE` or `HSM`. */
  async versionLevel(name: string): Promise<string> {
    return (await this.#readPublicKey(name)).key.protectionLevel;
  }

  async createSigner(key: KeyReference): Promise<Signer> {
    const name = parseCloudKey(key.uri);
    const { algorithm } = key;
    const publicKey = await signingKey(this, key);
    const hash = algorithmRow(algorithm).hash ?? "sha256"; // each algorithm of Cloud KMS has one
    return {
      algorithm,
      publicKey,
      sign: (message) => this.#sign(name, hash, createHash(hash).update(message).digest()),
    };
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /**
   * All versions that a key ever had; empty if there is no such key.
   *
   * @param cryptoKey `projects/.../cryptoKeys/K`
   */
  async listVersions(cryptoKey: string): Promise<CloudKeyVersion[]> {
    try {
      const [versions] = await this.#client.call({ method: "ListCryptoKeyVersions", name: cryptoKey }, (client) =>
        client.listCryptoKeyVersions({ parent: cryptoKey }, this.#client.callOptions),
      );
      return versions.map(({ name, state, algorithm, protectionLevel, importJob }) => ({
        ...{ name: name ?? "", state: String(state), algorithm: String(algorithm) },
        ...{ protectionLevel: String(protectionLevel), isImported: (importJob ?? "") !== "" },
      }));
    } catch (error) {
      if (error instanceof PkiError && error.code === "KEY_NOT_FOUND") {
        return [];
      }
      throw error;
    }
  }

  /** The labels of `projects/.../cryptoKeys/K`. */
  async labelsOf(name: string): Promise<Readonly<Record<string, string | undefined>>> {
    const answer = this.#client.call({ method: "GetCryptoKey", name }, (kms) =>
      kms.getCryptoKey({ name }, this.#client.callOptions),
    );
    return (await answer)[0].labels ?? {};
  }

  async #sign(name: string, hash: "sha256" | "sha384" | "sha512", digest: Buffer): Promise<Uint8Array> {
    const [answer] = await this.#client.call({ method: "AsymmetricSign", name }, (client) =>
      client.asymmetricSign(
        { name, digest: { [hash]: digest }, digestCrc32c: { value: checksum(digest) } },
        this.#client.callOptions,
      ),
    );
    const signature = Buffer.from(answer.signature ?? "");
    const isWhole = answer.verifiedDigestCrc32c === true && matches(signature, answer.signatureCrc32c?.value);
    if (answer.name !== name || !isWhole) {
      throw badAnswer(
        "AsymmetricSign",
        name,
        answer.name === name ? "a checksum that does not match" : "another key's name",
      );
    }
    return signature;
  }

  /**
   * Reads a public key, and waits for one that is being generated. The answer about its state carries its attestation.
   */
  async #readPublicKey(name: string): Promise<{ key: PublicKeyAnswer; attestation?: Attestation | undefined }> {
    try {
      return { key: await this.#getPublicKey(name) };
    } catch (error) {
      if (!isPendingGeneration(error)) {
        throw error;
      }
    }
    const { attestation } = await this.#generated(name);
    return { key: await this.#getPublicKey(name), attestation };
  }

  async #generated(name: string): Promise<VersionAnswer> {
    this.#options.notice(`waiting for Cloud KMS to generate ${name} ...`);
    const until = Date.now() + (this.#options.generationLimit ?? 10 * 60_000);
    for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS)) {
      const version = await this.#readVersion(name);
      if (version.state !== "PENDING_GENERATION" || Date.now() > until) {
        refuseVersionState(version.state, name);
        return version;
      }
      if (pause === LONGEST_PAUSE_MILLISECONDS) {
        this.#options.notice(`still waiting for Cloud KMS to generate ${name} ...`);
      }
      await sleep(pause);
    }
  }

  async #getPublicKey(name: string): Promise<PublicKeyAnswer> {
    const [answer] = await this.#client.call({ method: "GetPublicKey", name }, (client) =>
      client.getPublicKey({ name }, this.#client.callOptions),
    );
    const pem = answer.pem ?? "";
    if (answer.name !== name || !matches(Buffer.from(pem), answer.pemCrc32c?.value)) {
      throw badAnswer(
        "GetPublicKey",
        name,
        answer.name === name ? "a checksum that does not match" : "another key's name",
      );
    }
    return { pem, algorithm: String(answer.algorithm), protectionLevel: String(answer.protectionLevel) };
  }

  async #readVersion(name: string): Promise<VersionAnswer> {
    const [version] = await this.#client.call({ method: "GetCryptoKeyVersion", name }, (client) =>
      client.getCryptoKeyVersion({ name }, this.#client.callOptions),
    );
    const attestation = attestationOf(version.attestation, name);
    return { state: String(version.state), ...(attestation === undefined ? {} : { attestation }) };
  }
}

/** The traits of a key's new versions, in Google's terms. */
export interface CryptoKeyTraits {
  readonly purpose: string;
  readonly algorithm: string;
  readonly protectionLevel: string;
  readonly importOnly: boolean;
}

type PublicKeyAnswer = Readonly<Record<"pem" | "algorithm" | "protectionLevel", string>>;

interface VersionAnswer {
  readonly state: string;
  readonly attestation?: Attestation;
}

function isPendingGeneration(error: unknown): boolean {
  // The only state that ends by itself.
  return (
    error instanceof PkiError && error.code === "KMS_UNAVAILABLE" && grpcStatus(error.cause) === FAILED_PRECONDITION
  );
}
