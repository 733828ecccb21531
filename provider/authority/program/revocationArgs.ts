import type { Input } from "../../pulumi";
import { checkObject } from "../../inputs/form";
import { checkListSchedule } from "../listSchedule";
import { checkUrl } from "../../inputs/urls";
import type { RevokedCertificateArgs } from "../../resources/certificateRevocationListArgs";
import { checkRevokedCertificates } from "../../inputs/revokedCertificate";
import { readGenerationLabel } from "../../rotation/authorityPart";
import { plainValues } from "../../resources/knownInputs";
import { argumentNames, checkArgumentNames } from "../../words/argumentNames";
import { invalid, type Problem } from "../../words/problem";

/** When the revocation lists of an authority are issued. */
export interface ListScheduleArgs {
  /** How often a list is issued, if nothing is revoked: a duration such as `7d`. Default `20d`. */
  every?: Input<string | undefined>;
  /**
   * How long before its end a list is followed by the next one: a duration. So a list is valid for `every` and this together, and
   * `up` may be this late. Default half of `every`.
   */
  renewBefore?: Input<string | undefined>;
}

/** The revocation lists of an authority: one for each CA whose key it makes. */
export interface AuthorityListArgs extends ListScheduleArgs {
  /**
   * The URL of the folder from which readers fetch the lists, such as `http://pki.example.com/crl`. The list of the root is
   * `root.crl` below it, that of the intermediate `intermediate.crl`, and of a later generation `root-g1.crl`. Certificates
   * name these URLs, so a change reissues them.
   */
  url: Input<string>;
  /** Another schedule for the lists of the roots, whose keys may be offline. */
  root?: Input<ListScheduleArgs | undefined>;
  /**
   * The URL of the list that step-ca itself issues for the leaves that it revokes: `http://ca.example.com/crl`. It has
   * nothing to do with the lists above. Default: step-ca issues none.
   */
  stepCaUrl?: Input<string | undefined>;
}

/** A revoked certificate of an authority. */
export interface AuthorityRevokedArgs extends RevokedCertificateArgs {
  /** The CA of the authority that issued it, by label: `root`, `intermediate-g1`. Its list names the certificate. */
  issuer: string;
}

const SCHEDULE = { every: true, renewBefore: true } as const;
const SCHEDULE_ARGUMENTS = argumentNames<ListScheduleArgs>(SCHEDULE);
const ARGUMENTS = argumentNames<AuthorityListArgs>({ url: true, ...SCHEDULE, root: true, stepCaUrl: true });

/** Checks the revocation lists of an authority, as far as they are known. */
export function checkAuthorityLists(crl: unknown, now: Date): Problem[] {
  const problems = checkObject(crl, "crl");
  if (problems.length > 0 || crl === undefined) {
    return problems;
  }
  const { url, every, renewBefore, root, stepCaUrl } = plainValues(crl as Record<keyof AuthorityListArgs, unknown>);
  const rootSchedule = typeof root === "object" && root !== null ? (root as Record<string, unknown>) : {};
  return [
    ...checkArgumentNames(crl, ARGUMENTS, "crl"),
    ...checkFolder(url, "crl.url"),
    ...checkListSchedule({ every, renewBefore }, "crl", now),
    ...checkObject(root, "crl.root"),
    ...checkArgumentNames(root, SCHEDULE_ARGUMENTS, "crl.root"),
    ...checkListSchedule({ every: rootSchedule["every"], renewBefore: rootSchedule["renewBefore"] }, "crl.root", now),
    ...(stepCaUrl === undefined ? [] : checkUrl(stepCaUrl, "crl.stepCaUrl", ["http", "https"])),
  ];
}

/** Checks the URL of a folder, to which the names of the lists are added. */
function checkFolder(url: unknown, property: string): Problem[] {
  const problems = checkUrl(url, property, ["http", "https"]);
  return problems.length === 0 && typeof url === "string" && /[?#]/.test(url)
    ? [
        invalid(
          property,
          "it has a query or a fragment",
          "Give the URL of a folder, such as http://pki.example.com/crl",
        ),
      ]
    : problems;
}

/** Checks the revoked certificates of an authority, as far as they are known. */
export function checkAuthorityRevoked(revoked: unknown, hasLists: boolean, now: Date): Problem[] {
  if (revoked === undefined) {
    return [];
  }
  if (!Array.isArray(revoked) || !revoked.every((entry) => typeof entry === "object" && entry !== null)) {
    return [
      invalid("revoked", "it is not a list of certificates", 'Write it as [{ issuer: "intermediate", serialNumber }]'),
    ];
  }
  const { entries } = plainValues({ entries: revoked as readonly Record<string, unknown>[] });
  return [
    ...(hasLists || revoked.length === 0
      ? []
      : [invalid("revoked", "the authority has no revocation lists", "Set crl, so that it has them")]),
    ...(entries as Record<string, unknown>[]).flatMap(({ issuer }, at) =>
      isCa(issuer)
        ? []
        : [
            invalid(
              `revoked[${String(at)}].issuer`,
              "it is not a CA of the authority",
              'Give its label, such as "intermediate"',
            ),
          ],
    ),
    ...checkRevokedCertificates(
      (entries as Record<string, unknown>[]).map(({ issuer: _, ...entry }) => entry),
      "revoked",
      now,
    ),
  ];
}

function isCa(label: unknown): boolean {
  const part = typeof label === "string" ? readGenerationLabel(label)?.part : undefined;
  return part === "root" || part === "intermediate";
}
