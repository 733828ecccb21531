import { status } from "@grpc/grpc-js";

/** What a `google.rpc.PreconditionFailure` says was violated, such as `KEY_DISABLED` of a key version. */
export interface Violation {
  readonly type: string;
  readonly subject: string;
  readonly description?: string;
}

/** What a `google.rpc.ErrorInfo` says of an error. */
interface ErrorInfo {
  readonly reason: string;
  readonly domain: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The details that go with a status. */
export interface ErrorDetails {
  readonly violations?: readonly Violation[];
  readonly errorInfo?: ErrorInfo;
}

/** The service refuses, by a status of gRPC. */
export class CloudKmsError extends Error {
  constructor(
    readonly code: status,
    message: string,
    readonly details: ErrorDetails = {},
  ) {
    super(message);
  }

  /** The HTTP status that stands for the code (google/rpc/code.proto). */
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
 * How the service words a refusal by a version's state: as once documented, or in one of many ways, none of which is an
 * interface. The details tell the state either way.
 */
export type Wording = "documented" | "changing";

/** Words that tell no state, or one that is not meant. */
const OTHER_WORDS = [
  "The request does not satisfy a precondition of the resource.",
  "The key version must be ENABLED, and must not be DISABLED, PENDING_GENERATION or DESTROYED.",
  "Operation failed.",
];

/** The same error in words of the service's own choice; what it says of no state stays. */
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
