import { messageOf, type PkiError } from "../../errors";
import { clockSkew, type Failure, failureError, refused, unavailable as notDone } from "../failure";

/** A failed call of Cloud KMS. */
export interface CloudCall {
  readonly method: "GetPublicKey" | "AsymmetricSign" | "GetCryptoKey" | "GetCryptoKeyVersion" | "ListCryptoKeyVersions";
  /** The resource's name. */
  readonly name: string;
}

const SERVICE = { title: "Cloud KMS", vendor: "Google" };

type Explain = (call: CloudCall, message: string) => Failure;

/** The IAM permission of each method, and a narrow role that includes it. */
const PERMISSIONS: Readonly<Record<CloudCall["method"], { readonly permission: string; readonly role: string }>> = {
  GetPublicKey: { permission: "cloudkms.cryptoKeyVersions.viewPublicKey", role: "roles/cloudkms.publicKeyViewer" },
  AsymmetricSign: { permission: "cloudkms.cryptoKeyVersions.useToSign", role: "roles/cloudkms.signer" },
  GetCryptoKey: { permission: "cloudkms.cryptoKeys.get", role: "roles/cloudkms.viewer" },
  GetCryptoKeyVersion: { permission: "cloudkms.cryptoKeyVersions.get", role: "roles/cloudkms.viewer" },
  ListCryptoKeyVersions: { permission: "cloudkms.cryptoKeyVersions.list", role: "roles/cloudkms.viewer" },
};

/** For each state of a version that forbids its use, the error that using it gives. */
const STATES: Readonly<Record<string, (name: string) => Failure>> = {
  DISABLED: (name) => ({
    code: "KEY_DISABLED",
    reason: `the key version ${name} is disabled`,
    remedy: `Enable it: gcloud kms keys versions enable ${name}`,
  }),
  DESTROY_SCHEDULED: (name) => ({
    code: "KEY_PENDING_DELETION",
    reason: `the key version ${name} is scheduled for destruction`,
    remedy: `To keep it: gcloud kms keys versions restore ${name} && gcloud kms keys versions enable ${name}`,
  }),
  DESTROYED: (name) => ({
    code: "KEY_NOT_FOUND",
    reason: `the key version ${name} is destroyed`,
    remedy:
      "It cannot be restored. For a new one, turn deletionProtection off, then run pulumi up --replace with the URN of its CryptoKeyVersion",
  }),
  PENDING_GENERATION: (name) => ({
    code: "KMS_UNAVAILABLE",
    reason: `the key version ${name} is not generated yet`,
    remedy: 'Run "pulumi up" again later; it continues from here',
  }),
};

/**
 * Refuses a key version in a state that forbids its use.
 *
 * @throws PkiError unless the version can be used
 */
export function refuseVersionState(state: string, name: string): void {
  if (state !== "ENABLED") {
    throw failureError(
      STATES[state]?.(name) ?? {
        code: "KEY_UNUSABLE",
        reason: `the key version ${name} has the state ${state}`,
        remedy: "Check it with gcloud kms keys versions describe",
      },
    );
  }
}

const unavailable: Explain = ({ method, name }, message) => notDone(SERVICE, method, name, message);

const unreachable: Explain = (_call, message) => ({
  code: "KMS_UNREACHABLE",
  reason: `Cloud KMS does not answer: ${message}`,
  remedy: "Check the network and the proxy (HTTPS_PROXY), then run again",
});

const missingCredentials: Explain = (_call, message) => ({
  code: "CREDENTIALS_MISSING",
  reason: `no Google credentials were found: ${message}`,
  remedy:
    "Run gcloud auth application-default login, set GOOGLE_APPLICATION_CREDENTIALS, or set credentialsFile to the key file of a service account",
});

/** By gRPC status (https://cloud.google.com/apis/design/errors). */
const EXPLANATIONS: Readonly<Record<number, Explain>> = {
  3: ({ method, name }, message) => ({
    code: "KEY_UNUSABLE",
    reason: `Cloud KMS refused ${method} on ${name}: ${message}`,
    remedy: "Check that the key's purpose is ASYMMETRIC_SIGN and that the algorithm is the version's own",
  }),
  4: unreachable,
  5: (_call, message) => ({
    code: "KEY_NOT_FOUND",
    reason: `Cloud KMS has no such key: ${message}`,
    remedy: "Correct the project, location, ring, key and version",
  }),
  7: ({ method, name }, message) => ({
    code: "PERMISSION_DENIED",
    reason: `Google denies ${PERMISSIONS[method].permission} on ${name}: ${message}`,
    remedy: `Grant ${PERMISSIONS[method].role} on the key to the account that runs this, and check that the Cloud KMS API is enabled in the project`,
  }),
  8: (call, message) => ({ ...unavailable(call, message), reason: `a quota of Cloud KMS is used up: ${message}` }),
  10: unavailable,
  13: unavailable,
  14: (call, message) =>
    (/ECONN|ENOTFOUND|EAI_AGAIN|No connection|Connection dropped|proxy/i.test(message) ? unreachable : unavailable)(
      call,
      message,
    ),
  16: (_call, message) => ({
    code: "CREDENTIALS_REJECTED",
    reason: `Google does not accept the credentials: ${message}`,
    remedy: "Renew them (gcloud auth application-default login), or give the key file of an enabled service account",
  }),
};

/** The gRPC status of a call that is refused because of a resource's state. */
export const FAILED_PRECONDITION = 9;

/**
 * The state of a version in the details of an error: a `google.rpc.PreconditionFailure` of the type `KEY_<state>`. The
 * message itself may change at any time.
 */
export function stateInDetails(cause: unknown): string | undefined {
  const details = cause instanceof Error && "statusDetails" in cause ? cause.statusDetails : undefined;
  const violations = (Array.isArray(details) ? (details as unknown[]) : []).flatMap(violationsOf);
  return violations.map((type) => type.replace(/^KEY_/, "")).find((state) => Object.hasOwn(STATES, state));
}

function violationsOf(detail: unknown): string[] {
  const { violations } = (detail ?? {}) as { violations?: unknown };
  return Array.isArray(violations) ? violations.map((violation) => String((violation as { type?: unknown }).type)) : [];
}

/** The message of Google's library when it gives up retrying, with a status of its own. */
const GIVEN_UP = /retrying error Error: (\d+) [A-Z_]+: (.*?)\s+before any response was received/s;

/**
 * Turns an error of Google's library into an error of this package, with a remedy.
 *
 * @param state of the version, if the call is known to be refused because of it
 */
export function cloudError(cause: unknown, call: CloudCall, state = stateInDetails(cause)): PkiError {
  const [, lastStatus, lastMessage] = GIVEN_UP.exec(messageOf(cause)) ?? [];
  const status = lastStatus === undefined ? grpcStatus(cause) : Number(lastStatus);
  const message = lastMessage ?? messageOf(cause).replace(/^\d+ [A-Z_]+: /, "");
  const ofState = status === FAILED_PRECONDITION ? STATES[state ?? ""]?.(call.name) : undefined;
  return failureError(ofState ?? explain(status, call, message), cause);
}

function explain(status: number | undefined, call: CloudCall, message: string): Failure {
  const skew = clockSkew(SERVICE, [], message);
  if (skew !== undefined) {
    return skew;
  }
  if (/default credentials|Could not refresh access token|ENOENT.*json/i.test(message)) {
    return missingCredentials(call, message);
  }
  return EXPLANATIONS[status ?? -1]?.(call, message) ?? refused(SERVICE, call.method, call.name, message);
}

/** The gRPC status of an error of Google's library. */
export function grpcStatus(cause: unknown): number | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "number" ? cause.code : undefined;
}
