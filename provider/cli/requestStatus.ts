import { withoutSecrets } from "../kms/keyUri";
import type { KeyState } from "../rotation/generation";
import type { RequestOutputs } from "./requestOutputs";
import { table } from "./table";

/** A request for the certificate of an intermediate, as `kms-pki status --json` shows it. */
export interface RequestStatus {
  readonly name: string;
  readonly state: KeyState;
  /** Without the part after a question mark, which may be a PIN. */
  readonly keyUri: string;
  /** ISO 8601: when the request was signed. */
  readonly signedAt: string;
  /** What the issuer elsewhere is waited for: its first answer, or a new one before the certificate ends. Absent: nothing. */
  readonly waitsFor?: "answer" | "renewal";
  /** ISO 8601: since when it is waited for. */
  readonly since?: string;
}

/**
 * The status of requests.
 *
 * @param renewalTime when the certificate in use is due
 */
export function requestStatus(
  requests: readonly RequestOutputs[],
  renewalTime: Date | undefined,
  now: Date,
): RequestStatus[] {
  return requests.map(({ name, state, key, signedAt, isAwaited }) => {
    const isDue = state === "active" && renewalTime !== undefined && renewalTime <= now;
    return {
      ...{ name, state, keyUri: withoutSecrets(key), signedAt: signedAt.toISOString() },
      ...(isAwaited ? { waitsFor: "answer" as const, since: signedAt.toISOString() } : {}),
      ...(!isAwaited && isDue ? { waitsFor: "renewal" as const, since: renewalTime.toISOString() } : {}),
    };
  });
}

/** Whether somebody must have a request answered. */
export function isWaiting(requests: readonly RequestStatus[] = []): boolean {
  return requests.some(({ waitsFor }) => waitsFor !== undefined);
}

/** The requests as text, with what to do. */
export function requestText(requests: readonly RequestStatus[]): string[] {
  return [
    "",
    ...table([
      ["REQUEST", "STATE", "SIGNED", "WAITS FOR", "KEY"],
      ...requests.map(({ name, state, signedAt, waitsFor, since, keyUri }) => [
        ...[name, state, day(signedAt)],
        ...[waitsFor === undefined ? "" : `${waitsFor}, since ${day(since ?? signedAt)}`, keyUri],
      ]),
    ]),
    ...requests.flatMap((request) => (request.waitsFor === undefined ? [] : [whatToDo(request)])),
  ];
}

/** What to do about a request that waits. */
export function whatToDo({ name, waitsFor }: Pick<RequestStatus, "name" | "waitsFor">): string {
  return (
    `Give ${name}.csr, which kms-pki export writes, to the issuer, and ${waitsFor === "renewal" ? "take its new certificate" : "take its answer"} ` +
    "with kms-pki accept."
  );
}

function day(instant: string): string {
  return instant.slice(0, "YYYY-MM-DD".length);
}
