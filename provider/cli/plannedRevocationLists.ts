import { checkListSchedule, type ListSchedule, listTimes } from "../authority/listSchedule";
import { formatInstant } from "../words/instant";
import { generationLabel } from "../rotation/authorityPart";
import { generationsWithin } from "../rotation/generation";
import type { Rotation } from "../rotation/rotation";
import type { Instant } from "../rotation/schedule";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { refuseProblems } from "../words/problem";
import { table } from "./table";

/** The dates of the revocation lists of a CA in a plan. */
export interface PlannedRevocationLists {
  /** The CA: `root-g1`. */
  readonly label: string;
  readonly part: "root" | "intermediate";
  readonly generation: number;
  /** How often a list is issued, a duration; earlier if a certificate is revoked. */
  readonly every: string;
  /** How long each is valid. */
  readonly validity: string;
  /** RFC 3339: the first list. null: from the beginning. */
  readonly from: string | null;
  /** RFC 3339: from here on, there is no further list. null: there is always one. */
  readonly to: string | null;
}

/** The settings of revocation lists, as far as a plan needs them. */
export interface PlannedLists {
  /** `crl` of the authority, unchecked. */
  readonly crl: unknown;
  /** Whether generation 0 of the root is an existing one, which has its list elsewhere. */
  readonly hasExistingRoot: boolean;
}

/** The dates of the revocation lists in a period. */
export function plannedRevocationLists(
  { schedules }: Rotation,
  { crl, hasExistingRoot }: PlannedLists,
  from: Instant,
  to: Instant,
): PlannedRevocationLists[] {
  if (!isJsonObject(crl)) {
    return [];
  }
  const scheduleOf = (part: "root" | "intermediate"): JsonObject =>
    part === "root" && isJsonObject(crl["root"]) ? crl["root"] : crl;
  return (["root", "intermediate"] as const).flatMap((part) => {
    const { every, renewBefore } = scheduleOf(part);
    refuseProblems("crl", checkListSchedule({ every, renewBefore }, "crl", new Date(from)));
    const times = listTimes({ every, renewBefore } as ListSchedule);
    return generationsWithin(schedules[part], from, to)
      .filter(({ number }) => !(part === "root" && number === 0 && hasExistingRoot))
      .map(({ number, publishedFrom, goneFrom }) => ({
        ...{
          label: generationLabel(part, number),
          part,
          generation: number,
          every: times.every,
          validity: times.validity,
        },
        from: publishedFrom === -Infinity ? null : formatInstant(publishedFrom),
        to: goneFrom === Infinity ? null : formatInstant(goneFrom),
      }));
  });
}

/** The same for people. */
export function plannedRevocationListsText(lists: readonly PlannedRevocationLists[]): string[] {
  return lists.length === 0
    ? []
    : [
        "",
        ...table([
          ["REVOCATION LISTS OF", "EVERY", "VALID FOR", "FROM", "UNTIL"],
          ...lists.map(({ label, every, validity, from, to }) => [label, every, validity, from ?? "-", to ?? "-"]),
        ]),
      ];
}
