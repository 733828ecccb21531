import { createHash } from "node:crypto";
import { isAbsolute, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KeyManagementServiceClient } from "@google-cloud/kms";
import { PkiError } from "../errors";
import { ALGORITHM_NAMES, algorithmRow, fitsAlgorithm } from "./algorithms";
import { type CloudConnection, parseCloudKey } from "./cloudKeyUri";
import type { CloudKeyVersion } from "./cloudKeyVersions";
import { attestationOf } from "./cloudkmsAttestation";
import {
  type CloudCall,
  cloudError,
  FAILED_PRECONDITION,
  grpcStatus,
  refuseVersionState,
  stateInDetails,
} from "./cloudkmsErrors";
import { badAnswer, checksum, matches } from "./cloudkmsIntegrity";
import type { Attestation, KeyDescription, KeyManager, KeyReference, KeyStateReader, Signer } from "./keyManager";
import { readKeyOf } from "./publicKey";

/** What Cloud KMS needs from outside. */
export interface CloudKmsOptions extends CloudConnection {
  /** The folder that a relative credentials file is relative to. */
  readonly rootDirectory: string;
  /** Where it says that it waits. */
  readonly notice: (message: string) => void;
  /** After so many milliseconds without an answer a call is tried again. Default 10,000. */
  readonly requestTimeout?: number;
  /**
   * For so many milliseconds it waits for a key that is being generated. Default ten minutes: a hardware module takes
   * some seconds, and minutes on a bad day.
   */
  readonly generationLimit?: number;
}

const FIRST_PAUSE_MILLISECONDS = 200;
const LONGEST_PAUSE_MILLISECONDS = 10_000;

/** What is tried again, five times in all, with Google's own backoff: ABORTED, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE. */
const RETRIED = [10, 8, 4, 13, 14];
const callOptions = (requestTimeout: number) => ({
  maxRetries: 5,
  retry: {
    retryCodes: RETRIED,
    backoffSettings: {
      initialRetryDelayMillis: 100,
      retryDelayMultiplier: 2,
      maxRetryDelayMillis: 5_000,
      initialRpcTimeoutMillis: requestTimeout,
      rpcTimeoutMultiplier: 1,
      maxRpcTimeoutMillis: requestTimeout,
    },
  },
});

/** Google Cloud KMS. Keys are made through `@pulumi/gcp`; here they are used. Every answer's checksum is checked. */
export class CloudKms implements KeyManager, KeyStateReader {
  readonly algorithms = ALGORITHM_NAMES.filter((name) => algorithmRow(name).google !== null);
  readonly #options: CloudKmsOptions;
  readonly #callOptions: ReturnType<typeof callOptions>;
  #connected: KeyManagementServiceClient | undefined;

  constructor(options: CloudKmsOptions) {
    this.#options = options;
    this.#callOptions = callOptions(options.requestTimeout ?? 10_000);
  }

  async describeKey(uri: string): Promise<KeyDescription> {
    const name = parseCloudKey(uri);
    const generated = await this.#readPublicKey(name);
    const { pem, algorithm, protectionLevel } = generated.key;
    const publicKey = readKeyOf(name, pem);
    const known = ALGORITHM_NAMES.find((candidate) => algorithmRow(candidate).google === algorithm);
    if (known === undefined || !fitsAlgorithm(publicKey, known)) {
      throw new PkiError(
        "ALGORITHM_UNSUPPORTED",
        `the key version ${name} signs with ${algorithm}`,
        `Use a key for one of ${this.algorithms.map((row) => algorithmRow(row).google ?? "").join(", ")}`,
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
   * What the versions of a key are made with.
   *
   * @param name `projects/.../cryptoKeys/K`
   */
  async describeCryptoKey(name: string): Promise<CryptoKeyTraits> {
    const [key] = await this.#call({ method: "GetCryptoKey", name }, (client) =>
      client.getCryptoKey({ name }, this.#callOptions),
    );
    const { algorithm, protectionLevel } = key.versionTemplate ?? {};
    return {
      ...{ purpose: String(key.purpose), importOnly: key.importOnly === true },
      ...{ algorithm: String(algorithm), protectionLevel: String(protectionLevel) },
    };
  }

  /** Whether a version is in `SOFTWARE` or `HSM`. */
  async versionLevel(name: string): Promise<string> {
    return (await this.#readPublicKey(name)).key.protectionLevel;
  }

  async createSigner({ uri, algorithm, publicKeyPem }: KeyReference): Promise<Signer> {
    const name = parseCloudKey(uri);
    const described = publicKeyPem === undefined ? await this.describeKey(uri) : undefined;
    const publicKey = described?.publicKey ?? readKeyOf(name, publicKeyPem ?? "");
    const { google, hash } = algorithmRow(algorithm);
    const isOther = described?.algorithm !== undefined && described.algorithm !== algorithm;
    if (google === null || hash === null || isOther || !fitsAlgorithm(publicKey, algorithm)) {
      throw new PkiError(
        "ALGORITHM_UNSUPPORTED",
        `${name} does not sign with ${algorithm}`,
        "Choose the algorithm that the key version was made for",
      );
    }
    return {
      algorithm,
      publicKey,
      sign: (message) => this.#sign(name, hash, createHash(hash).update(message).digest()),
    };
  }

  async close(): Promise<void> {
    await this.#connected?.close();
    this.#connected = undefined;
  }

  /**
   * All versions of a key that there ever were; none when there is no such key.
   *
   * @param cryptoKey `projects/.../cryptoKeys/K`
   */
  async listVersions(cryptoKey: string): Promise<CloudKeyVersion[]> {
    try {
      const [versions] = await this.#call({ method: "ListCryptoKeyVersions", name: cryptoKey }, (client) =>
        client.listCryptoKeyVersions({ parent: cryptoKey }, this.#callOptions),
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
    const answer = this.#call({ method: "GetCryptoKey", name }, (kms) => kms.getCryptoKey({ name }, this.#callOptions));
    return (await answer)[0].labels ?? {};
  }

  async #sign(name: string, hash: "sha256" | "sha384" | "sha512", digest: Buffer): Promise<Uint8Array> {
    const [answer] = await this.#call({ method: "AsymmetricSign", name }, (client) =>
      client.asymmetricSign(
        { name, digest: { [hash]: digest }, digestCrc32c: { value: checksum(digest) } },
        this.#callOptions,
      ),
    );
    const signature = Buffer.from(answer.signature ?? "");
    const isWhole = answer.verifiedDigestCrc32c === true && matches(signature, answer.signatureCrc32c?.value);
    if (answer.name !== name || !isWhole) {
      throw badAnswer(
        "AsymmetricSign",
        name,
        answer.name === name ? "a checksum that does not fit" : "another key's name",
      );
    }
    return signature;
  }

  /** Waits for a key that is being generated. Its attestation comes along with the news that it is there. */
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
    this.#options.notice(`waits until Cloud KMS has generated ${name} ...`);
    const until = Date.now() + (this.#options.generationLimit ?? 10 * 60_000);
    for (let pause = FIRST_PAUSE_MILLISECONDS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS)) {
      const version = await this.#readVersion(name);
      if (version.state !== "PENDING_GENERATION" || Date.now() > until) {
        refuseVersionState(version.state, name);
        return version;
      }
      if (pause === LONGEST_PAUSE_MILLISECONDS) {
        this.#options.notice(`still waits until Cloud KMS has generated ${name} ...`);
      }
      await sleep(pause);
    }
  }

  async #getPublicKey(name: string): Promise<PublicKeyAnswer> {
    const [answer] = await this.#call({ method: "GetPublicKey", name }, (client) =>
      client.getPublicKey({ name }, this.#callOptions),
    );
    const pem = answer.pem ?? "";
    if (answer.name !== name || !matches(Buffer.from(pem), answer.pemCrc32c?.value)) {
      throw badAnswer(
        "GetPublicKey",
        name,
        answer.name === name ? "a checksum that does not fit" : "another key's name",
      );
    }
    return { pem, algorithm: String(answer.algorithm), protectionLevel: String(answer.protectionLevel) };
  }

  async #readVersion(name: string): Promise<VersionAnswer> {
    const [version] = await this.#call({ method: "GetCryptoKeyVersion", name }, (client) =>
      client.getCryptoKeyVersion({ name }, this.#callOptions),
    );
    const attestation = attestationOf(version.attestation, name);
    return { state: String(version.state), ...(attestation === undefined ? {} : { attestation }) };
  }

  /** Makes a call; what Google's library throws becomes an error of this package. */
  async #call<Answer>(call: CloudCall, send: (client: KeyManagementServiceClient) => Promise<Answer>): Promise<Answer> {
    try {
      return await send(await this.#client());
    } catch (cause) {
      throw cloudError(cause, call, await this.#stateBehind(cause, call));
    }
  }

  /** The state for whose sake a call was refused. Asked for where the error does not tell it. */
  async #stateBehind(cause: unknown, { method, name }: CloudCall): Promise<string | undefined> {
    const told = stateInDetails(cause);
    if (told !== undefined || grpcStatus(cause) !== FAILED_PRECONDITION || method === "GetCryptoKeyVersion") {
      return told;
    }
    return this.#readVersion(name).then(({ state }) => state).catch(() => undefined); // what was refused in the first place is said
  }

  async #client(): Promise<KeyManagementServiceClient> {
    const { credentialsFile, rootDirectory } = this.#options;
    const client = (this.#connected ??= new KeyManagementServiceClient(
      credentialsFile === undefined
        ? {}
        : { keyFilename: isAbsolute(credentialsFile) ? credentialsFile : join(rootDirectory, credentialsFile) },
    ));
    try {
      await client.initialize(); // a call would do it too, and leave a rejected promise that nobody handles
    } catch (error) {
      this.#connected = undefined; // nothing is open that could be closed
      throw error;
    }
    return client;
  }
}

/** What new versions of a key are, by Google's own words. */
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
  // The one state that passes by itself.
  return (
    error instanceof PkiError && error.code === "KMS_UNAVAILABLE" && grpcStatus(error.cause) === FAILED_PRECONDITION
  );
}
