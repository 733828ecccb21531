import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { messageOf, PkiError, systemCode } from "../errors";

/** The npm package that talks to PC/SC. Optional: only users of a YubiKey install it. */
export const PCSC_PACKAGE = "pcsclite";

/** A client of the package. It emits `reader` for each reader that it finds, and `error`. */
export type PcscClient = EventEmitter;

/**
 * A reader of the package, as far as it is used here. It emits `status` when its state changes, `end` when it is gone,
 * and `error`.
 */
export interface PcscReader extends EventEmitter {
  readonly name: string;
  /** The package's own record. While it is true, `connect` reports success without connecting. */
  connected: boolean;
  connect(options: { share_mode: number }, callback: (error: unknown, protocol: number) => void): void;
  transmit(
    data: Buffer,
    answerLength: number,
    protocol: number,
    callback: (error: unknown, answer: Buffer) => void,
  ): void;
  disconnect(disposition: number, callback: (error: unknown) => void): void;
}

/** PC/SC's constants, the same on all systems. */
export const SHARE_EXCLUSIVE = 1;
export const RESET_CARD = 1;
export const STATE_PRESENT = 0x20;

/** The system's prerequisites to compile the package, for the middle of a sentence. */
const PREREQUISITES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux:
    "its build dependencies (Debian: sudo apt-get install pcscd libpcsclite-dev build-essential python3; " +
    "Fedora: sudo dnf install pcsc-lite pcsc-lite-ccid pcsc-lite-devel gcc-c++ make python3)",
  darwin: "a compiler (xcode-select --install)",
  win32: "a compiler (https://github.com/nodejs/node-gyp#on-windows)",
};

/**
 * Loads the package, which is compiled for one version of Node.
 *
 * @param load for tests
 * @throws PkiError `BACKEND_NOT_INSTALLED`
 */
export function loadPackage(load: (name: string) => unknown = createRequire(__filename)): () => PcscClient {
  try {
    return load(PCSC_PACKAGE) as () => PcscClient;
  } catch (cause) {
    const isMissing = systemCode(cause) === "MODULE_NOT_FOUND" && messageOf(cause).includes(`'${PCSC_PACKAGE}'`);
    const [firstLine = ""] = messageOf(cause).split("\n");
    throw new PkiError(
      "BACKEND_NOT_INSTALLED",
      `a key in a YubiKey needs the package ${PCSC_PACKAGE}, which ` +
        (isMissing
          ? "is not installed"
          : `does not load in Node ${process.version}: ${firstLine.replace(/[.\s]+$/, "")}`),
      `Install ${PREREQUISITES[process.platform] ?? "a compiler and PC/SC's headers"}, then ` +
        (isMissing ? `npm install ${PCSC_PACKAGE}` : `npm rebuild ${PCSC_PACKAGE}`),
      { cause },
    );
  }
}
