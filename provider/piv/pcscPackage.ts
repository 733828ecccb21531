import type { EventEmitter } from "node:events";

/** The npm package that talks to PC/SC. Optional: only those install it who use a YubiKey. */
export const PCSC_PACKAGE = "pcsclite";

/** What we use of a client of the package. It emits `reader` for each reader that it finds, and `error`. */
export interface PcscClient extends EventEmitter {
  close(): void;
}

/** What we use of a reader of the package. It emits `status` when its state changes, `end` when it is gone, and `error`. */
export interface PcscReader extends EventEmitter {
  readonly name: string;
  /** As the package remembers: it answers `connect` with no error, and without connecting, while this is true. */
  connected: boolean;
  connect(options: { share_mode: number }, callback: (error: unknown, protocol: number) => void): void;
  transmit(
    data: Buffer,
    answerLength: number,
    protocol: number,
    callback: (error: unknown, answer: Buffer) => void,
  ): void;
  disconnect(disposition: number, callback: (error: unknown) => void): void;
  close(): void;
}

/** PC/SC's numbers, the same on all systems. */
export const SHARE_EXCLUSIVE = 1;
export const RESET_CARD = 1;
export const STATE_PRESENT = 0x20;

/** What a system needs for the package to be compiled, for the middle of a sentence. */
export const PREREQUISITES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux:
    "what it is compiled with (Debian: sudo apt-get install pcscd libpcsclite-dev build-essential python3; " +
    "Fedora: sudo dnf install pcsc-lite pcsc-lite-ccid pcsc-lite-devel gcc-c++ make python3)",
  darwin: "a compiler (xcode-select --install)",
  win32: "a compiler (https://github.com/nodejs/node-gyp#on-windows)",
};
