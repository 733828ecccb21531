import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../../provider/errors";
import { awsError, refuseKeyState } from "../../../provider/kms/awskms/awskmsErrors";
import { withCode } from "../../fixtures/withCode";

const CALL = { operation: "Sign", keyId: "alias/pki-root", region: "us-east-1" } as const;

const ID = "1234abcd-12ab-34cd-56ef-1234567890ab";
const ARN = `arn:aws:kms:us-east-1:111122223333:key/${ID}`;

void describe("A network error on the way to AWS KMS", () => {
  for (const code of [
    "ECONNREFUSED",
    "ECONNRESET",
    "ENOTFOUND",
    "EAI_AGAIN",
    "EPIPE",
    "ETIMEDOUT",
    "EHOSTUNREACH",
    "ENETUNREACH",
  ]) {
    void it(`is KMS_UNREACHABLE after ${code}`, () => {
      const cause = Object.assign(new Error(`connect ${code} 192.0.2.1:443`), { code });
      const error = awsError(cause, CALL);
      withCode("KMS_UNREACHABLE", new RegExp(`AWS KMS in us-east-1 does not answer: connect ${code}`))(error);
      assert.equal(error.cause, cause);
    });
  }

  void it("is KMS_UNREACHABLE after a time-out without a code", () => {
    const cause = Object.assign(new Error("Connection timed out after 5000 ms"), { name: "TimeoutError" });
    withCode("KMS_UNREACHABLE", /timed out after 5000 ms\. Check/)(awsError(cause, CALL));
  });

  const skewed: readonly { name: string; message: string; code?: string }[] = [
    {
      name: "RequestTimeTooSkewed",
      message: "The difference between the request time and the current time is too large.",
    },
    {
      name: "InvalidSignatureException",
      message: "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z",
    },
    {
      name: "InvalidSignatureException",
      message: "Signature not yet current: 20260101T001000Z is still later than now",
    },
    { name: "Error", message: "certificate is not yet valid", code: "CERT_NOT_YET_VALID" },
  ];
  for (const { name, message, code } of skewed) {
    void it(`mentions the clock after ${name}: ${message}`, () => {
      const cause = Object.assign(new Error(message), { name, ...(code === undefined ? {} : { code }) });
      withCode(
        "CLOCK_SKEWED",
        /the clock of this machine differs from that of AWS: .* Set the clock/,
      )(awsError(cause, CALL));
    });
  }

  void it("is passed on unchanged otherwise", () => {
    withCode("KMS_FAILED", /refused Sign on the key alias\/pki-root/)(awsError(new Error("surprise"), CALL));
    withCode("KMS_FAILED", /surprise/)(awsError("surprise", { ...CALL, keyId: undefined }));
  });
});

void describe("The remedy for a key", () => {
  const keys: readonly { keyId: string; shown: string }[] = [
    { keyId: ID, shown: ID },
    { keyId: ARN, shown: ARN },
    // No such command accepts an alias.
    { keyId: "alias/pki-root", shown: "<its key id>" },
    { keyId: ARN.replace(`key/${ID}`, "alias/pki-root"), shown: "<its key id>" },
  ];
  for (const { keyId, shown } of keys) {
    void it(`known as ${keyId} is a command for ${shown}`, () => {
      for (const state of ["Disabled", "PendingDeletion"]) {
        assert.throws(
          () => {
            refuseKeyState(state, { ...CALL, keyId });
          },
          (error) => String(error).endsWith(`aws kms enable-key --key-id ${shown}.`),
        );
      }
    });
  }
});

void describe("The state of a key in AWS KMS, as an error", () => {
  const refused: readonly { state: string; code: ErrorCode; message: RegExp }[] = [
    { state: "Disabled", code: "KEY_DISABLED", message: /the key alias\/pki-root in us-east-1 is disabled/ },
    { state: "PendingDeletion", code: "KEY_PENDING_DELETION", message: /cancel-key-deletion --key-id <its key id>/ },
    { state: "PendingReplicaDeletion", code: "KEY_PENDING_DELETION", message: /is scheduled for deletion/ },
  ];
  for (const { state, code, message } of refused) {
    void it(`is ${code} when it is ${state}`, () => {
      assert.throws(
        () => {
          refuseKeyState(state, CALL);
        },
        withCode(code, message),
      );
    });
  }

  for (const state of ["Enabled", "Updating", undefined]) {
    void it(`is absent when it is ${String(state)}`, () => {
      refuseKeyState(state, CALL);
    });
  }
});
