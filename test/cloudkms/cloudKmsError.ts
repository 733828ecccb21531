import { status } from "@grpc/grpc-js";

/** The violation in a `google.rpc.PreconditionFailure`, such as `KEY_DISABLED` for a key version. */
export interface Violation {
  readonly type: string;
  readonly subject: string;
  readonly description?: string;
}

/** The content of a `google.rpc.ErrorInfo`. */
interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The details of a status. */
export interface ErrorDetails {
  readonly violations?: readonly Violation[];
  readonly errorInfo?: ErrorInfo;
}

/** A refusal of the service with a gRPC status. */
export class CloudKmsError extends Error {
  constructor(
    readonly code: status,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
  }

  /** The HTTP status for the code (google/rpc/code.proto). */
  get httpStatus(): number {
    return HTTP_STATUS[this.code] ?? 500;
  }
}

const HTTP_STATUS: Readonly<Partial<Record<status, number>>> = {
  [status.CANCELLED]: 499,
  [status.INVALID_ARGUMENT]: 400,
  [status.FAILED_PRECONDITION]: 400,
  [status.OUT_OF_RANGE]: 400,
  [status.UNAUTHENTICATED]: 401,
  [status.PERMISSION_DENIED]: 403,
  [status.NOT_FOUND]: 404,
  [status.ALREADY_EXISTS]: 409,
  [status.ABORTED]: 409,
  [status.RESOURCE_EXHAUSTED]: 429,
  [status.UNIMPLEMENTED]: 501,
  [status.UNAVAILABLE]: 503,
  [status.DEADLINE_EXCEEDED]: 504,
};

export function invalidArgument(message: string): CloudKmsError {
  return new CloudKmsError(status.INVALID_ARGUMENT, message);
}

export function failedPrecondition(message: string, ...violations: readonly Violation[]): CloudKmsError {
  return new CloudKmsError(status.FAILED_PRECONDITION, message, violations.length === 0 ? {} : { violations });
}

/**
 * The wording of a refusal because of a version's state: as once documented, or one of many others, none of which is an
 * interface. The details contain the state in every case.
 */
export type Wording = "documented" | "changing";

/** Wordings that name no state, or a wrong one. */
const OTHER_WORDS = [
  "The request does not satisfy a precondition of the resource.",
  "The key version must be ENABLED, and must not be DISABLED, PENDING_GENERATION or DESTROYED.",
  "Operation failed.",
];

/** The same error with another wording. Text that names no state is unchanged. */
export function reworded(error: CloudKmsError, wording: Wording): CloudKmsError {
  if (wording === "documented" || error.details.violations === undefined) {
    return error;
  }
  const words = OTHER_WORDS[error.message.length % OTHER_WORDS.length] ?? "";
  return new CloudKmsError(error.code, words, error.details);
}

/** @param kind such as `CryptoKey` */
export function notFound(kind: string, name: string): CloudKmsError {
  return new CloudKmsError(status.NOT_FOUND, `${kind} ${name} not found.`);
}

/** @param kind such as `KeyRing` */
export function alreadyExists(kind: string, name: string): CloudKmsError {
  return new CloudKmsError(status.ALREADY_EXISTS, `${kind} ${name} already exists.`);
}
