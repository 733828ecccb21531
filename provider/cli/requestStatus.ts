import { kmsRegistry } from "../kms/registry/registry";
import { readGenerationLabel } from "../rotation/authorityPart";
import type { KeyState } from "../rotation/generation";
import { generationOf } from "../rotation/partGenerations";
import type { Rotation } from "../rotation/rotation";
import { notAfter } from "./certificateChain";
import type { AuthorityOutputs, WaitingAuthority } from "./outputs";
import { table } from "./table";

/** A request for the certificate of an intermediate, as `kms-pki status --json` shows it. */
export interface RequestStatus {
  readonly name: string;
  readonly state: KeyState;
  /** Without the part after a question mark, which may be a PIN. */
  readonly keyUri: string;
  /** ISO 8601: when the request was signed. */
  readonly signedAt: string;
  /** Whether a function in the program gives the answer. */
  readonly isAnsweredByProgram: boolean;
  /** What the issuer elsewhere is waited for: its first answer, or a new one before the certificate ends. Absent: nothing. */
  readonly waitsFor?: "answer" | "renewal";
  /** ISO 8601: since when it is waited for. */
  readonly since?: string;
  /**
   * ISO 8601: by when it must come: when the intermediate takes its turn, or when the certificate in use ends. Absent if nothing
   * serves before it comes.
   */
  readonly until?: string;
}

/** The status of the requests of an authority; empty if it has a root of its own. */
export function requestStatus(outputs: AuthorityOutputs | WaitingAuthority, now: Date): RequestStatus[] {
  const inUse = "waitsFor" in outputs ? undefined : outputs.intermediate;
  const { requests, rotation } = "waitsFor" in outputs ? { requests: outputs.waitsFor, rotation: undefined } : outputs;
  return requests.map(({ name, state, key, signedAt, isAwaited, isAnsweredByProgram }): RequestStatus => {
    const own = { name, state, keyUri: kmsRegistry.shownUri(key), isAnsweredByProgram };
    const status = { ...own, signedAt: signedAt.toISOString() };
    if (isAwaited) {
      const turn = rotation === undefined ? undefined : turnOf(rotation.rotation, name);
      return { ...status, waitsFor: "answer", since: status.signedAt, ...(turn === undefined ? {} : { until: turn }) };
    }
    const renewalTime = state === "active" ? inUse?.renewalTime : undefined;
    return inUse === undefined || renewalTime === undefined || renewalTime > now
      ? status
      : {
          ...{ ...status, waitsFor: "renewal", since: renewalTime.toISOString() },
          until: notAfter(inUse.certificate).toISOString(),
        };
  });
}

/** When an intermediate takes its turn; undefined for the first. */
function turnOf(rotation: Rotation, label: string): string | undefined {
  const { activeFrom } = generationOf(rotation, "intermediate", readGenerationLabel(label)?.number ?? 0);
  return activeFrom === -Infinity ? undefined : new Date(activeFrom).toISOString();
}

/** The requests as text, with what to do. */
export function requestText(requests: readonly RequestStatus[]): string[] {
  return [
    "",
    ...table([
      ["REQUEST", "STATE", "SIGNED", "WAITS FOR", "UNTIL", "KEY"],
      ...requests.map(({ name, state, signedAt, waitsFor, since, until, keyUri }) => [
        ...[name, state, day(signedAt), waitsFor === undefined ? "" : `${waitsFor}, since ${day(since ?? signedAt)}`],
        ...[until === undefined ? "" : day(until), keyUri],
      ]),
    ]),
    ...requests.flatMap((request) => (request.waitsFor === undefined ? [] : [whatToDo(request)])),
  ];
}

/** What to do about a request that waits. */
export function whatToDo({ name, waitsFor, isAnsweredByProgram }: RequestStatus): string {
  if (isAnsweredByProgram) {
    return `The program gives the answer for ${name}: have its function return a new certificate, and run pulumi up.`;
  }
  return (
    `Give ${name}.csr, which kms-pki export writes, to the issuer, and ${waitsFor === "renewal" ? "take its new certificate" : "take its answer"} ` +
    "with kms-pki accept."
  );
}

function day(instant: string): string {
  return instant.slice(0, "YYYY-MM-DD".length);
}
