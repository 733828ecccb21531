import { setTimeout as sleep } from "node:timers/promises";
import { type CloudKmsError, failedPrecondition, invalidArgument } from "./cloudKmsError";
import { crc32c } from "./crc32c";
import { hsmAttestation, hsmModule } from "./hsmAttestation";
import {
  type CryptoKeyVersionMessage,
  type Int64Value,
  type RequestMessage,
  type ResponseMessage,
  timestamp,
} from "./messages";
import {
  ALGORITHMS,
  type CloudKmsAlgorithm,
  DIGEST_LENGTHS,
  digestOf,
  type KeyPair,
  keyPairOf,
  newKeyPair,
  signatureOver,
} from "./cloudKmsAlgorithm";

/** Google's states that a key can have if it was not imported. */
export type VersionState = "PENDING_GENERATION" | "ENABLED" | "DISABLED" | "DESTROY_SCHEDULED" | "DESTROYED";

/** The properties of a new version. */
export interface VersionTraits {
  readonly name: string;
  readonly algorithm: string;
  readonly protectionLevel: string;
  /** The time in milliseconds since 1970. */
  readonly now: () => number;
  /** How long the generation of its key takes at least. Infinity means that it never ends. */
  readonly generationMilliseconds: number;
}

/** A version as saved for another server. */
export interface SavedVersion {
  readonly name: string;
  readonly algorithm: string;
  readonly protectionLevel: string;
  readonly created: number;
  readonly state: VersionState;
  readonly generated?: number;
  readonly privateKeyPem?: string;
  readonly attestation?: Readonly<Record<string, unknown>>;
}

/** The largest data that is accepted: 64 KiB. */
const LARGEST_DATA = 65_536;

/** One version of a key, with its key pair. */
export class CryptoKeyVersion {
  readonly #traits: VersionTraits;
  readonly #algorithm: CloudKmsAlgorithm;
  readonly #created: number;
  #state: VersionState = "PENDING_GENERATION";
  #pair: KeyPair | undefined;
  #generated: number | undefined;
  #destroyAt = Infinity;
  #endGeneration: () => void = () => undefined;
  readonly #generationEnd = new Promise<void>((resolve) => {
    this.#endGeneration = resolve;
  });
  #attestation: Readonly<Record<string, unknown>> | undefined;

  private constructor(traits: VersionTraits, created = traits.now()) {
    this.#traits = traits;
    this.#algorithm = ALGORITHMS[traits.algorithm] ?? { purpose: "ENCRYPT_DECRYPT" };
    this.#created = created;
  }

  /** A version that another server saved. */
  static restored(saved: SavedVersion, now: () => number): CryptoKeyVersion {
    const version = new CryptoKeyVersion({ ...saved, now, generationMilliseconds: 0 }, saved.created);
    version.#state = saved.state;
    version.#generated = saved.generated;
    version.#attestation = saved.attestation;
    version.#pair = saved.privateKeyPem === undefined ? undefined : keyPairOf(saved.privateKeyPem);
    return version;
  }

  /** The input of {@link CryptoKeyVersion.restored}. It does not include the time of a due destruction. */
  save(): SavedVersion {
    const { name, algorithm, protectionLevel } = this.#traits;
    return {
      name,
      algorithm,
      protectionLevel,
      created: this.#created,
      state: this.state,
      ...(this.#generated === undefined ? {} : { generated: this.#generated }),
      ...(this.#attestation === undefined ? {} : { attestation: this.#attestation }),
      ...(this.#pair === undefined
        ? {}
        : { privateKeyPem: this.#pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString() }),
    };
  }

  /**
   * A version whose key is still being made, and a promise that waits as long as Google's answer does: for the key, if
   * that takes almost no time. An RSA key always takes time.
   */
  static begin(traits: VersionTraits): { version: CryptoKeyVersion; answerable: Promise<void> } {
    if (traits.protectionLevel === "HSM") {
      hsmModule(); // before the generation time starts
    }
    const version = new CryptoKeyVersion(traits);
    const generated = version.#generate();
    const isSlow = version.#algorithm.key?.type === "rsa" || traits.generationMilliseconds > 0;
    return { version, answerable: isSlow ? Promise.resolve() : generated };
  }

  /** Generates its key now, whatever the remaining time. */
  endGeneration(): void {
    this.#endGeneration();
  }

  get name(): string {
    return this.#traits.name;
  }

  /** Whether it has a key pair. */
  get isAsymmetric(): boolean {
    return this.#algorithm.key !== undefined;
  }

  /** Performs a due destruction. */
  get state(): VersionState {
    if (this.#state === "DESTROY_SCHEDULED" && this.#traits.now() >= this.#destroyAt) {
      this.#state = "DESTROYED";
      this.#pair = undefined;
    }
    return this.#state;
  }

  /** @param view `FULL` in a list includes the attestation, which a single version always includes */
  message(view = "FULL"): CryptoKeyVersionMessage {
    const { name, algorithm, protectionLevel } = this.#traits;
    const { state } = this;
    return {
      name,
      state,
      protectionLevel,
      algorithm,
      createTime: timestamp(this.#created),
      ...(this.#generated === undefined ? {} : { generateTime: timestamp(this.#generated) }),
      ...(state === "DESTROY_SCHEDULED" ? { destroyTime: timestamp(this.#destroyAt) } : {}),
      ...(state === "DESTROYED" ? { destroyEventTime: timestamp(this.#destroyAt) } : {}),
      ...(this.#attestation !== undefined && view === "FULL" ? { attestation: this.#attestation } : {}),
    };
  }

  /** Enables or disables it. */
  setState(state: string | undefined): void {
    if (state !== "ENABLED" && state !== "DISABLED") {
      throw invalidArgument(`The state of a CryptoKeyVersion cannot be updated to ${state ?? "unspecified"}.`);
    }
    if (this.state !== "ENABLED" && this.state !== "DISABLED") {
      throw this.#wrongState();
    }
    this.#state = state;
  }

  /** @param seconds how long it can be restored */
  scheduleDestruction(seconds: number): void {
    if (this.state !== "ENABLED" && this.state !== "DISABLED") {
      throw this.#wrongState();
    }
    this.#state = "DESTROY_SCHEDULED";
    this.#destroyAt = this.#traits.now() + seconds * 1000;
  }

  restore(): void {
    if (this.state !== "DESTROY_SCHEDULED") {
      throw this.#wrongState();
    }
    this.#state = "DISABLED";
    this.#destroyAt = Infinity;
  }

  publicKey({ publicKeyFormat = "PUBLIC_KEY_FORMAT_UNSPECIFIED" }: RequestMessage): ResponseMessage {
    const { name, algorithm, protectionLevel } = this.#traits;
    const { publicKey } = this.#usablePair(`keys with algorithm ${algorithm} do not have a public key.`);
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const common = { name, algorithm, protectionLevel };
    switch (publicKeyFormat) {
      case "PUBLIC_KEY_FORMAT_UNSPECIFIED":
        return { ...common, pem, pemCrc32c: checksum(Buffer.from(pem)) };
      case "PEM":
        return { ...common, publicKeyFormat, publicKey: checksummed(Buffer.from(pem)) };
      case "DER":
        return {
          ...common,
          publicKeyFormat,
          publicKey: checksummed(publicKey.export({ type: "spki", format: "der" })),
        };
      default:
        throw invalidArgument(`The public key format ${publicKeyFormat} is not supported for algorithm ${algorithm}.`);
    }
  }

  async sign(request: RequestMessage): Promise<ResponseMessage> {
    const { name, algorithm, protectionLevel } = this.#traits;
    const refusal = `keys with algorithm ${algorithm} may not be used for signing.`;
    const pair = this.#usablePair(refusal);
    if (this.#algorithm.purpose !== "ASYMMETRIC_SIGN") {
      throw failedPrecondition(refusal);
    }
    const signature = await signatureOver(this.#octetsToSign(request), this.#algorithm, pair);
    return {
      name,
      protectionLevel,
      signature,
      signatureCrc32c: checksum(signature),
      ...(request.digestCrc32c === undefined ? {} : { verifiedDigestCrc32c: true }),
      ...(request.dataCrc32c === undefined ? {} : { verifiedDataCrc32c: true }),
    };
  }

  async #generate(): Promise<void> {
    const { key } = this.#algorithm;
    const { generationMilliseconds: wait, protectionLevel, now } = this.#traits;
    const waited = Number.isFinite(wait) ? sleep(wait, undefined, { ref: false }) : this.#generationEnd;
    const over = Promise.race([waited, this.#generationEnd]);
    [this.#pair] = await Promise.all([key && newKeyPair(key), wait > 0 && over]);
    this.#generated = now();
    this.#state = "ENABLED";
    if (protectionLevel === "HSM" && this.#pair !== undefined) {
      this.#attestation = hsmAttestation(this.name, this.#pair.publicKey);
    }
  }

  #usablePair(refusal: string): KeyPair {
    if (this.state !== "ENABLED") {
      throw failedPrecondition(`${this.name} is not enabled, current state is: ${this.state}.`, {
        type: `KEY_${this.state}`,
        subject: this.name,
      });
    }
    if (this.#pair === undefined) {
      throw failedPrecondition(refusal);
    }
    return this.#pair;
  }

  #wrongState(): CloudKmsError {
    return failedPrecondition(`${this.name} has value ${this.state} in field crypto_key_version.state.`, {
      type: `KEY_${this.state}`,
      subject: this.name,
    });
  }

  #octetsToSign({ digest, data = Buffer.alloc(0), digestCrc32c, dataCrc32c }: RequestMessage): Uint8Array {
    const wanted = this.#algorithm.digest;
    const [only] = Object.entries(digest ?? {});
    const given = only?.[0];
    const digestOctets = only?.[1] ?? Buffer.alloc(0);
    if (given !== undefined && data.length > 0) {
      throw invalidArgument("Only one of digest and data may be set.");
    }
    verifyChecksum("digest", digestOctets, digestCrc32c);
    verifyChecksum("data", data, dataCrc32c);
    if (data.length > LARGEST_DATA) {
      throw invalidArgument(
        `The data is ${String(data.length)} bytes long, and at most ${String(LARGEST_DATA)} are allowed.`,
      );
    }
    if (given === undefined) {
      if (wanted !== undefined && data.length === 0) {
        throw invalidArgument("One of digest and data must be set.");
      }
      return wanted === undefined ? data : digestOf(wanted, data);
    }
    if (wanted === undefined) {
      throw invalidArgument(`Algorithm ${this.#traits.algorithm} signs data, not a digest.`);
    }
    if (given !== wanted || digestOctets.length !== DIGEST_LENGTHS[wanted]) {
      throw invalidArgument(
        `Algorithm ${this.#traits.algorithm} signs a digest.${wanted} of ${String(DIGEST_LENGTHS[wanted])} bytes, ` +
          `and a digest.${given} of ${String(digestOctets.length)} bytes was given.`,
      );
    }
    return digestOctets;
  }
}

/** The checksum as in a message. */
export function checksum(octets: Uint8Array): Int64Value {
  return { value: crc32c(octets) };
}

function checksummed(data: Buffer): ResponseMessage {
  return { data, crc32cChecksum: checksum(data) };
}

function verifyChecksum(field: string, octets: Uint8Array, given: Int64Value | undefined): void {
  if (given !== undefined && (given.value ?? 0) !== crc32c(octets)) {
    throw invalidArgument(`The checksum in field ${field}_crc32c did not match the data in field ${field}.`);
  }
}
