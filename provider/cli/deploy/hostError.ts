import { type ErrorCode, PkiError } from "../../errors";
import type { HostSettings } from "./deploySettings";
import { HostFailure } from "./hostShell";

/** The error for a host, with what a failed command there said. */
export function hostError(
  { name, directory }: HostSettings,
  code: ErrorCode,
  reason: string,
  remedy: string,
  cause?: unknown,
): PkiError {
  const room = /No space left|quota exceeded/i.test(saidBy(cause)) ? `Make room in ${directory} there. ` : "";
  return new PkiError(code, `${name}: ${reason}${saidBy(cause)}`, `${room}${remedy}`, { cause });
}

/** What a failed command said, or how it ended without a word, to append to a message. */
export function saidBy(cause: unknown): string {
  if (!(cause instanceof HostFailure)) {
    return "";
  }
  const { said, exitCode } = cause;
  const end = exitCode === null ? "a signal ended it" : `exit code ${String(exitCode)}`;
  return said === "" ? ` (${end}, and it said nothing)` : `: ${said}`;
}

/**
 * Asks a host that has answered before.
 *
 * @throws PkiError `HOST_UNREACHABLE`
 */
export async function asked<Answer>(host: HostSettings, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof HostFailure)) {
      throw cause;
    }
    const remedy = "Run this again when it answers. Nothing was changed on any host";
    throw hostError(host, "HOST_UNREACHABLE", "it no longer answers", remedy, cause);
  }
}
