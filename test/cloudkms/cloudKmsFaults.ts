import { status } from "@grpc/grpc-js";
import { setTimeout as sleep } from "node:timers/promises";
import { CloudKmsError, type ErrorDetails } from "./cloudKmsError";
import { checksum } from "./cryptoKeyVersion";
import type { Int64Value, RequestMessage, ResponseMessage } from "./messages";

/** A call of a method, as it arrived. */
export interface CloudKmsRequest {
  /** The name of the method, such as `GetPublicKey`. */
  readonly method: string;
  readonly message: RequestMessage;
  /** The gRPC metadata or HTTP headers, with lowercase names: `authorization`, `x-goog-user-project`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Replaces the normal processing of a call. It answers itself, or calls the service with `forward` and changes the
 * answer, or rejects with a `CloudKmsError` or with `CUT`.
 */
export type Fault = (forward: () => Promise<ResponseMessage>, request: CloudKmsRequest) => Promise<ResponseMessage>;

/** The service refuses with an error of its own. */
export function anyError(code: status, message: string, details?: ErrorDetails): Fault {
  return () => Promise.reject(new CloudKmsError(code, message, details));
}

/** The service is briefly unavailable, which clients retry. */
export function unavailable(): Fault {
  return anyError(status.UNAVAILABLE, "The service is currently unavailable.");
}

/** The quota of the project is used up. */
export function resourceExhausted(): Fault {
  return anyError(
    status.RESOURCE_EXHAUSTED,
    "Quota exceeded for quota metric 'Cryptographic requests' and limit 'Cryptographic requests per minute' of service " +
      "'cloudkms.googleapis.com' for consumer 'project_number:123456789012'.",
    { errorInfo: { reason: "RATE_LIMIT_EXCEEDED", domain: "googleapis.com" } },
  );
}

/** @param permission such as `cloudkms.cryptoKeyVersions.useToSign` */
export function permissionDenied(permission: string): Fault {
  return (_, { message }) => {
    const resource = message.name ?? message.parent ?? message.resource ?? "";
    return Promise.reject(
      new CloudKmsError(
        status.PERMISSION_DENIED,
        `Permission '${permission}' denied on resource '${resource}' (or it may not exist).`,
        {
          errorInfo: {
            reason: "IAM_PERMISSION_DENIED",
            domain: "cloudkms.googleapis.com",
            metadata: { permission, resource },
          },
        },
      ),
    );
  };
}

/** The project has not enabled the API. */
export function apiDisabled(project: string): Fault {
  return anyError(
    status.PERMISSION_DENIED,
    `Cloud Key Management Service (KMS) API has not been used in project ${project} before or it is disabled. Enable it ` +
      `by visiting https://console.developers.google.com/apis/api/cloudkms.googleapis.com/overview?project=${project} ` +
      "then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and " +
      "retry.",
    {
      errorInfo: {
        reason: "SERVICE_DISABLED",
        domain: "googleapis.com",
        metadata: { service: "cloudkms.googleapis.com", consumer: `projects/${project}` },
      },
    },
  );
}

/** The credentials are invalid or have expired. */
export function unauthenticated(): Fault {
  return anyError(
    status.UNAUTHENTICATED,
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid " +
      "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
    { errorInfo: { reason: "ACCESS_TOKEN_EXPIRED", domain: "googleapis.com" } },
  );
}

/** The checksum of the public key or the signature does not match, as if the answer was damaged in transit. */
export function wrongCrc(): Fault {
  return changed((answer) => {
    const field = ["pemCrc32c", "signatureCrc32c"].find((name) => name in answer);
    if (field === undefined) {
      throw new Error("no checksum to change");
    }
    const { value = 0 } = answer[field] as Int64Value;
    return { ...answer, [field]: { value: (value ^ 1) >>> 0 } };
  });
}

/** The checksum is absent from the answer. */
export function withoutCrc(): Fault {
  return changed(({ pemCrc32c: _, signatureCrc32c: __, ...answer }) => answer);
}

/** The answer is about another version of the key. */
export function wrongName(): Fault {
  return changed((answer) => ({
    ...answer,
    name: String(answer["name"]).replace(/\d+$/, (n) => String(Number(n) + 1)),
  }));
}

/** The signature has a wrong bit at its end, so that it is still valid DER, and a matching checksum. */
export function flipSignatureBit(): Fault {
  return changed((answer) => {
    const signature = Buffer.from(answer["signature"] as Uint8Array);
    signature.writeUInt8(signature.readUInt8(signature.length - 1) ^ 1, signature.length - 1);
    return { ...answer, signature, signatureCrc32c: checksum(signature) };
  });
}

/** The service does not confirm that it verified the checksum of the digest or the data, as if that was lost in transit. */
export function unverifiedDigest(): Fault {
  return changed(({ verifiedDigestCrc32c: _, verifiedDataCrc32c: __, ...answer }) => answer);
}

/** The answer has wrong fields. */
export function changed(change: (answer: ResponseMessage) => ResponseMessage): Fault {
  return async (forward) => change(await forward());
}

/** The answer comes late. */
export function delay(milliseconds: number): Fault {
  return async (forward) => {
    const answer = await forward();
    await sleep(milliseconds, undefined, { ref: false });
    return answer;
  };
}

/** Several faults for one call. The first is the outermost. */
export function together(...faults: readonly Fault[]): Fault {
  return (forward, request) =>
    faults.reduceRight<() => Promise<ResponseMessage>>((inner, fault) => () => fault(inner, request), forward)();
}
