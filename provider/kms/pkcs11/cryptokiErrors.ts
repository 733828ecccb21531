import { type ErrorCode, messageOf, PkiError } from "../../errors";

interface Row {
  /** The specification's name of the return value, without its prefix. */
  readonly name: string;
  readonly code: ErrorCode;
  readonly remedy?: string;
}

const TOKEN_GONE = "Connect the token again, and leave it connected until the run has ended";
const PIN_OF_TOKEN =
  "Correct the PIN (KMS_PKI_TOKEN_PIN_FILE, KMS_PKI_TOKEN_PIN or kms-pki:tokenPinFile), and run again";

/** The return values that mean something here (PKCS #11 2.40, section 5.1); `KMS_FAILED` for all others. */
const ROWS: ReadonlyMap<number, Row> = new Map<number, Row>([
  [0x21, { name: "FUNCTION_NOT_PARALLEL", code: "KMS_FAILED" }],
  [0x30, { name: "DEVICE_ERROR", code: "KMS_FAILED" }],
  [0x31, { name: "DEVICE_MEMORY", code: "CARD_FULL", remedy: "Delete objects that nobody needs, and run again" }],
  [0x32, { name: "DEVICE_REMOVED", code: "CARD_REMOVED", remedy: TOKEN_GONE }],
  [0xa0, { name: "PIN_INCORRECT", code: "PIN_REJECTED", remedy: PIN_OF_TOKEN }],
  [0xa1, { name: "PIN_INVALID", code: "PIN_REJECTED", remedy: PIN_OF_TOKEN }],
  [0xa2, { name: "PIN_LEN_RANGE", code: "PIN_REJECTED", remedy: PIN_OF_TOKEN }],
  [
    0xa3,
    { name: "PIN_EXPIRED", code: "PIN_REJECTED", remedy: "Set a new PIN with the token's own tool, and run again" },
  ],
  [0xa4, { name: "PIN_LOCKED", code: "PIN_BLOCKED", remedy: "Have the security officer set a new PIN" }],
  [0xe0, { name: "TOKEN_NOT_PRESENT", code: "CARD_REMOVED", remedy: TOKEN_GONE }],
  [0xe2, { name: "TOKEN_WRITE_PROTECTED", code: "PERMISSION_DENIED", remedy: "Allow the token to be written to" }],
  [
    0x102,
    {
      name: "USER_PIN_NOT_INITIALIZED",
      code: "PIN_REQUIRED",
      remedy: "Set the PIN of the token's user: pkcs11-tool --module MODULE --init-pin",
    },
  ],
]);

const MECHANISM_INVALID = [0x70, 0x71];
const TEMPLATE_REFUSED = [0x10, 0x12, 0x13, 0xd1];
const CURVE_REFUSED = [0x13, 0x130, 0x140];
/** The return values after the session, login or token is gone, or when another operation is still open in the session. */
const SESSION_LOST = [0x32, 0x90, 0xb0, 0xb3, 0xe0, 0x101, 0x190];

/** The return value of a failed call; undefined for any other error. */
export function returnValueOf(error: unknown): number | undefined {
  const code: unknown = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (typeof code === "number" && code > 0) {
    return code;
  }
  const [, digits] = /CKR_\w+:(\d+)/.exec(messageOf(error)) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether a call failed because its session has ended. It may succeed in a new one. */
export function isSessionLost(error: unknown): boolean {
  return SESSION_LOST.includes(returnValueOf(error) ?? 0);
}

/** Whether a module refused a given attribute. */
export function isTemplateRefused(error: unknown): boolean {
  return TEMPLATE_REFUSED.includes(returnValueOf(error) ?? 0);
}

/** Whether a module does not know the given name of a curve. */
export function isCurveRefused(error: unknown): boolean {
  return CURVE_REFUSED.includes(returnValueOf(error) ?? 0);
}

/**
 * Translates a failed call of a module to an error that says what to do.
 *
 * @param what what was attempted, without a full stop
 */
export function cryptokiError(cause: unknown, what: string): PkiError {
  if (cause instanceof PkiError) {
    return cause;
  }
  const value = returnValueOf(cause);
  const row = ROWS.get(value ?? 0);
  const code = row?.code ?? (MECHANISM_INVALID.includes(value ?? 0) ? "ALGORITHM_UNSUPPORTED" : "KMS_FAILED");
  const [firstLine = ""] = messageOf(cause).split("\n");
  const name =
    row === undefined ? firstLine.replace(/^.*(CKR_\w+).*$/, "$1").replace(/[.\s]+$/, "") : `CKR_${row.name}`;
  const remedy =
    row?.remedy ??
    (code === "ALGORITHM_UNSUPPORTED"
      ? "Choose an algorithm that the token has: pkcs11-tool --module MODULE --list-mechanisms"
      : "Look up this value in the module's documentation, and run again");
  return new PkiError(
    code,
    `${what} failed: ${name}${value === undefined ? "" : ` (0x${value.toString(16)})`}`,
    remedy,
    { cause },
  );
}
