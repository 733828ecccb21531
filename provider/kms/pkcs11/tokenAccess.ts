import type { Algorithm } from "../algorithms";
import type { TokenDescription, TokenKey } from "./moduleMessages";
import type { ModuleProcess } from "./moduleProcess";
import type { TokenKeyName, TokenConnection } from "./pkcs11Uri";
import type { TokenLogins } from "./tokenLogins";

/** A token in one turn, in which nothing else in this process talks to its module. */
export interface TokenTurn {
  describe(): Promise<TokenDescription>;
  keys(name: TokenKeyName): Promise<TokenKey[]>;
  generate(id: string, label: string, algorithm: Algorithm): Promise<TokenKey>;
  sign(name: TokenKeyName, algorithm: Algorithm, data: Uint8Array): Promise<Uint8Array>;
  delete(name: TokenKeyName, spki: Uint8Array | undefined): Promise<"deleted" | "other" | "none">;
  certificates(id: string): Promise<Buffer[]>;
  store(id: string, label: string, der: Uint8Array): Promise<void>;
  deleteCertificate(id: string, der: Uint8Array): Promise<void>;
}

/** One token of a module, with one login per process of the module. */
export class TokenAccess {
  readonly connection: TokenConnection;
  readonly #module: ModuleProcess;
  readonly #logins: TokenLogins;
  /** The process with the current login. */
  #loggedIn: object | undefined;

  constructor(connection: TokenConnection, module: ModuleProcess, logins: TokenLogins) {
    this.connection = connection;
    this.#module = module;
    this.#logins = logins;
  }

  /**
   * Waits for a turn at the module, logs in, and uses the token.
   *
   * @throws PkiError `BACKEND_NOT_INSTALLED`, `CARD_NOT_FOUND`, `CARD_AMBIGUOUS`, `KMS_UNREACHABLE` for a module that hangs,
   * `KMS_FAILED` for one that crashes, `SECRET_MISSING`, `PIN_REJECTED` and its like, and what the use throws
   */
  turn<T>(use: (turn: TokenTurn) => Promise<T>): Promise<T> {
    const { token, serial, slotId } = this.connection;
    const selector = { token, serial, slotId };
    return this.#module.turn(async (asking) => {
      const logIn = async (): Promise<void> => {
        const running = this.#module.running;
        if (running !== undefined && running === this.#loggedIn) {
          return;
        }
        const pin = this.#logins.pinOf(this.connection);
        try {
          await asking({ call: "login", selector, pin, isLastTryAllowed: this.#logins.isLastTryAllowed });
        } catch (error) {
          this.#logins.remember(this.connection, error);
          throw error;
        }
        this.#loggedIn = this.#module.running;
      };
      const ask: typeof asking = async (command) => {
        await logIn(); // also in a process that replaces a crashed one
        return asking(command);
      };
      return use({
        describe: async () => (await asking({ call: "describe", selector })) as TokenDescription,
        keys: async (name) => (await ask({ call: "keys", selector, name })) as TokenKey[],
        generate: async (id, label, algorithm) =>
          (await ask({ call: "generate", selector, id, label, algorithm })) as TokenKey,
        sign: async (name, algorithm, data) =>
          (await ask({ call: "sign", selector, name, algorithm, data })) as Uint8Array,
        delete: async (name, spki) =>
          (await ask({ call: "delete", selector, name, spki })) as "deleted" | "other" | "none",
        certificates: async (id) => (await ask({ call: "certificates", selector, id })) as Buffer[],
        store: async (id, label, der) => {
          await ask({ call: "store", selector, id, label, der });
        },
        deleteCertificate: async (id, der) => {
          await ask({ call: "delete-certificate", selector, id, der });
        },
      });
    });
  }

  /** Ends the process of the module. */
  close(): Promise<void> {
    return this.#module.close();
  }
}
