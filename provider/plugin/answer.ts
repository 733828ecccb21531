import { messageOf, PkiError } from "../errors";
import { failure } from "../lifecycle/failure";
import { type handleUnaryCall, type ServiceError, status } from "./protocol";

/**
 * A method of a plugin. The engine prints the message of its error, and the plugin lives on.
 *
 * @param describe the message for what the method threw
 */
export function answering<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
  describe: (cause: unknown) => string = coded,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => {
          callback(null, response);
        },
        (cause: unknown) => {
          callback(refusal(status.UNKNOWN, describe(cause)));
        },
      );
  };
}

/** A method that this plugin does not have. The engine does without, or tells so. */
export function missing(name: string): handleUnaryCall<unknown, unknown> {
  return (_call, callback) => {
    callback(refusal(status.UNIMPLEMENTED, `INPUT_INVALID: this plugin has no ${name}.`));
  };
}

/** An error travels in a header, and a longer one would end the connection. */
const LONGEST_HEADER = 16_384;

/** How many characters of a longer message stay, at its beginning and at its end, where the remedy is. */
const [BEGINNING, END] = [1200, 400];

function refusal(code: status, details: string): Partial<ServiceError> {
  const text = details.toWellFormed();
  const isLong = encodeURIComponent(text).length > LONGEST_HEADER;
  return { code, details: isLong ? `${text.slice(0, BEGINNING)} ... ${text.slice(-END)}`.toWellFormed() : text };
}

function coded(cause: unknown): string {
  return failure(foreseen(cause)).message;
}

/** The message of an error, however often it was said before. Each component has arguments of its own, which it tells of. */
export function inFull(cause: unknown): string {
  return foreseen(cause).message;
}

/** Anything else than an error of this package was not foreseen. */
function foreseen(cause: unknown): PkiError {
  return cause instanceof PkiError ? cause : unforeseen(cause);
}

function unforeseen(cause: unknown): PkiError {
  return new PkiError(
    "INTERNAL",
    `the plugin failed in a way that it does not know: ${withoutQuotations(messageOf(cause))}`,
    "Look at what the message names. If the state was edited, restore one that you exported earlier (pulumi stack import)",
    { cause },
  );
}

/** A parser quotes the text that it cannot read, which may be a secret. */
function withoutQuotations(message: string): string {
  const [first = ""] = message.replace(/"[^]*"|`[^]*`/, "...").split("\n");
  return first.replace(/\.$/, "");
}
