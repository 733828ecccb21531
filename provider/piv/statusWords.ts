import { type ErrorCode, PkiError } from "../errors";
import { PinRejected } from "./pin";
import type { Slot } from "./slots";

/** The kind of command. The same status word has different meanings after different commands. */
export type Purpose = "select" | "read" | "verify" | "authenticate" | "generate" | "write" | "sign";

/** A failed command, for its error. */
export interface FailedCommand {
  readonly purpose: Purpose;
  /** The operation, such as "signing" or "generating a key". */
  readonly action: string;
  readonly slot?: Slot | undefined;
  readonly serial?: number | undefined;
  readonly firmware?: string | undefined;
}

interface Row {
  /** The status word as four hex digits, `x` for any. */
  readonly status: string;
  /** The meaning in SP 800-73-4 part 1, 5.6, and ISO/IEC 7816-4, 5.1.3, in plain words. */
  readonly meaning: string;
  /** The error code by the kind of command; `KMS_FAILED` for kinds that are not listed. */
  readonly codes: Partial<Record<Purpose, ErrorCode>>;
}

const NO_SUCH_KEY = { sign: "KEY_NOT_FOUND" } as const;
const NO_SUCH_ALGORITHM = { generate: "ALGORITHM_UNSUPPORTED" } as const;
const NO_SUCH_APPLICATION = { select: "CARD_UNSUPPORTED" } as const;
const WRONG_MANAGEMENT_KEY = { authenticate: "MANAGEMENT_KEY_REJECTED" } as const;
const WRONG_PIN = { verify: "PIN_REJECTED" } as const;

const ROWS: readonly Row[] = [
  { status: "63xx", meaning: "the verification failed", codes: { ...WRONG_PIN, ...WRONG_MANAGEMENT_KEY } },
  { status: "6581", meaning: "the card cannot write to its memory", codes: {} },
  { status: "6700", meaning: "the length of the data is wrong", codes: { write: "CARD_FULL" } },
  { status: "6882", meaning: "the card does not support secure messaging", codes: {} },
  {
    status: "6982",
    meaning: "the security status is not satisfied",
    codes: {
      sign: "PIN_REQUIRED",
      generate: "MANAGEMENT_KEY_REJECTED",
      write: "MANAGEMENT_KEY_REJECTED",
      ...WRONG_MANAGEMENT_KEY,
    },
  },
  { status: "6983", meaning: "the PIN is blocked", codes: { verify: "PIN_BLOCKED", sign: "PIN_BLOCKED" } },
  { status: "6985", meaning: "the conditions of use are not satisfied", codes: NO_SUCH_KEY },
  { status: "6987", meaning: "secure messaging data is missing", codes: {} },
  { status: "6988", meaning: "secure messaging data is incorrect", codes: {} },
  {
    status: "6a80",
    meaning: "the card does not accept the data",
    codes: { ...NO_SUCH_KEY, ...NO_SUCH_ALGORITHM, ...WRONG_MANAGEMENT_KEY },
  },
  {
    status: "6a81",
    meaning: "the card does not support the function",
    codes: { ...NO_SUCH_APPLICATION, ...NO_SUCH_ALGORITHM, ...WRONG_MANAGEMENT_KEY },
  },
  { status: "6a82", meaning: "the card does not have it", codes: { ...NO_SUCH_APPLICATION, ...NO_SUCH_KEY } },
  { status: "6a84", meaning: "the card does not have enough memory", codes: { write: "CARD_FULL" } },
  {
    status: "6a86",
    meaning: "the card does not accept the parameters",
    codes: { ...NO_SUCH_KEY, ...NO_SUCH_ALGORITHM, ...WRONG_MANAGEMENT_KEY },
  },
  { status: "6a88", meaning: "the card does not have that key", codes: { ...NO_SUCH_KEY, ...WRONG_MANAGEMENT_KEY } },
  { status: "6b00", meaning: "the card does not accept the parameters", codes: NO_SUCH_ALGORITHM },
  { status: "6d00", meaning: "the card does not know the command", codes: NO_SUCH_APPLICATION },
  { status: "6e00", meaning: "the card does not know the class of the command", codes: NO_SUCH_APPLICATION },
  { status: "6f00", meaning: "the card does not say why", codes: {} },
];

const UNKNOWN = { meaning: "SP 800-73-4 does not define this status", codes: {} } as const;

/** The status word of a successful command. */
export const SUCCESS = 0x9000;

/** The status word of a command that lacked a PIN, a management key or a touch. */
export const SECURITY_STATUS_NOT_SATISFIED = 0x6982;

/** Whether a status word means that the card lacks the command. Older firmware lacks most of Yubico's extensions. */
export function isUnknownCommand(status: number): boolean {
  return [0x6a81, 0x6d00, 0x6e00].includes(status);
}

/** Whether a status word means that the card does not accept the command's P1 and P2. */
export function isBadParameter(status: number): boolean {
  return [0x6a86, 0x6b00].includes(status);
}

/** Whether a status word means that there is no such object or key. */
export function isNotFound(status: number): boolean {
  return [0x6a82, 0x6a88].includes(status);
}

/**
 * Whether a status word after signing means that the slot is empty, rather than that the algorithm is a different one.
 */
export function isEmptySlot(status: number): boolean {
  return status === 0x6985 || isNotFound(status);
}

/**
 * Whether a status word means that the card makes no attestation: it cannot, there is no key, or the key was imported.
 */
export function isNotAttested(status: number): boolean {
  return isUnknownCommand(status) || isEmptySlot(status) || isBadParameter(status) || status === 0x6a80;
}

/** The error code for a status word other than 9000. */
export function statusCode(status: number, purpose: Purpose): ErrorCode {
  const code: ErrorCode = rowOf(status).codes[purpose] ?? "KMS_FAILED";
  return code === "PIN_REJECTED" && triesLeftOf(status) === 0 ? "PIN_BLOCKED" : code;
}

/**
 * The number of tries that a status word reports: 63Cx, 6983, and 630x from the first YubiKeys; undefined for others.
 */
export function triesLeftOf(status: number): number | undefined {
  if (status === 0x6983) {
    return 0;
  }
  const digits = status & 0xfff0;
  return digits === 0x63c0 || (digits === 0x6300 && status !== 0x6300) ? status & 0x0f : undefined;
}

/** The error for a card's status word, with its remedy. */
export function statusError(status: number, failed: FailedCommand): PkiError {
  const code = statusCode(status, failed.purpose);
  const triesLeft = triesLeftOf(status);
  const what = `${failed.action}${placeOf(failed)} failed`;
  if (code === "PIN_REJECTED") {
    return new PinRejected(what, triesLeft);
  }
  const word = status.toString(16).padStart(4, "0");
  return new PkiError(
    code,
    `${what}: ${rowOf(status).meaning} (status ${word})`,
    REMEDIES[code]?.(failed) ?? OTHERWISE,
  );
}

/** The slot and the YubiKey of a command, for the middle of a sentence. */
export function placeOf({ slot, serial }: Pick<FailedCommand, "slot" | "serial">): string {
  return `${slot === undefined ? "" : ` in slot ${slot}`} of the YubiKey${serial === undefined ? "" : ` ${String(serial)}`}`;
}

const OTHERWISE = "Run ykman piv info to see the state of the YubiKey";

const REMEDIES: Partial<Record<ErrorCode, (failed: FailedCommand) => string>> = {
  ALGORITHM_UNSUPPORTED: ({ firmware }) =>
    `Choose an algorithm that the firmware${firmware === undefined ? "" : ` ${firmware}`} supports: all support ECDSA_P256 and ` +
    "RSA_2048_PKCS1, 4.0 and later also ECDSA_P384, 5.7 and later also RSA_3072_PKCS1, RSA_4096_PKCS1 and ED25519",
  CARD_FULL: () =>
    "Store a smaller certificate, or delete one that you do not need: ykman piv certificates delete SLOT",
  CARD_UNSUPPORTED: () =>
    "Use a YubiKey whose PIV application is enabled (ykman config usb --enable PIV), or give the serial number of another",
  KEY_NOT_FOUND: ({ slot = "SLOT" }) =>
    `Check what the slot holds: ykman piv keys info ${slot}, or yubico-piv-tool -a status`,
  MANAGEMENT_KEY_REJECTED: () =>
    "Give the management key of this YubiKey. If it is lost, only ykman piv reset helps, which deletes every key",
  PIN_BLOCKED: () =>
    "Unblock it with the PUK: ykman piv access unblock-pin, or yubico-piv-tool -a unblock-pin. If the PUK is blocked too, " +
    "only ykman piv reset helps, which deletes every key",
  PIN_REQUIRED: () => "Give the PIN",
};

function rowOf(status: number): Omit<Row, "status"> {
  const word = status.toString(16).padStart(4, "0");
  return (
    ROWS.find((row) => row.status === word || (row.status.endsWith("xx") && word.startsWith(row.status.slice(0, 2)))) ??
    UNKNOWN
  );
}
