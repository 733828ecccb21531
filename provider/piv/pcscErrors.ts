import { type ErrorCode, messageOf, PkiError } from "../errors";

/** The PC/SC call. The same return code has a different meaning before and after connecting. */
export type PcscCall = "open" | "connect" | "transmit";

interface Row {
  /** PC/SC's name of the return code, without its prefix. */
  readonly name: string;
  readonly codes: Readonly<Partial<Record<PcscCall, ErrorCode>>>;
}

/** Another program is connected to the card. */
export const SHARING_VIOLATION = 0x8010000b;

/** The card was removed. */
export const REMOVED_CARD = 0x80100069;

const SERVICE_GONE = { open: "PCSC_UNAVAILABLE", connect: "PCSC_UNAVAILABLE", transmit: "PCSC_UNAVAILABLE" } as const;
const CARD_GONE = { connect: "CARD_NOT_FOUND", transmit: "CARD_REMOVED" } as const;
const FORBIDDEN = { open: "PERMISSION_DENIED", connect: "PERMISSION_DENIED", transmit: "PERMISSION_DENIED" } as const;

/** The return codes of PC/SC (winscard.h, pcsclite.h) with a meaning here. All others are `KMS_FAILED`. */
const ROWS: ReadonlyMap<number, Row> = new Map([
  [0x80100009, { name: "unknown reader", codes: CARD_GONE }],
  [SHARING_VIOLATION, { name: "sharing violation", codes: { connect: "CARD_BUSY" } }],
  [0x8010000c, { name: "no smart card", codes: CARD_GONE }],
  [0x80100013, { name: "communication error", codes: SERVICE_GONE }],
  [0x80100016, { name: "not transacted", codes: { transmit: "CARD_REMOVED" } }],
  [0x80100017, { name: "reader unavailable", codes: CARD_GONE }],
  [0x8010001d, { name: "no service", codes: SERVICE_GONE }],
  [0x8010001e, { name: "service stopped", codes: SERVICE_GONE }],
  [0x8010002e, { name: "no readers", codes: CARD_GONE }],
  [0x80100066, { name: "the card does not respond", codes: { connect: "CARD_UNSUPPORTED", transmit: "CARD_REMOVED" } }],
  [0x80100067, { name: "the card has no power", codes: CARD_GONE }],
  [0x80100068, { name: "the card was reset", codes: { connect: "CARD_BUSY", transmit: "CARD_REMOVED" } }],
  [REMOVED_CARD, { name: "the card was removed", codes: CARD_GONE }],
  [0x8010006a, { name: "access denied", codes: FORBIDDEN }],
]);

/** An error in the package's form, for failures that the package does not notice. */
export function returnCodeError(returnCode: number): Error {
  return new Error(`(0x${returnCode.toString(16)})`);
}

/** The return code in an error of the package, which states it only in its message; 0 if there is none. */
export function returnCodeOf(error: unknown): number {
  const [, hex = "0"] = /\(0x([0-9a-f]{8,16})\)\s*$/i.exec(messageOf(error)) ?? [];
  // Where a long has 64 bits, sign extension can fill the upper half.
  return Number.parseInt(hex.slice(-8), 16);
}

/** The error code for a failed PC/SC call. */
export function pcscCode(error: unknown, call: PcscCall): ErrorCode {
  return ROWS.get(returnCodeOf(error))?.codes[call] ?? "KMS_FAILED";
}

/**
 * The error for a failed PC/SC call, with its remedy.
 *
 * @param what the operation, without a period
 * @param platform for tests
 */
export function pcscError(cause: unknown, call: PcscCall, what: string, platform = process.platform): PkiError {
  const returnCode = returnCodeOf(cause);
  const code = pcscCode(cause, call);
  const name = ROWS.get(returnCode)?.name;
  const reason =
    name === undefined ? messageOf(cause).replace(/[.\s]+$/, "") : `${name} (PC/SC 0x${returnCode.toString(16)})`;
  return new PkiError(code, `${what} failed: ${reason}`, remedyFor(code, platform), { cause });
}

const REMEDIES: Readonly<Partial<Record<ErrorCode, string>>> = {
  CARD_BUSY:
    "Stop the program that uses the YubiKey, such as a step-ca that signs with it, or gpg's scdaemon (gpgconf --kill scdaemon), " +
    "and run again",
  CARD_NOT_FOUND: "Plug the YubiKey in and run again",
  CARD_REMOVED: "Plug the YubiKey in again and leave it there, then run again",
  CARD_UNSUPPORTED: "Plug the YubiKey in again, the right way up",
  PERMISSION_DENIED:
    "Allow your user to use smart cards: over SSH and in services, polkit needs a rule for " +
    "org.debian.pcsc-lite.access_pcsc and org.debian.pcsc-lite.access_card",
};

const OTHERWISE = "Check the PC/SC error above, and whether ykman piv info reaches the YubiKey";

const START_SERVICE: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux:
    "Start pcscd: sudo systemctl enable --now pcscd.socket, or sudo pcscd without systemd. It is in the package " +
    "pcscd (Debian) or pcsc-lite (Fedora)",
  darwin: "Plug the YubiKey in; macOS starts the service by itself",
  win32: "Plug the YubiKey in, and start the service Smart Card (SCardSvr)",
};

function remedyFor(code: ErrorCode, platform: NodeJS.Platform): string {
  return code === "PCSC_UNAVAILABLE"
    ? (START_SERVICE[platform] ?? "Start the PC/SC service")
    : (REMEDIES[code] ?? OTHERWISE);
}
