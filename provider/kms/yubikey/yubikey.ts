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

/** What is in a slot, as far as the device tells. */
export interface SlotContent {
  /** The certificate object, as it was written: DER, or any octets. */
  readonly certificate: Buffer | undefined;
  /** Whether there is a key; undefined when the firmware (before 5.3) does not tell of a key that was imported. */
  readonly hasKey: boolean | undefined;
  /** By the device's own word, or else, where `hasKey` is undefined, by the certificate, which anybody can have written. */
  readonly publicKey: KeyObject | undefined;
  /** Whether the device made the key or it came from outside, where the device tells. */
  readonly origin?: "generated" | "imported" | undefined;
  /** The key's policies, where the device tells. */
  readonly pinPolicy?: PinPolicy | undefined;
  readonly touchPolicy?: TouchPolicy | undefined;
}

/** How a key is made. */
export interface SlotKeySettings {
  readonly algorithm: Algorithm;
  /** When the device wants the PIN for a signature. */
  readonly pinPolicy: PinPolicy;
  /** When the device wants to be touched for a signature. */
  readonly touchPolicy: TouchPolicy;
}

/** What the device says of a key that it made, as DER. */
export interface SlotAttestation {
  readonly certificate: Buffer;
  readonly intermediate: Buffer;
}

/** A YubiKey in one turn, in which nobody else talks to it. */
export interface YubiKeyTurn {
  readonly serial: number | undefined;
  readonly firmware: string;
  /** Before what asks for it: {@link YubiKeySecrets.verifyPin}. */
  verifyPin(): Promise<void>;
  /** Before what writes: {@link YubiKeySecrets.authenticate}. */
  authenticate(): Promise<void>;
  readSlot(slot: Slot): Promise<SlotContent>;
  /** Whether a slot holds a key, also where the device only shows that by a signature. Verifies the PIN. */
  holdsKey(slot: Slot): Promise<boolean>;
  /** Whether the key in a slot is the other half of a public key, shown by a signature. Verifies the PIN. */
  provesKey(slot: Slot, algorithm: Algorithm, publicKey: KeyObject): Promise<boolean>;
  generateKey(slot: Slot, settings: SlotKeySettings): Promise<KeyObject>;
  writeCertificate(slot: Slot, der: Uint8Array): Promise<void>;
  deleteCertificate(slot: Slot): Promise<void>;
  /** False for a firmware (before 5.7) that cannot delete a key. */
  deleteKey(slot: Slot): Promise<boolean>;
  /**
   * The certificate of the key by which the device attests those that it makes, as DER. Undefined for a device that attests
   * nothing, which a slot is needed to find out.
   */
  attestationKey(slot: Slot): Promise<Buffer | undefined>;
  /** Undefined for a key that was imported, and a device that attests nothing. */
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
   * @param serial of the device; the only one that is plugged in without it
   * @param notice where a finding that a person should see goes
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

  /** Waits for a turn at the device, and uses it. */
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
          ? `slot ${slot} holds a key of which neither the device nor a certificate tells the public half`
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
    return Promise.resolve(); // the readers are everybody's
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
    // Last of all: a key that asks for the PIN each time wants nothing between.
    await secrets.verifyPin(card);
    if (touchPolicy === "always" || touchPolicy === "cached") {
      notice(`touch ${deviceName(card.serial)}: the key in slot ${slot} signs only then`);
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
        notice(`the certificate had to be compressed to fit in slot ${slot}, where step-ca will not read it`);
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

/** The device's word on its key (firmware 5.3) comes before its attestation (4.3), and both before the certificate. */
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
    return undefined; // what is stored there is no certificate
  }
}
