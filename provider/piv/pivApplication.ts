import { type KeyObject, randomBytes } from "node:crypto";
import type { Algorithm } from "../kms/algorithms";
import type { CardConnection } from "./cardConnection";
import { CardSession } from "./cardSession";
import { GET_SERIAL, GET_VERSION, MANAGEMENT_KEY_REFERENCE, SELECT } from "./commands";
import { authenticateManagementKey, wantsTouch } from "./managementKeyAuthentication";
import {
  decodeManagementKeyMetadata,
  type ManagementKeyMetadata,
  readMetadata,
  readSlotMetadata,
  type SlotMetadata,
} from "./metadata";
import { readTriesLeft, verifyPin } from "./pinVerification";
import {
  type ManagementKeyProtection,
  readManagementKeyProtection,
  readStoredManagementKey,
} from "./protectedManagementKey";
import { sign } from "./signature";
import {
  deleteCertificate,
  hasAttestations,
  readAttestation,
  readAttestationCertificate,
  readCertificate,
  writeCertificate,
} from "./slotCertificate";
import { deleteKey, generateKey, holdsKey, type KeySpecification } from "./slotKey";
import type { Slot } from "./slots";
import { SUCCESS } from "./statusWords";
import { malformedData } from "./tlv";

/** The PIV application, without its version: SP 800-73-4 part 1, 2.2. */
const APPLICATION_IDENTIFIER = Buffer.from("a00000030800001000", "hex");

/** Options that tests inject. */
export interface PivOptions {
  /** Default `crypto.randomBytes`. */
  readonly randomBytes?: (size: number) => Uint8Array;
}

/**
 * The PIV application of one YubiKey, over an exclusive connection. Every method can also fail with `CARD_REMOVED`,
 * with `KMS_ANSWER_INVALID` when the card does not answer as specified, and with `KMS_FAILED` for failures without a
 * code of their own.
 */
export class PivApplication {
  readonly #session: CardSession;
  readonly #randomBytes: (size: number) => Uint8Array;

  private constructor(session: CardSession, random: (size: number) => Uint8Array) {
    this.#session = session;
    this.#randomBytes = random;
  }

  /**
   * Selects the PIV application (SELECT, SP 800-73-4 part 2, 3.1.1) and reads its version and serial number (Yubico's GET
   * VERSION and GET SERIAL).
   *
   * @throws PkiError `CARD_UNSUPPORTED` when the card is not a YubiKey, or its PIV application is disabled
   */
  static async select(connection: CardConnection, options: PivOptions = {}): Promise<PivApplication> {
    const session = new CardSession(connection);
    const task = { purpose: "select", action: "selecting the PIV application" } as const;
    await session.demand({ ins: SELECT, p1: 4, p2: 0, data: APPLICATION_IDENTIFIER, answers: true }, task);
    const version = await session.demand({ ins: GET_VERSION, p1: 0, p2: 0 }, task);
    if (version.length !== 3) {
      throw malformedData(session.nameOf("The version"), `it has ${String(version.length)} octets`);
    }
    session.firmware = version.join(".");
    const { status, data } = await session.ask({ ins: GET_SERIAL, p1: 0, p2: 0 });
    session.serial = status === SUCCESS && data.length === 4 ? data.readUInt32BE() : undefined;
    return new PivApplication(session, options.randomBytes ?? randomBytes);
  }

  /** For example `5.2.4`. */
  get firmware(): string {
    return this.#session.firmware;
  }

  /** The serial number that is printed on the YubiKey; undefined if the firmware does not report it (before 5.0). */
  serial(): Promise<number | undefined> {
    return Promise.resolve(this.#session.serial);
  }

  /**
   * Reads how many tries of the PIN are left, without using one.
   *
   * @returns undefined when the PIN is already verified and the firmware has no metadata (before 5.3)
   */
  pinTriesLeft(): Promise<number | undefined> {
    return readTriesLeft(this.#session);
  }

  /**
   * Verifies the PIN, once. A wrong PIN uses up a try.
   *
   * @throws PinRejected `PIN_REJECTED`, with the number of tries that are left
   * @throws PkiError `PIN_BLOCKED`; `INPUT_INVALID` for a malformed PIN, before the card sees it
   */
  verifyPin(pin: string): Promise<void> {
    return verifyPin(this.#session, pin);
  }

  /** The card's metadata of its management key; undefined when the firmware has no metadata (before 5.3). */
  async managementKeyMetadata(): Promise<ManagementKeyMetadata | undefined> {
    const task = { purpose: "read", action: "reading the management key's metadata" } as const;
    const data = await readMetadata(this.#session, MANAGEMENT_KEY_REFERENCE, task);
    return typeof data === "object"
      ? decodeManagementKeyMetadata(data, this.#session.nameOf("The metadata of the management key"))
      : undefined;
  }

  /**
   * How the management key is kept, by the card's management data. {@link storedManagementKey} returns a key that is
   * stored on the card.
   */
  managementKeyProtection(): Promise<ManagementKeyProtection> {
    return readManagementKeyProtection(this.#session);
  }

  /** The management key that is stored on the card; undefined when none is. The PIN must be verified. */
  storedManagementKey(): Promise<Buffer | undefined> {
    return readStoredManagementKey(this.#session);
  }

  /**
   * Authenticates with the management key. Every change to the card requires this.
   *
   * @param managementKey 16, 24 or 32 octets
   * @param announceTouch called before the card waits for a touch, if the firmware reports that it will (from 5.3)
   * @throws PkiError `MANAGEMENT_KEY_REJECTED`, `TOUCH_MISSING`
   */
  async authenticate(managementKey: Uint8Array, announceTouch: () => void = () => undefined): Promise<void> {
    const metadata = await this.managementKeyMetadata();
    if (wantsTouch(metadata)) {
      announceTouch();
    }
    await authenticateManagementKey(this.#session, managementKey, metadata, this.#randomBytes);
  }

  /**
   * The card's metadata of the key in a slot.
   *
   * @returns `"none"` when the slot is empty; undefined when the firmware has no metadata (before 5.3)
   */
  metadata(slot: Slot): Promise<SlotMetadata | "none" | undefined> {
    return readSlotMetadata(this.#session, slot);
  }

  /**
   * Whether a slot holds a key, of any kind. Firmware before 5.3 does not say. There a signature proves it, and the PIN
   * must have been verified just before. If it was not, an empty slot may be taken for an occupied one, but never the
   * reverse.
   */
  holdsKey(slot: Slot): Promise<boolean> {
    return holdsKey(this.#session, slot);
  }

  /**
   * Makes a key, and replaces any key in the slot. The management key must be authenticated.
   *
   * @returns the public key, which firmware before 5.3 reports only this once
   * @throws PkiError `ALGORITHM_UNSUPPORTED`, `MANAGEMENT_KEY_REJECTED`
   */
  generateKey(slot: Slot, key: KeySpecification): Promise<KeyObject> {
    return generateKey(this.#session, slot, key);
  }

  /**
   * Signs a message (not its digest). The PIN must be verified as the key's PIN policy requires; for `always`,
   * immediately before.
   *
   * @returns the signature in the form of X.509: DER for ECDSA, the plain octets for RSA and Ed25519
   * @throws PkiError `KEY_NOT_FOUND`, `PIN_REQUIRED`, `TOUCH_MISSING`, `ALGORITHM_UNSUPPORTED`
   */
  sign(slot: Slot, algorithm: Algorithm, message: Uint8Array): Promise<Uint8Array> {
    return sign(this.#session, slot, algorithm, message);
  }

  /**
   * The certificate in a slot as DER, or other octets that are stored in its place; undefined when nothing is stored.
   */
  readCertificate(slot: Slot): Promise<Buffer | undefined> {
    return readCertificate(this.#session, slot);
  }

  /**
   * Stores a certificate in a slot, and replaces any that is there. The management key must be authenticated.
   *
   * @returns whether it had to be compressed, as PIV allows; step-ca cannot read a compressed certificate
   * @throws PkiError `CARD_FULL`
   */
  writeCertificate(slot: Slot, der: Uint8Array): Promise<"plain" | "compressed"> {
    return writeCertificate(this.#session, slot, der);
  }

  /** Deletes the certificate in a slot, if there is one. The management key must be authenticated. */
  deleteCertificate(slot: Slot): Promise<void> {
    return deleteCertificate(this.#session, slot);
  }

  /**
   * The card's statement that it made the key in a slot, a certificate as DER.
   *
   * @returns undefined when the firmware makes none (before 4.3), the slot is empty or the key was imported
   */
  attest(slot: Slot): Promise<Buffer | undefined> {
    return readAttestation(this.#session, slot);
  }

  /** Whether the card supports attestations. The slot that is asked may be empty. */
  attests(slot: Slot): Promise<boolean> {
    return hasAttestations(this.#session, slot);
  }

  /** The certificate that signs attestations, as DER; undefined when the card has none. */
  attestationCertificate(): Promise<Buffer | undefined> {
    return readAttestationCertificate(this.#session);
  }

  /**
   * Deletes the key in a slot, if there is one. The management key must be authenticated.
   *
   * @returns false when the firmware has no command for it (before 5.7)
   */
  deleteKey(slot: Slot): Promise<boolean> {
    return deleteKey(this.#session, slot);
  }
}
