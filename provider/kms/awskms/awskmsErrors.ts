import { messageOf, type PkiError, systemCode } from "../../errors";
import { clockSkew, type Failure, failureError, refused, unavailable as notDone } from "../failure";

/** A failed call of AWS KMS. */
export interface AwsCall {
  /** The operation, which is also the IAM action without its prefix. */
  readonly operation: "GetPublicKey" | "Sign" | "DescribeKey" | "ListAliases" | "ListKeys" | "ListResourceTags";
  /** The key as it was named to AWS; absent if the call concerns no key. */
  readonly keyId: string | undefined;
  /** The region, if known. */
  readonly region: string | undefined;
}

const SERVICE = { title: "AWS KMS", vendor: "AWS" };

type Explain = (call: AwsCall, message: string) => Failure;

const CREDENTIALS_REMEDY =
  "Renew them (aws sso login, aws configure), or choose others with profile, credentialsFile or AWS_PROFILE";

const keyOf = ({ keyId }: AwsCall): string => (keyId === undefined ? SERVICE.title : `the key ${keyId}`);
const inRegion = ({ region }: AwsCall): string => (region === undefined ? "" : ` in ${region}`);

/** The key id for these AWS commands, which do not accept an alias. */
const commandId = ({ keyId = "" }: AwsCall): string => (keyId.includes("alias/") ? "<its key id>" : keyId);

const denied: Explain = (call) => ({
  code: "PERMISSION_DENIED",
  reason: `AWS denies kms:${call.operation} on ${call.keyId === undefined ? "*" : `the key ${call.keyId}`}${inRegion(call)}`,
  remedy: `Allow kms:${call.operation} on it in the IAM policy of the user or role that runs this, and in the key policy`,
});

const rejectedCredentials: Explain = (_call, message) => ({
  code: "CREDENTIALS_REJECTED",
  reason: `AWS does not accept the credentials: ${message}`,
  remedy: CREDENTIALS_REMEDY,
});

const unavailable: Explain = (call, message) => notDone(SERVICE, call.operation, keyOf(call), message);

const PENDING_DELETION = /pending\s?(?:replica\s?)?deletion/i;

const invalidState: Explain = (call, message) =>
  PENDING_DELETION.test(message)
    ? {
        code: "KEY_PENDING_DELETION",
        reason: `${keyOf(call)}${inRegion(call)} is scheduled for deletion`,
        remedy:
          `To keep it: aws kms cancel-key-deletion --key-id ${commandId(call)} && ` +
          `aws kms enable-key --key-id ${commandId(call)}`,
      }
    : {
        code: "KEY_UNUSABLE",
        reason: `${keyOf(call)}${inRegion(call)} is in a state in which it cannot be used: ${message}`,
        remedy: "Check its state with aws kms describe-key",
      };

/** AWS's names of errors, with their meaning here. */
const EXPLANATIONS: Readonly<Record<string, Explain>> = {
  AccessDeniedException: denied,
  DisabledException: (call, message) =>
    // AWS also reports this for a key that is pending deletion.
    PENDING_DELETION.test(message)
      ? invalidState(call, message)
      : {
          code: "KEY_DISABLED",
          reason: `${keyOf(call)}${inRegion(call)} is disabled`,
          remedy: `Enable it: aws kms enable-key --key-id ${commandId(call)}`,
        },
  KMSInvalidStateException: invalidState,
  NotFoundException: (call) => ({
    code: "KEY_NOT_FOUND",
    reason: `there is no ${keyOf(call).replace("the ", "")}${inRegion(call)}`,
    remedy: "Correct the key, the region or the profile, which must belong to the key's account",
  }),
  InvalidKeyUsageException: (call) => ({
    code: "KEY_UNUSABLE",
    reason: `${keyOf(call)} cannot sign with this algorithm, or cannot sign at all`,
    remedy: "Use an asymmetric key whose usage is SIGN_VERIFY and whose spec fits the algorithm",
  }),
  UnsupportedOperationException: (call) => ({
    code: "KEY_UNUSABLE",
    reason: `AWS does not support ${call.operation} with ${keyOf(call)}, which is of the wrong kind`,
    remedy: "Use an asymmetric key whose usage is SIGN_VERIFY",
  }),
  InvalidArnException: (call) => ({
    code: "KEY_URI_INVALID",
    reason: `AWS does not accept "${call.keyId ?? ""}" as a key${inRegion(call)}`,
    remedy: "Correct the ARN, and check that it names the region above",
  }),
  CredentialsProviderError: (_call, message) => ({
    code: "CREDENTIALS_MISSING",
    reason: `no AWS credentials were found: ${message}`,
    remedy: "Run aws configure or aws sso login, set AWS_PROFILE, or set profile or credentialsFile",
  }),
  ExpiredTokenException: rejectedCredentials,
  UnrecognizedClientException: rejectedCredentials,
  InvalidClientTokenId: rejectedCredentials,
  InvalidSignatureException: rejectedCredentials,
  IncompleteSignatureException: rejectedCredentials,
  MissingAuthenticationTokenException: rejectedCredentials,
  ThrottlingException: unavailable,
  LimitExceededException: unavailable,
  KMSInternalException: unavailable,
  DependencyTimeoutException: unavailable,
  KeyUnavailableException: unavailable,
};

/** For each state of a key that forbids its use, the error that using it would give. */
const STATE_ERRORS: Readonly<Record<string, string>> = {
  Disabled: "DisabledException",
  PendingDeletion: "KMSInvalidStateException",
  PendingReplicaDeletion: "KMSInvalidStateException",
};

/**
 * Refuses a key in a state that forbids its use.
 *
 * @throws PkiError `KEY_DISABLED`, `KEY_PENDING_DELETION`
 */
export function refuseKeyState(state: string | undefined, call: AwsCall): void {
  const name = STATE_ERRORS[state ?? ""];
  if (state !== undefined && name !== undefined) {
    throw failureError(awsFailure(name, call, state));
  }
}

const NETWORK_CODES = [
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
];

/** Turns an error of the AWS SDK into an error of this package, with a remedy. */
export function awsError(cause: unknown, call: AwsCall): PkiError {
  return failureError(explain(cause, call), cause);
}

function explain(cause: unknown, call: AwsCall): Failure {
  const name = cause instanceof Error ? cause.name : "";
  // After the first paragraph, AWS may repeat the request with the session token in it.
  const message = messageOf(cause).replace(/\n\s*\n.*$/s, "");
  if (message.startsWith("Region is missing")) {
    return {
      code: "REGION_MISSING",
      reason: "no AWS region is given",
      remedy: "Set region, or AWS_REGION in the environment",
    };
  }
  const skew = clockSkew(SERVICE, [name, systemCode(cause) ?? ""], message);
  if (skew !== undefined) {
    return skew;
  }
  if (/Could not resolve credentials/i.test(message)) {
    return awsFailure("CredentialsProviderError", call, message);
  }
  if (Object.hasOwn(EXPLANATIONS, name)) {
    return awsFailure(name, call, message);
  }
  if (name === "TimeoutError" || NETWORK_CODES.includes(systemCode(cause) ?? "")) {
    return {
      code: "KMS_UNREACHABLE",
      reason: `AWS KMS${inRegion(call)} does not answer: ${message}`,
      remedy: "Check the network, the region and AWS_ENDPOINT_URL_KMS, then run again",
    };
  }
  return statusOf(cause) >= 500
    ? unavailable(call, message)
    : refused(SERVICE, call.operation, `${keyOf(call)}${inRegion(call)}`, `${name}: ${message}`);
}

function awsFailure(name: string, call: AwsCall, message: string): Failure {
  return (EXPLANATIONS[name] ?? unavailable)(call, message);
}

function statusOf(cause: unknown): number {
  if (typeof cause !== "object" || cause === null || !("$metadata" in cause)) {
    return 0;
  }
  const { httpStatusCode } = cause.$metadata as { httpStatusCode?: number };
  return httpStatusCode ?? 0;
}
