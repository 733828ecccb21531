import { messageOf, PkiError } from "../../errors";
import type { WorkerReply, WorkerRequest } from "../workerProcess";
import { CKF_OS_LOCKING_OK, type Cryptoki } from "./cryptoki";
import { cryptokiError, returnValueOf } from "./cryptokiErrors";
import { loadCryptoki } from "./cryptokiPackage";
import type { CommandOfModule, ModuleCommand } from "./moduleMessages";
import { certificatesOf, deleteCertificate, storeCertificate } from "./tokenCertificates";
import { deleteKey, generateKey, keysIn, signWith } from "./tokenKeys";
import { TokenSessions } from "./tokenSessions";
import { tokenName } from "./pkcs11Uri";

/** CKR_CANT_LOCK, CKR_CRYPTOKI_ALREADY_INITIALIZED. */
const CANT_LOCK = 0xa;
const ALREADY_INITIALIZED = 0x191;

const WHAT: Readonly<Record<ModuleCommand["call"], string>> = {
  describe: "looking at",
  login: "logging in to",
  keys: "looking for a key in",
  generate: "making a key in",
  sign: "signing in",
  delete: "deleting a key of",
  certificates: "looking for a certificate in",
  store: "storing a certificate in",
  "delete-certificate": "deleting a certificate of",
};

/** The service in the process of a module. It holds the module and its sessions, and answers commands. */
export class ModuleService {
  readonly #isOrphaned: () => boolean;
  readonly #load: () => Cryptoki;
  #tokens: TokenSessions | undefined;

  /**
   * @param isOrphaned whether the requesting process is gone; then no further command is started
   * @param load loads the package; for tests
   */
  constructor(isOrphaned: () => boolean, load: () => Cryptoki = loadCryptoki) {
    this.#isOrphaned = isOrphaned;
    this.#load = load;
  }

  answer({ number, modulePath, ...command }: WorkerRequest<CommandOfModule>): WorkerReply {
    try {
      if (this.#isOrphaned()) {
        throw new Error("the process that asked has gone");
      }
      this.#tokens ??= new TokenSessions(this.#initialized(modulePath));
      return { number, value: this.#do(this.#tokens, command) };
    } catch (error) {
      const { code, reason, remedy } = cryptokiError(error, `${WHAT[command.call]} ${tokenName(command.selector)}`);
      return { number, error: { code, reason, remedy } };
    }
  }

  #do(tokens: TokenSessions, command: ModuleCommand): unknown {
    const { selector } = command;
    switch (command.call) {
      case "describe":
        return tokens.describe(selector);
      case "login":
        tokens.login(selector, command.pin, command.isLastTryAllowed);
        return undefined;
      case "keys":
        return tokens.use(selector, (open) => keysIn(open, command.name));
      case "generate":
        return tokens.use(selector, (open) => generateKey(open, command.id, command.label, command.algorithm));
      case "sign":
        return tokens.use(selector, (open) => signWith(open, command.name, command.algorithm, command.data));
      case "delete":
        return tokens.use(selector, (open) => deleteKey(open, command.name, command.spki));
      case "certificates":
        return tokens.use(selector, (open) => certificatesOf(open, command.id));
      case "store":
        tokens.use(selector, (open) => {
          storeCertificate(open, command.id, command.label, command.der);
        });
        return undefined;
      case "delete-certificate":
        tokens.use(selector, (open) => {
          deleteCertificate(open, command.id, command.der);
        });
        return undefined;
    }
  }

  #initialized(modulePath: string): Cryptoki {
    const cryptoki = this.#load();
    try {
      cryptoki.load(modulePath);
    } catch (cause) {
      throw new PkiError(
        "BACKEND_NOT_INSTALLED",
        `the PKCS#11 module "${modulePath}" cannot be loaded: ${
          messageOf(cause)
            .split("\n")[0]
            ?.replace(/[.\s]+$/, "") ?? ""
        }`,
        "Install the vendor's library, and name it by its path (modulePath, kms-pki:modulePath)",
        { cause },
      );
    }
    try {
      initialize(cryptoki);
    } catch (cause) {
      throw cryptokiError(cause, `starting the PKCS#11 module "${modulePath}"`);
    }
    return cryptoki;
  }
}

/** One thread of this process calls the module, but the module's own threads may need locks. */
function initialize(cryptoki: Cryptoki): void {
  try {
    cryptoki.C_Initialize({ flags: CKF_OS_LOCKING_OK });
  } catch (error) {
    if (returnValueOf(error) === CANT_LOCK) {
      cryptoki.C_Initialize();
    } else if (returnValueOf(error) !== ALREADY_INITIALIZED) {
      throw error;
    }
  }
}
