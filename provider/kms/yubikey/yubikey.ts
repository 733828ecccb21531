import { type KeyObject, randomBytes, verify, X509Certificate } from "node:crypto";
import { PkiError } from "../../errors";
import { PIV_ALGORITHMS, type PinPolicy, type TouchPolicy } from "../../piv/pivAlgorithms";
import type { Slot } from "../../piv/slots";
import { type Algorithm, algorithmRow } from "../algorithms";
import type { KeyDescription, KeyManager, KeyReference, Signer } from "../keyManager";
import { signingKey } from "../signingKey";
import type { YubiKeyAtHand, YubiKeyCards } from "./yubikeyCards";
import type { YubiKeySecrets } from "./yubikeySecrets";
import { deviceName, yubiKeySlot, yubiKeyUri } from "./yubiKeyUri";

/** The content of a slot, as far as the device reports it. */
export interface SlotContent {
  /** The certificate object, as it was written: DER, or any octets. */
  readonly certificate: Buffer | undefined;
  /** Whether there is a key; undefined if the firmware (before 5.3) does not report an imported key. */
  readonly hasKey: boolean | undefined;
  /** From the device, or, if `hasKey` is undefined, from the certificate, which anyone may have written. */
  readonly publicKey: KeyObject | undefined;
  /** Whether the device made the key or it was imported, if the device reports that. */
  readonly origin?: "generated" | "imported" | undefined;
  /** The key's policies, if the device tells. */
  readonly pinPolicy?: PinPolicy | undefined;
  readonly touchPolicy?: TouchPolicy | undefined;
}

/** The settings of a new key. */
export interface SlotKeySettings {
  readonly algorithm: Algorithm;
  /** When the device requires the PIN for a signature. */
  readonly pinPolicy: PinPolicy;
  /** When the device requires a touch for a signature. */
  readonly touchPolicy: TouchPolicy;
}

/** The device's attestation of a key that it made, as DER. */
export interface SlotAttestation {
  readonly certificate: Buffer;
  readonly intermediate: Buffer;
}

/** A YubiKey during one turn, in which nothing else talks to it. */
export interface YubiKeyTurn {
  readonly serial: number | undefined;
  readonly firmware: string;
  /** Verifies the PIN, before an operation that requires it: {@link YubiKeySecrets.verifyPin}. */
  verifyPin(): Promise<void>;
  /** Authenticates, before an operation that writes: {@link YubiKeySecrets.authenticate}. */
  authenticate(): Promise<void>;
  readSlot(slot: Slot): Promise<SlotContent>;
  /** Whether a slot holds a key, even if the device can show that only by a signature. Verifies the PIN. */
  holdsKey(slot: Slot): Promise<boolean>;
  /** Whether the key in a slot belongs to a public key, proven by a signature. Verifies the PIN. */
  provesKey(slot: Slot, algorithm: Algorithm, publicKey: KeyObject): Promise<boolean>;
  generateKey(slot: Slot, settings: SlotKeySettings): Promise<KeyObject>;
  writeCertificate(slot: Slot, der: Uint8Array): Promise<void>;
  deleteCertificate(slot: Slot): Promise<void>;
  /** Deletes a key. Returns false for firmware (before 5.7) that cannot delete one. */
  deleteKey(slot: Slot): Promise<boolean>;
  /**
   * The certificate of the device's attestation key, as DER; undefined for a device without attestations. Finding that
   * out takes a slot.
   */
  attestationKey(slot: Slot): Promise<Buffer | undefined>;
  /** The attestation of a key; undefined for an imported key, and for a device without attestations. */
  attest(slot: Slot): Promise<SlotAttestation | undefined>;
}

/** Keys in the PIV slots of one YubiKey. */
export class YubiKeyPiv implements KeyManager {
  readonly algorithms: readonly Algorithm[] = PIV_ALGORITHMS;
  readonly #serial: number | undefined;
  readonly #cards: YubiKeyCards;
  readonly #secrets: YubiKeySecrets;
  readonly #notice: (message: string) => void;

  /**
   * @param serial of the device. Default the only one that is plugged in
   * @param notice receives a message for the person at the terminal
   */
  constructor(
    serial: number | undefined,
    { cards, secrets, notice }: { cards: YubiKeyCards; secrets: YubiKeySecrets; notice: (message: string) => void },
  ) {
    this.#serial = serial;
    this.#cards = cards;
    this.#secrets = secrets;
    this.#notice = notice;
  }

  /** Waits for a turn at the device and uses it. */
  turn<T>(use: (turn: YubiKeyTurn) => Promise<T>): Promise<T> {
    return this.#cards.turn(this.#serial, (card) => use(turnAt(card, this.#secrets, this.#notice)));
  }

  async describeKey(uri: string): Promise<KeyDescription> {
    const slot = yubiKeySlot(uri);
    const { publicKey, hasKey } = await this.turn((turn) => turn.readSlot(slot));
    if (publicKey === undefined) {
      throw new PkiError(
        "KEY_NOT_FOUND",
        hasKey === true
          ? `slot ${slot} holds a key, but neither the device nor a certificate shows its public key`
          : `slot ${slot} of the YubiKey holds no key`,
        hasKey === true ? "Store the key's certificate in the slot" : "Check the slot, or plug the right YubiKey in",
      );
    }
    return { uri: yubiKeyUri(slot), publicKey };
  }

  async createSigner(key: KeyReference): Promise<Signer> {
    const slot = yubiKeySlot(key.uri);
    const { algorithm } = key;
    const publicKey = await signingKey(this, key);
    return { algorithm, publicKey, sign: (message) => this.#sign(slot, algorithm, message) };
  }

  close(): Promise<void> {
    return Promise.resolve(); // the readers are shared
  }

  #sign(slot: Slot, algorithm: Algorithm, message: Uint8Array): Promise<Uint8Array> {
    return this.#cards.turn(this.#serial, (card) =>
      signAt(card, this.#secrets, this.#notice)(slot, algorithm, message),
    );
  }
}

type Sign = (slot: Slot, algorithm: Algorithm, message: Uint8Array) => Promise<Uint8Array>;

function signAt(card: YubiKeyAtHand, secrets: YubiKeySecrets, notice: (message: string) => void): Sign {
  return async (slot, algorithm, message) => {
    const metadata = await card.piv.metadata(slot);
    const touchPolicy = typeof metadata === "object" ? metadata.touchPolicy : undefined;
    // Last of all: for a key that requires the PIN each time, nothing may come between.
    await secrets.verifyPin(card);
    if (touchPolicy === "always" || touchPolicy === "cached") {
      notice(`touch ${deviceName(card.serial)}: the key in slot ${slot} requires a touch to sign`);
    }
    return card.piv.sign(slot, algorithm, message);
  };
}

function turnAt(card: YubiKeyAtHand, secrets: YubiKeySecrets, notice: (message: string) => void): YubiKeyTurn {
  const { piv, serial } = card;
  const sign = signAt(card, secrets, notice);
  return {
    serial,
    firmware: piv.firmware,
    verifyPin: () => secrets.verifyPin(card),
    authenticate: () => secrets.authenticate(card),
    readSlot: (slot) => readSlot(card, slot),
    async holdsKey(slot) {
      await secrets.verifyPin(card);
      return piv.holdsKey(slot);
    },
    provesKey: (slot, algorithm, publicKey) =>
      provesKey((message) => sign(slot, algorithm, message), algorithm, publicKey),
    generateKey: (slot, settings) => piv.generateKey(slot, settings),
    async writeCertificate(slot, der) {
      if ((await piv.writeCertificate(slot, der)) === "compressed") {
        notice(`the certificate had to be compressed to fit in slot ${slot}, so step-ca cannot read it there`);
      }
    },
    deleteCertificate: (slot) => piv.deleteCertificate(slot),
    deleteKey: (slot) => piv.deleteKey(slot),
    async attestationKey(slot) {
      return (await piv.attests(slot)) ? piv.attestationCertificate() : undefined;
    },
    async attest(slot) {
      const certificate = await piv.attest(slot);
      const intermediate = certificate === undefined ? undefined : await piv.attestationCertificate();
      return certificate === undefined || intermediate === undefined ? undefined : { certificate, intermediate };
    },
  };
}

/**
 * Reads a slot. The device's metadata (firmware 5.3) takes precedence over its attestation (4.3), and both over the
 * certificate.
 */
async function readSlot({ piv }: YubiKeyAtHand, slot: Slot): Promise<SlotContent> {
  const certificate = await piv.readCertificate(slot);
  const metadata = await piv.metadata(slot);
  if (metadata !== undefined) {
    return metadata === "none"
      ? { certificate, hasKey: false, publicKey: undefined }
      : { ...metadata, certificate, hasKey: true };
  }
  const attestation = await piv.attest(slot);
  return attestation === undefined
    ? { certificate, hasKey: undefined, publicKey: publicKeyOf(certificate) }
    : { certificate, hasKey: true, publicKey: publicKeyOf(attestation), origin: "generated" };
}

async function provesKey(
  sign: (message: Uint8Array) => Promise<Uint8Array>,
  algorithm: Algorithm,
  publicKey: KeyObject,
): Promise<boolean> {
  const message = randomBytes(32);
  try {
    const signature = await sign(message);
    return verify(algorithmRow(algorithm).hash, message, { key: publicKey, dsaEncoding: "der" }, signature);
  } catch (error) {
    if (error instanceof PkiError && error.code === "KEY_NOT_FOUND") {
      return false; // or a key of another type
    }
    throw error;
  }
}

function publicKeyOf(certificate: Buffer | undefined): KeyObject | undefined {
  try {
    return certificate === undefined ? undefined : new X509Certificate(certificate).publicKey;
  } catch {
    return undefined; // the stored data is not a certificate
  }
}
