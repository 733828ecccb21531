import { formatInstant } from "../words/instant";
import { generationLabel } from "../rotation/authorityPart";
import { generationsOfPeriod } from "../rotation/partGenerations";
import type { Rotation } from "../rotation/rotation";
import type { Instant } from "../rotation/schedule";
import type { RequestStatus } from "./requestStatus";
import { table } from "./table";

/** The dates of the request for an intermediate that an issuer elsewhere signs, in a plan. */
export interface PlannedRequestDates extends Partial<Pick<RequestStatus, "signedAt" | "waitsFor" | "since">> {
  /** The intermediate: `intermediate-g1`. */
  readonly label: string;
  readonly generation: number;
  /** RFC 3339: from when on `up` makes the request. null: from the beginning. */
  readonly from: string | null;
  /**
   * RFC 3339: by when the issuer must answer: when the intermediate takes its turn, or for a renewal, when the certificate in use ends.
   * null: nothing serves before it answers.
   */
  readonly until: string | null;
}

/**
 * The requests of the intermediates that are still to serve in a period.
 *
 * @param recorded the requests that there are
 */
export function plannedRequestDates(
  rotation: Rotation,
  recorded: readonly RequestStatus[],
  from: Instant,
  to: Instant,
): PlannedRequestDates[] {
  return generationsOfPeriod(rotation, "intermediate", from, to)
    .filter(({ retiringFrom }) => from < retiringFrom)
    .map(({ number, publishedFrom, activeFrom }) => {
      const label = generationLabel("intermediate", number);
      const { signedAt, waitsFor, since, until } = recorded.find(({ name }) => name === label) ?? {};
      return {
        ...{ label, generation: number, from: shown(publishedFrom) },
        until: waitsFor === "renewal" && until !== undefined ? shown(Date.parse(until)) : shown(activeFrom),
        ...(signedAt === undefined ? {} : { signedAt }),
        ...(waitsFor === undefined || since === undefined ? {} : { waitsFor, since }),
      };
    });
}

/** The intermediates without an answer, by label. */
export function unanswered(recorded: readonly RequestStatus[]): string[] {
  return recorded.filter(({ waitsFor }) => waitsFor === "answer").map(({ name }) => name);
}

/** The same for people. */
export function plannedRequestsText(requests: readonly PlannedRequestDates[], at: string): string[] {
  return requests.length === 0
    ? []
    : [
        "",
        ...table([
          ["REQUEST", "FROM", "ANSWER BY", "WAITS FOR"],
          ...requests.map(({ label, from, until, waitsFor, since = "" }) => [
            ...[label, from ?? "-", until ?? "-"],
            waitsFor === undefined ? "" : `${waitsFor}, since ${since.slice(0, "YYYY-MM-DD".length)}`,
          ]),
        ]),
        ...requests
          .filter(({ waitsFor, until }) => waitsFor === "answer" && until !== null && until <= at)
          .map(
            ({ label }) =>
              `The answer for ${label} is late. The intermediate before it goes on until the answer is there, and the ` +
              "rest of the plan counts on it.",
          ),
      ];
}

function shown(instant: Instant): string | null {
  return instant === -Infinity ? null : formatInstant(instant);
}
