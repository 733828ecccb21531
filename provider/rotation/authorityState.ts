import type { AuthorityPart } from "./authorityPart";
import { type CaConfigState, caConfigAt } from "./caConfigState";
import { type AuthorityCertificate, canSignNext, certificatesAt, withdrawnCertificatesAt } from "./certificates";
import type { ExistingGeneration, Generation } from "./generation";
import { compromiseWarnings } from "./compromiseWarnings";
import { compromisedOf, generationsOf } from "./partGenerations";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";

/** The state of an authority at an instant. It depends only on the rotation and the time. */
export interface AuthorityState {
  readonly at: Instant;
  /** The generations that are trusted, by part and number: each has a key. */
  readonly generations: Readonly<Record<AuthorityPart, readonly ExistingGeneration[]>>;
  /** The compromised generations that are still in the program, by part and number. */
  readonly compromised: Readonly<Record<AuthorityPart, readonly Generation[]>>;
  readonly certificates: readonly AuthorityCertificate[];
  /** The certificates that are out of service for good, and can be revoked. */
  readonly withdrawn: readonly AuthorityCertificate[];
  readonly caConfig: CaConfigState;
  /** Warnings for the user, each a sentence. */
  readonly warnings: readonly string[];
}

/**
 * The state of an authority at an instant.
 *
 * @param rotation must pass {@link checkRotation}
 */
export function authorityState(rotation: Rotation, at: Instant): AuthorityState {
  const byPart = <Value>(of: (part: AuthorityPart) => Value): Readonly<Record<AuthorityPart, Value>> => ({
    root: of("root"),
    intermediate: of("intermediate"),
    "ssh-user": of("ssh-user"),
    "ssh-host": of("ssh-host"),
  });
  return {
    at,
    generations: byPart((part) => generationsOf(rotation, part, at)),
    compromised: byPart((part) => compromisedOf(rotation, part, at)),
    certificates: certificatesAt(rotation, at),
    withdrawn: withdrawnCertificatesAt(rotation, at),
    caConfig: caConfigAt(rotation, at),
    warnings: [...warnings(rotation, at), ...compromiseWarnings(rotation, at)],
  };
}

function warnings(rotation: Rotation, at: Instant): string[] {
  const exists = generationsOf(rotation, "root", at).some(({ number }) => number === 0);
  return rotation.schedules.root === undefined || !exists || canSignNext(rotation, 0)
    ? []
    : [
        `The root has path length ${String(rotation.existingRoot?.pathLength)}, so it cannot sign the next root. A client ` +
          "that knows only this root verifies nothing once the next one is active, so every client must fetch the roots " +
          "while the next one is published.",
      ];
}
