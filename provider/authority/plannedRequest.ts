import type { KeyState } from "../rotation/generation";
import { generationLabel } from "../rotation/authorityPart";
import type { AuthorityKey } from "./plannedKey";

/** The request for the certificate of an intermediate that an issuer elsewhere signs. */
export interface PlannedRequest {
  /** The intermediate: `intermediate`, `intermediate-g1`. */
  readonly name: string;
  /** The resource's name. */
  readonly resource: string;
  readonly key: AuthorityKey;
  readonly state: KeyState;
  /** Whether it waits for its first answer. */
  readonly isAwaited: boolean;
}

/**
 * The requests of an authority: one for each intermediate whose key can be certified. The engine protects none, because a compromise
 * drops it at once, and nothing is lost with a request.
 *
 * @param isAsked whether a generation needs a request yet: an adopted one does only when it is due
 */
export function plannedRequests(
  authority: string,
  keys: readonly AuthorityKey[],
  awaited: readonly string[],
  isAsked: (generation: number) => boolean,
): PlannedRequest[] {
  return keys
    .filter(({ part, state, number }) => part === "intermediate" && state !== "compromised" && isAsked(number))
    .map((key) => {
      const name = generationLabel("intermediate", key.number);
      return {
        ...{ name, key, state: key.state, isAwaited: awaited.includes(name) },
        ...{ resource: `${authority}-${name}-request` },
      };
    });
}
