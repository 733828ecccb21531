import { createRequire } from "node:module";
import { GENERATION_STATES, type GenerationState } from "../rotation/generation";
import { parseInstant } from "../words/instant";
import type * as asking from "../x509/askedCertificate";
import type { OutputReader } from "./outputReader";

/** A request of an authority whose intermediate an issuer elsewhere signs, from the stack's outputs. */
export interface RequestOutputs {
  /** The intermediate: `intermediate`, `intermediate-g1`. */
  readonly name: string;
  readonly state: GenerationState;
  /** URI of its key. It may hold a PIN after the question mark. */
  readonly key: string;
  readonly pem: string;
  readonly signedAt: Date;
  /** Whether there is no answer yet. */
  readonly isAwaited: boolean;
  /** Whether a function in the program gives the answer. */
  readonly isAnsweredByProgram: boolean;
  /** The names that step-ca serves. */
  readonly dnsNames: readonly string[];
  /** What the request asks for. */
  readonly asked: asking.AskedCertificate;
}

// Loaded only for an authority that has requests, because loading takes a while.
const load = createRequire(__filename);

/** The name that an export may give to a file. */
const NAME = /^intermediate(?:-g[1-9][0-9]*)?$/;

/**
 * Reads the output `requests`; empty if the authority has a root of its own.
 *
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export function readRequests(outputs: OutputReader): RequestOutputs[] {
  return outputs.list("requests").map((item) => {
    item.require(["name", "state", "key", "request", "signedAt"]);
    const { askedByRequest } = load("../x509/askedCertificate") as typeof asking;
    const asked = item.read("request", "a certificate request in PEM", askedByRequest);
    return {
      name: item.read("name", "the name of an intermediate", (text) => (NAME.test(text) ? text : undefined)),
      state: item.read("state", `one of ${GENERATION_STATES.join(", ")}`, (text) =>
        GENERATION_STATES.find((each) => each === text),
      ),
      ...{ key: item.text("key"), pem: item.text("request"), asked },
      signedAt: item.read("signedAt", "an RFC 3339 instant", parseInstant),
      isAwaited: item.flag("isAwaited"),
      isAnsweredByProgram: item.flag("isAnsweredByProgram"),
      dnsNames: item.texts("dnsNames"),
    };
  });
}
