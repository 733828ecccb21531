import type { AuthorityPart } from "./authorityPart";
import { type CaConfigState, caConfigAt } from "./caConfigState";
import { type AuthorityCertificate, canSignNext, certificatesAt } from "./certificates";
import { type ExistingGeneration, generationsAt } from "./generation";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";

/** The state of an authority at an instant. It depends only on the rotation and the time. */
export interface AuthorityState {
  readonly at: Instant;
  /** The generations that exist, by part and number: each has a key. */
  readonly generations: Readonly<Record<AuthorityPart, readonly ExistingGeneration[]>>;
  readonly certificates: readonly AuthorityCertificate[];
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
  const { schedules } = rotation;
  return {
    at,
    generations: {
      root: generationsAt(schedules.root, at),
      intermediate: generationsAt(schedules.intermediate, at),
      "ssh-user": generationsAt(schedules["ssh-user"], at),
      "ssh-host": generationsAt(schedules["ssh-host"], at),
    },
    certificates: certificatesAt(rotation, at),
    caConfig: caConfigAt(rotation, at),
    warnings: warnings(rotation, at),
  };
}

function warnings(rotation: Rotation, at: Instant): string[] {
  const exists = generationsAt(rotation.schedules.root, at).some(({ number }) => number === 0);
  return rotation.schedules.root === undefined || !exists || canSignNext(rotation, 0)
    ? []
    : [
        `The root has path length ${String(rotation.existingRoot?.pathLength)}, so it cannot sign the next root. A client ` +
          "that knows only this root verifies nothing once the next one is active, so every client must fetch the roots " +
          "while the next one is published.",
      ];
}
