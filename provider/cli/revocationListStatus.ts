import type { KeyState } from "../rotation/generation";
import type { RevocationEntry } from "../x509/revocationList";
import type { RevocationReason } from "../x509/revocationReasons";
import type { RevocationListOutputs } from "./revocationListOutputs";
import { table } from "./table";

/** The statuses that a revocation list can have. */
export const LIST_STATUSES = ["valid", "notYetValid", "expired", "broken"] as const;

/** One revocation list as `kms-pki status --json` shows it. */
export interface RevocationListStatus {
  /** The CA: `root`, `intermediate-g1`. */
  readonly name: string;
  /** The state of the CA; `active` without a rotation. */
  readonly state: KeyState;
  readonly url: string;
  readonly number: number;
  /** ISO 8601, like the others. */
  readonly thisUpdate: string;
  /** Until when readers use it. */
  readonly nextUpdate: string;
  /** Whole days until then; negative if that is in the past. */
  readonly daysLeft: number;
  /** When `up` issues the next list. */
  readonly renewalTime: string;
  /** Whether that instant has come. A compromised CA issues no further list. */
  readonly readyForRenewal: boolean;
  /** How many certificates are on it. */
  readonly revoked: number;
  readonly revokedCertificates: readonly RevokedCertificateStatus[];
  /** A `broken` list does not verify, whatever its dates. */
  readonly status: (typeof LIST_STATUSES)[number];
  /** Why it is broken. */
  readonly problem?: string;
}

/** A revocation as `kms-pki status --json` shows it. */
export interface RevocationStatus {
  readonly reason: RevocationReason;
  /** ISO 8601, like the other. */
  readonly revokedAt: string;
  /** Since when the key is known or suspected to be compromised. */
  readonly invalidityDate?: string;
}

/** A certificate on a list. */
interface RevokedCertificateStatus extends RevocationStatus {
  /** Lowercase hex, without leading zeros. */
  readonly serialNumber: string;
}

/** As many revoked certificates as the text shows. */
const MOST_SHOWN = 20;

const DAY_MILLISECONDS = 86_400_000;

/** The status of a list at a moment. */
export function revocationListStatus(read: RevocationListOutputs, now: Date): RevocationListStatus {
  const { name, state, url, number, renewalTime, list, problem } = read;
  const { thisUpdate, nextUpdate = thisUpdate, entries } = list;
  return {
    ...{ name, state, url, number },
    thisUpdate: thisUpdate.toISOString(),
    nextUpdate: nextUpdate.toISOString(),
    daysLeft: Math.floor((nextUpdate.getTime() - now.getTime()) / DAY_MILLISECONDS),
    renewalTime: renewalTime.toISOString(),
    readyForRenewal: state !== "compromised" && renewalTime <= now,
    revoked: entries.length,
    revokedCertificates: entries.map((entry) => ({
      serialNumber: entry.serialNumber,
      ...revocationStatus(entry),
    })),
    status: problem === undefined ? statusByDate(thisUpdate, nextUpdate, now) : "broken",
    ...(problem === undefined ? {} : { problem }),
  };
}

/** A revocation in the form of the output. */
export function revocationStatus({ reason, revokedAt, invalidityDate }: RevocationEntry): RevocationStatus {
  return {
    reason,
    revokedAt: revokedAt.toISOString(),
    ...(invalidityDate === undefined ? {} : { invalidityDate: invalidityDate.toISOString() }),
  };
}

function statusByDate(thisUpdate: Date, nextUpdate: Date, now: Date): RevocationListStatus["status"] {
  if (now >= nextUpdate) {
    return "expired";
  }
  return now < thisUpdate ? "notYetValid" : "valid";
}

/** The same for people. */
export function revocationListText(lists: readonly RevocationListStatus[]): string[] {
  return lists.length === 0
    ? []
    : [
        "",
        ...table([
          ["REVOCATION LIST", "STATUS", "ENDS", "DAYS LEFT", "RENEWAL", "REVOKED", "NUMBER", "URL"],
          ...lists.map((list) => [
            ...[list.name, list.status, day(list.nextUpdate), String(list.daysLeft)],
            list.readyForRenewal ? "due" : day(list.renewalTime),
            ...[String(list.revoked), String(list.number), list.url],
          ]),
        ]),
        ...lists.flatMap(({ name, problem }) =>
          problem === undefined ? [] : [`The revocation list of ${name} is broken: ${problem}.`],
        ),
        ...revokedText(lists),
      ];
}

/** The certificates on the lists, those that were revoked last first. */
function revokedText(lists: readonly RevocationListStatus[]): string[] {
  const revoked = lists
    .flatMap(({ name, revokedCertificates }) => revokedCertificates.map((each) => ({ name, ...each })))
    .sort((one, other) => Date.parse(other.revokedAt) - Date.parse(one.revokedAt));
  const left = revoked.length - MOST_SHOWN;
  return revoked.length === 0
    ? []
    : [
        "",
        ...table([
          ["REVOKED SERIAL NUMBER", "LIST", "REASON", "REVOKED ON"],
          ...revoked
            .slice(0, MOST_SHOWN)
            .map(({ serialNumber, name, reason, revokedAt }) => [serialNumber, name, reason, day(revokedAt)]),
        ]),
        ...(left > 0 ? [`${String(left)} more are on the lists. --json shows all of them.`] : []),
      ];
}

function day(instant: string): string {
  return instant.slice(0, "YYYY-MM-DD".length);
}
