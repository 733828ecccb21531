import { AUTHORITY_PARTS, type AuthorityPart, generationLabel } from "./authorityPart";
import { compromisedOf } from "./partGenerations";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";

/** What software cannot undo, by part. */
const WHAT_STAYS: Readonly<Record<AuthorityPart, string>> = {
  root:
    "Software cannot undo this: whoever has its key can issue certificates that every client trusts which still has this " +
    "root. Remove it from every client, and give each client the new root",
  intermediate:
    "Whoever has its key can issue certificates until its own certificate ends. Only clients that read the revocation " +
    "list of its root refuse them",
  "ssh-user": "Every server that has not fetched the new lines of trust accepts the users that its key certifies",
  "ssh-host": "Every client that has not fetched the new lines of trust accepts the hosts that its key certifies",
};

/** A warning for each compromised generation in the program. */
export function compromiseWarnings(rotation: Rotation, at: Instant): string[] {
  return AUTHORITY_PARTS.flatMap((part) =>
    compromisedOf(rotation, part, at).map(
      ({ number }) => `${generationLabel(part, number)} is compromised and out of service. ${WHAT_STAYS[part]}.`,
    ),
  );
}
