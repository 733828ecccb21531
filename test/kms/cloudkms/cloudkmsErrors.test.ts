import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../../provider/errors";
import {
  cloudError,
  grpcStatus,
  refuseVersionState,
  stateInDetails,
} from "../../../provider/kms/cloudkms/cloudkmsErrors";
import { withCode } from "../../fixtures/withCode";

const NAME = "projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1";
const CALL = { method: "AsymmetricSign", name: NAME } as const;

/** As Google's library throws. */
function grpcError(code: number, status: string, details: string): Error {
  return Object.assign(new Error(`${String(code)} ${status}: ${details}`), { code });
}

/** As Google's library throws after its last try. */
function givenUp(last: Error): Error {
  const previous = `{message: ${last.message}, code: 1, details: , note: }`;
  const message =
    `Exceeded maximum number of retries retrying error ${String(last)}  before any response was received` +
    ` : Previous errors : [${previous},${previous}]`;
  return Object.assign(new Error(message), { code: 4 });
}

void describe("An error of Google's library", () => {
  const explained: readonly { code: number; status: string; says: string; as: ErrorCode; message: RegExp }[] = [
    { code: 3, status: "INVALID_ARGUMENT", says: "no", as: "KEY_UNUSABLE", message: /purpose is ASYMMETRIC_SIGN/ },
    { code: 4, status: "DEADLINE_EXCEEDED", says: "late", as: "KMS_UNREACHABLE", message: /does not answer: late\./ },
    { code: 5, status: "NOT_FOUND", says: "gone", as: "KEY_NOT_FOUND", message: /no such key: gone\./ },
    { code: 7, status: "PERMISSION_DENIED", says: "no", as: "PERMISSION_DENIED", message: /useToSign on projects/ },
    { code: 8, status: "RESOURCE_EXHAUSTED", says: "quota", as: "KMS_UNAVAILABLE", message: /is used up: quota\./ },
    { code: 9, status: "FAILED_PRECONDITION", says: "x", as: "KMS_FAILED", message: /refused AsymmetricSign .*: x\./ },
    { code: 10, status: "ABORTED", says: "busy", as: "KMS_UNAVAILABLE", message: /several tries: busy\./ },
    { code: 13, status: "INTERNAL", says: "oh", as: "KMS_UNAVAILABLE", message: /several tries: oh\./ },
    { code: 14, status: "UNAVAILABLE", says: "later", as: "KMS_UNAVAILABLE", message: /several tries: later\./ },
    { code: 16, status: "UNAUTHENTICATED", says: "who", as: "CREDENTIALS_REJECTED", message: /the credentials: who\./ },
    { code: 12, status: "UNIMPLEMENTED", says: "what", as: "KMS_FAILED", message: /: what\. Follow Google's message/ },
    {
      ...{ code: 9, status: "FAILED_PRECONDITION", says: `${NAME} is not enabled, current state is: DISABLED.` },
      ...{ as: "KMS_FAILED", message: /current state is: DISABLED\. Follow Google's message/ }, // the text is not an interface
    },
    {
      ...{
        code: 16,
        status: "UNAUTHENTICATED",
        as: "CLOCK_SKEWED",
        message: /the clock of this machine .* Set the clock/,
      },
      says: "invalid_grant: Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
    },
    {
      ...{ code: 14, status: "UNAVAILABLE", as: "CLOCK_SKEWED", message: /the clock of this machine/ },
      says: "No connection established. Last error: Error: certificate is not yet valid",
    },
    ...[
      "No connection established. Last error: Error: connect ECONNREFUSED 192.0.2.1:443",
      "Name resolution failed for target dns:cloudkms.googleapis.com:443: getaddrinfo ENOTFOUND",
      "getaddrinfo EAI_AGAIN cloudkms.googleapis.com",
      "read ECONNRESET",
      "Connection dropped",
      "Failed to connect through proxy",
    ].map((says) => ({
      ...{ code: 14, status: "UNAVAILABLE", says, as: "KMS_UNREACHABLE" as const, message: /does not answer: / },
    })),
  ];
  for (const { code, status, says, as, message } of explained) {
    void it(`is ${as} after ${status}: ${says}`, () => {
      const cause = grpcError(code, status, says);
      const error = cloudError(cause, CALL);
      withCode(as, message)(error);
      assert.ok(!error.message.includes(`${String(code)} ${status}`), error.message);
      assert.equal(error.cause, cause);
      assert.equal(grpcStatus(cause), code);
    });

    void it(`is also ${as} when its last try ended with ${status}: ${says}`, () => {
      const error = cloudError(givenUp(grpcError(code, status, says)), CALL);
      withCode(as, message)(error);
      assert.doesNotMatch(error.message, /retr(?:y|ies)|Previous/);
    });
  }

  const credentials = [
    "Could not load the default credentials. Browse to https://cloud.google.com/docs/ for more information.",
    "Could not refresh access token: invalid_grant",
    "ENOENT: no such file or directory, open '/x/service-account.json'",
  ];
  for (const says of credentials) {
    void it(`is CREDENTIALS_MISSING after ${says}`, () => {
      withCode("CREDENTIALS_MISSING", /gcloud auth application-default login/)(cloudError(new Error(says), CALL));
    });
  }

  void it("is passed on unchanged otherwise", () => {
    for (const cause of [new Error("surprise"), "surprise", Object.assign(new Error("surprise"), { code: "E" })]) {
      withCode("KMS_FAILED", /refused AsymmetricSign on projects\S+: surprise\. Follow/)(cloudError(cause, CALL));
      assert.equal(grpcStatus(cause), undefined);
    }
  });

  void it("is reported on one line with one period", () => {
    const { message } = cloudError(grpcError(7, "PERMISSION_DENIED", "one.\n\n  two. "), CALL);
    assert.match(message, /: one\. two\. Grant/);
  });
});

void describe("The state of a key version in Cloud KMS, as an error", () => {
  const refused: readonly { state: string; code: ErrorCode; message: RegExp }[] = [
    { state: "DISABLED", code: "KEY_DISABLED", message: /is disabled\. Enable it: gcloud kms keys versions enable p/ },
    { state: "DESTROY_SCHEDULED", code: "KEY_PENDING_DELETION", message: /versions restore projects/ },
    {
      state: "DESTROYED",
      code: "KEY_NOT_FOUND",
      message: /is destroyed\. .*--replace with the URN of its CryptoKeyVersion\.$/,
    },
    { state: "PENDING_GENERATION", code: "KMS_UNAVAILABLE", message: /is not generated yet/ },
    { state: "GENERATION_FAILED", code: "KEY_UNUSABLE", message: /has the state GENERATION_FAILED/ },
  ];
  for (const { state, code, message } of refused) {
    void it(`is ${code} when it is ${state}`, () => {
      assert.throws(
        () => {
          refuseVersionState(state, NAME);
        },
        withCode(code, message),
      );
    });
  }

  void it("is absent when it is ENABLED", () => {
    refuseVersionState("ENABLED", NAME);
  });

  const details = (...violations: object[]): Error =>
    Object.assign(grpcError(9, "FAILED_PRECONDITION", "Operation failed."), {
      statusDetails: [{ reason: "KEY_DISABLED" }, { violations }],
    });

  void it("is read from the details of the error, not from its text", () => {
    assert.equal(stateInDetails(details({ type: "OTHER" }, { type: "KEY_DESTROYED", subject: NAME })), "DESTROYED");
    assert.equal(stateInDetails(details({ type: "KEY_IS_WELL" }, {})), undefined);
    assert.equal(stateInDetails(grpcError(9, "FAILED_PRECONDITION", "current state is: DISABLED.")), undefined);
    assert.equal(stateInDetails("surprise"), undefined);
  });

  void it("explains why a call was refused, whatever the wording", () => {
    const states = { KEY_DISABLED: "KEY_DISABLED", KEY_DESTROY_SCHEDULED: "KEY_PENDING_DELETION" } as const;
    for (const [type, code] of Object.entries(states)) {
      withCode(code, /the key version projects/)(cloudError(details({ type }), CALL));
    }
    withCode("KEY_NOT_FOUND")(cloudError(grpcError(9, "FAILED_PRECONDITION", "no"), CALL, "DESTROYED"));
    withCode("PERMISSION_DENIED")(cloudError(grpcError(7, "PERMISSION_DENIED", "no"), CALL, "DESTROYED"));
  });
});
