import type { KeyObject } from "node:crypto";
import { PkiError } from "../../errors";
import { type Algorithm, algorithmOf, fitsAlgorithm } from "../algorithms";
import type { KeyDescription, KeyManager, KeyReference, Signer } from "../keyManager";
import { type OwnerMarks, resourceIn } from "../ownerMark";
import { readKeyOf } from "../publicKey";
import { signingKey } from "../signingKey";
import type { TokenKey } from "./moduleMessages";
import { PKCS11_ALGORITHMS, signedData, x509Signature } from "./pkcs11Algorithms";
import { isOwnKey, newTokenKeyId } from "./pkcs11KeyId";
import { namesToken, shownTokenUri, tokenKeyName, tokenKeyUri, tokenKmsUri, tokenName } from "./pkcs11Uri";
import type { TokenAccess, TokenTurn } from "./tokenAccess";

/** A request to make a key. */
export interface TokenKeyRequest extends OwnerMarks {
  readonly label: string;
  readonly algorithm: Algorithm;
}

/** Keys in one token of a PKCS#11 module. */
export class Pkcs11Kms implements KeyManager {
  readonly algorithms: readonly Algorithm[] = PKCS11_ALGORITHMS;
  readonly #token: TokenAccess;
  readonly #notice: (message: string) => void;

  /** @param notice receives messages for the user */
  constructor(token: TokenAccess, notice: (message: string) => void) {
    this.#token = token;
    this.#notice = notice;
  }

  /** The token, for operations that do not concern a single key. */
  get token(): TokenAccess {
    return this.#token;
  }

  async describeKey(uri: string): Promise<KeyDescription> {
    const name = tokenKeyName(uri);
    const [key, ...others] = await this.#token.turn((turn) => turn.keys(name));
    const token = tokenName(this.#token.connection);
    if (key === undefined) {
      throw new PkiError(
        "KEY_NOT_FOUND",
        `there is no key ${tokenKeyUri(name)} in ${token}`,
        "Check the key and the token",
      );
    }
    if (others.length > 0) {
      throw new PkiError(
        "KEY_URI_INVALID",
        `${tokenKeyUri(name)} names ${String(others.length + 1)} keys in ${token}`,
        `Name one of ${[key, ...others].map(uriOf).join(", ")}`,
      );
    }
    const { modulePath, token: label, serial, slotId } = this.#token.connection;
    return {
      uri: uriOf(key),
      publicKey: publicKeyOf(key),
      ...(namesToken(uri) ? { kms: tokenKmsUri({ modulePath, token: label, serial, slotId }) } : {}),
    };
  }

  async createSigner(key: KeyReference): Promise<Signer> {
    const name = tokenKeyName(key.uri);
    const { algorithm } = key;
    const publicKey = await signingKey(this, key);
    return {
      algorithm,
      publicKey,
      sign: async (message) => {
        const data = signedData(algorithm, message);
        return x509Signature(algorithm, await this.#token.turn((turn) => turn.sign(name, algorithm, data)));
      },
    };
  }

  /**
   * Makes a key with its own id, or finds the one that an earlier, interrupted call with the same request made.
   *
   * @throws PkiError `KEY_EXISTS`, `ALGORITHM_UNSUPPORTED`, `KEY_UNUSABLE`
   */
  createKey(request: TokenKeyRequest): Promise<KeyDescription> {
    const { label, algorithm, owner } = request;
    return this.#token.turn(async (turn) => {
      await this.requireAlgorithm(turn, algorithm);
      const own = await this.requireFree(turn, label, request);
      const left = own.find((key) => key.spki !== undefined && fitsAlgorithm(publicKeyOf(key), algorithm));
      if (left !== undefined) {
        this.#notice(`${uriOf(left)} was made by an earlier run of ${resourceIn(owner)} that did not end; it is used.`);
      }
      const key = await turn.generate(left?.id ?? newTokenKeyId(owner, label), label, algorithm);
      return { uri: uriOf(key), publicKey: publicKeyOf(key) };
    });
  }

  /**
   * Deletes a key with its public key object and its certificates.
   *
   * @param publicKeyPem the key's public key; another key with that name is kept
   */
  async deleteKey(uri: string, publicKeyPem?: string): Promise<"deleted" | "other" | "none"> {
    const name = tokenKeyName(uri);
    const spki = publicKeyPem === undefined ? undefined : readKeyOf(shownTokenUri(uri), publicKeyPem);
    return this.#token.turn((turn) => turn.delete(name, spki?.export({ type: "spki", format: "der" })));
  }

  /**
   * Requires that the token supports an algorithm.
   *
   * @throws PkiError `ALGORITHM_UNSUPPORTED`
   */
  async requireAlgorithm(turn: TokenTurn, algorithm: Algorithm): Promise<void> {
    const { algorithms } = await turn.describe();
    if (!algorithms.includes(algorithm)) {
      throw new PkiError(
        "ALGORITHM_UNSUPPORTED",
        `${tokenName(this.#token.connection)} has no mechanisms for ${algorithm} keys`,
        algorithms.length === 0 ? "Use another token" : `Choose one of ${algorithms.join(", ")}`,
      );
    }
  }

  /**
   * Requires that a label is free, or only used for keys of the same owner.
   *
   * @returns those keys
   *
   * @throws PkiError `KEY_EXISTS`
   */
  async requireFree(turn: TokenTurn, label: string, marks: OwnerMarks): Promise<readonly TokenKey[]> {
    const keys = await turn.keys({ label });
    const others = keys.filter((key) => !isOwnKey(key, marks));
    if (others.length > 0) {
      throw new PkiError(
        "KEY_EXISTS",
        `${tokenName(this.#token.connection)} holds the key ${others.map(uriOf).join(" and the key ")}, which ` +
          `${resourceIn(marks.owner)} did not make, and nothing was changed`,
        "To use it, name its URI in adopt; otherwise choose another labelPrefix or another token, or delete the key by hand if " +
          "nobody needs it",
      );
    }
    return keys;
  }

  close(): Promise<void> {
    return this.#token.close();
  }
}

function uriOf({ id, label }: TokenKey): string {
  return tokenKeyUri({ ...(id === "" ? {} : { id }), ...(label === "" ? {} : { label }) });
}

function publicKeyOf(key: TokenKey): KeyObject {
  if (key.spki === undefined) {
    throw new PkiError(
      "KEY_UNUSABLE",
      `${uriOf(key)} has neither a public key object nor a certificate, so its public key is unknown`,
      "Store its public key or its certificate beside it, with the same CKA_ID",
    );
  }
  const publicKey = readKeyOf(uriOf(key), key.spki);
  algorithmOf(publicKey); // refuses a key that cannot be used here
  return publicKey;
}
