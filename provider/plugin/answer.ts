import { PkiError } from "../errors";
import { failure } from "../lifecycle/failure";
import { type handleUnaryCall, type ServiceError, status } from "./protocol";

/** A method of the plugin. The engine prints the message of its error, and the plugin lives on. */
export function answering<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (response) => {
          callback(null, response);
        },
        (cause: unknown) => {
          callback(refusal(status.UNKNOWN, failure(coded(cause)).message));
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

function refusal(code: status, details: string): Partial<ServiceError> {
  return { code, details };
}

/** Anything else than an error of this package comes of a state that no version of it wrote. */
function coded(cause: unknown): unknown {
  return cause instanceof PkiError
    ? cause
    : new PkiError(
        "STATE_INVALID",
        "the state of this resource, or what the engine sent, cannot be read",
        "Restore a state that you exported earlier (pulumi stack import), and run again",
        { cause },
      );
}
