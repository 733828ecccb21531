import { messageOf, PkiError } from "../errors";

/** What this process has said already. One key can fail for many resources, and its error is to be read once. */
const said = new Set<string>();

/**
 * What a resource failed with, as the SDK passes it to the engine: the message, which the engine prints with the resource. For
 * some calls the SDK prints the error itself as well, with its stack; there it only points to the message.
 */
export function failure(cause: unknown): Error {
  const error = new Error(messageOnce(cause));
  error.stack = "";
  Object.defineProperty(error, "toString", { value: () => "kms-pki: a resource failed, and its error says why" });
  return error;
}

/** Says each message in full again, as a new process does. */
export function forgetSaid(): void {
  said.clear();
}

function messageOnce(cause: unknown): string {
  const message = messageOf(cause);
  if (said.has(message) && cause instanceof PkiError) {
    return `${cause.code}: the same as for another resource of this run, whose error says what to do.`;
  }
  said.add(message);
  return message;
}
