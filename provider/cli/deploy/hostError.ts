import { type ErrorCode, PkiError } from "../../errors";
import type { HostSettings } from "./deploySettings";
import { HostFailure } from "./hostShell";

/** The error for a host, with what a failed command there said. */
export function hostError(
  { name }: HostSettings,
  code: ErrorCode,
  reason: string,
  remedy: string,
  cause?: unknown,
): PkiError {
  return new PkiError(code, `${name}: ${reason}${saidBy(cause)}`, remedy, { cause });
}

/** What a failed command said, to append to a message. */
export function saidBy(cause: unknown): string {
  return cause instanceof HostFailure && cause.said !== "" ? `: ${cause.said}` : "";
}
