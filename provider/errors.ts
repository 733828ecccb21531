/**
 * The stable error codes. A message may be reworded in any release; a code keeps its meaning, so scripts and runbooks
 * can match on it.
 */
export type ErrorCode =
  | "ADOPTED_CERTIFICATE_CHANGED"
  | "ADOPTED_ISSUER_MISMATCH"
  | "ADOPTED_KEY_MISMATCH"
  | "ALIAS_EXISTS"
  | "ALGORITHM_UNSUPPORTED"
  | "ANSWER_MISMATCH"
  | "ANSWER_MISSING"
  | "ATTESTATION_REJECTED"
  | "AUTHORITY_AMBIGUOUS"
  | "AUTHORITY_NOT_FOUND"
  | "BACKEND_NOT_INSTALLED"
  | "CANCELED"
  | "CARD_AMBIGUOUS"
  | "CARD_BUSY"
  | "CARD_FULL"
  | "CARD_NOT_FOUND"
  | "CARD_REMOVED"
  | "CARD_UNSUPPORTED"
  | "CA_MISMATCH"
  | "CERTIFICATE_EXISTS"
  | "CHAIN_NOT_SERVED"
  | "CLOCK_SKEWED"
  | "CONFIG_INVALID"
  | "CONFIG_UNREADABLE"
  | "COUNTRY_INVALID"
  | "CREDENTIALS_MISSING"
  | "CREDENTIALS_REJECTED"
  | "CSR_INVALID"
  | "DEPLOY_RUNNING"
  | "EXTENSION_INVALID"
  | "FILE_UNUSABLE"
  | "HANDOVER_FAILED"
  | "HOST_UNREACHABLE"
  | "INPUT_INVALID"
  | "INTERNAL"
  | "ISSUER_KEY_MISMATCH"
  | "ISSUER_LACKS_CRL_SIGN"
  | "ISSUER_NOT_CA"
  | "KEY_CHANGED"
  | "KEY_COMPROMISED"
  | "KEY_DAMAGED"
  | "KEY_DIRECTORY_UNUSABLE"
  | "KEY_DISABLED"
  | "KEY_EXISTS"
  | "KEY_FORMAT_UNSUPPORTED"
  | "KEY_NOT_FOUND"
  | "KEY_OWNED"
  | "KEY_PENDING_DELETION"
  | "KEY_UNUSABLE"
  | "KEY_URI_INVALID"
  | "KMS_ANSWER_INVALID"
  | "KMS_FAILED"
  | "KMS_UNAVAILABLE"
  | "KMS_UNREACHABLE"
  | "LINT_FAILED"
  | "MANAGEMENT_KEY_REJECTED"
  | "NAME_NOT_PERMITTED"
  | "OUTPUTS_UNREADABLE"
  | "PACKAGE_NOT_FOUND"
  | "PASSPHRASE_REJECTED"
  | "PATH_LENGTH_VIOLATED"
  | "PCSC_UNAVAILABLE"
  | "PERMISSION_DENIED"
  | "PIN_BLOCKED"
  | "PIN_LAST_TRY"
  | "PIN_REJECTED"
  | "PIN_REQUIRED"
  | "PRIVATE_KEY_GIVEN"
  | "PULUMI_FAILED"
  | "REGION_MISSING"
  | "REVOCATION_PERMANENT"
  | "ROTATION_INVALID"
  | "ROTATION_LATE"
  | "SAN_INVALID"
  | "SECRET_MISSING"
  | "SIGNATURE_INVALID"
  | "STACK_LOCKED"
  | "STATE_INVALID"
  | "SUBJECT_INVALID"
  | "TOUCH_MISSING"
  | "TRUST_MISSING"
  | "VALIDITY_EXCEEDS_ISSUER"
  | "VALIDITY_INVALID";

/**
 * The only error that this package throws on purpose. Only its message crosses the engine, so the message carries
 * everything: the code, the operation and its key, what was wrong and what to do. It never holds a secret.
 */
export class PkiError extends Error {
  override readonly name = "PkiError";
  // Private, because Node prints an error's public fields beside its message.
  readonly #reason: string;
  readonly #remedy: string;

  /**
   * @param code the kind of failure
   * @param reason the operation and what was wrong, without a period
   * @param remedy what to do next, as a sentence without a period
   */
  constructor(
    readonly code: ErrorCode,
    reason: string,
    remedy: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${reason}. ${remedy}.`, options);
    this.#reason = reason;
    this.#remedy = remedy;
    // Makes Pulumi print only the message of an error that a program threw. The stack trace would tell the reader nothing.
    Object.defineProperty(this, "__pulumiRunError", { value: true });
  }

  /** The operation and what was wrong. */
  get reason(): string {
    return this.#reason;
  }

  /** What to do next. */
  get remedy(): string {
    return this.#remedy;
  }
}

/** The message of a thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a failed system call (`ENOENT`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
