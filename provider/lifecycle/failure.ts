import { messageOf, PkiError } from "../errors";

/**
 * The messages that this process has printed. One key can fail for many resources, and its full error should appear only once.
 */
const said = new Set<string>();

/**
 * The error of a failed resource, for the SDK to pass to the engine. The engine prints its message with the resource.
 * For some calls the SDK also prints the error with its stack, so the stack only points to the message.
 */
export function failure(cause: unknown): Error {
  const error = new Error(messageOnce(cause));
  error.stack = "";
  Object.defineProperty(error, "toString", { value: () => "kms-pki: a resource failed; see its error" });
  return error;
}

/** Forgets the printed messages, so each appears in full again, as in a new process. */
export function forgetSaid(): void {
  said.clear();
}

function messageOnce(cause: unknown): string {
  const message = messageOf(cause);
  if (said.has(message) && cause instanceof PkiError) {
    return `${cause.code}: this resource failed with the same error as another one in this run. See that error for what to do.`;
  }
  said.add(message);
  return message;
}
