import { all, output, type Output } from "../../pulumi";
import { PkiError } from "../../errors";
import type { KeyState } from "../../rotation/generation";
import type { AuthorityPlan } from "../plan";
import type { AuthoritySettings } from "./authoritySettings";
import type { DeclaredAuthority } from "./declaredAuthority";

/** A request for the certificate of an intermediate that an issuer elsewhere signs. */
export interface AuthorityRequest {
  /** The intermediate: `intermediate`, `intermediate-g1`. Also the name of its answer. */
  readonly name: string;
  /** The state of its key. */
  readonly state: KeyState;
  /** URI of its key. */
  readonly key: string;
  /** The request, as PEM. */
  readonly request: string;
  /** RFC 3339: when it was signed. */
  readonly signedAt: string;
  /** Whether there is no answer yet. */
  readonly isAwaited: boolean;
  /** Whether a function in the program gives the answer. */
  readonly isAnsweredByProgram: boolean;
  /** The names that step-ca serves, which an answer must permit. */
  readonly dnsNames: readonly string[];
}

/** The requests of an authority as outputs. */
export function requestOutputs(
  { requests }: AuthorityPlan,
  declared: DeclaredAuthority,
  { dnsNames, givenAnswers }: Pick<AuthoritySettings, "dnsNames" | "givenAnswers">,
): Output<AuthorityRequest[]> {
  const isAnsweredByProgram = typeof givenAnswers === "function";
  return all(
    requests.map((planned) => {
      const { csrPem, signedAt } = declared.external.request(planned.name);
      const { name, state, isAwaited } = planned;
      return all([declared.key(planned.key).uri, csrPem, signedAt, output(dnsNames)]).apply(
        ([key, request, at, names]) => ({
          ...{ name, state, key, request, signedAt: at, isAwaited, isAnsweredByProgram },
          dnsNames: names,
        }),
      );
    }),
  );
}

/**
 * A certificate of an authority.
 *
 * @throws PkiError `ANSWER_MISSING` if there is none
 */
export function requireAnswered<Value>(value: Value | undefined, reason: string): Value {
  if (value === undefined) {
    throw new PkiError(
      "ANSWER_MISSING",
      reason,
      "Give the issuer's answer in intermediate.answers first, or have it sign what you need",
    );
  }
  return value;
}
