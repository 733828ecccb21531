import type { KeySearch } from "../kms/unknownKey";
import { generationLabel } from "../rotation/authorityPart";
import type { HostStatus } from "./deploy/hostStatus";
import { type AuthorityStatus, type CertificateStatus, EXIT_CODES } from "./certificateStatus";

/** Something about an authority that needs attention, with the exit code of `kms-pki status` that it alone would have. */
export interface Concern {
  readonly exitCode: 1 | 2;
  /** Without a period. */
  readonly text: string;
}

/** What the exit codes mean to a monitor after Nagios, by code. */
const SERVICE_STATUSES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"] as const;

/** What a host serves, in words. */
const HOST_TEXTS: Readonly<Record<HostStatus["status"], string>> = {
  current: "serves the chain of the stack",
  different: "serves another chain than the stack's",
  broken: "serves a chain that does not verify",
  unreachable: "does not answer",
};

const HOST_EXIT_CODES: Readonly<Record<HostStatus["status"], 0 | 1 | 2>> = {
  current: 0,
  different: 1,
  broken: 2,
  unreachable: 1,
};

/**
 * Everything about an authority that needs attention, the worst first.
 *
 * @param search what the key management services answered, if they were asked. A revocation list that is due counts then, too
 * @param hosts what the hosts of step-ca serve, if they were asked
 */
export function statusConcerns(
  status: AuthorityStatus,
  search?: KeySearch,
  hosts: readonly HostStatus[] = [],
): readonly Concern[] {
  const { certificates, requests = [], rotation, revocationLists = [] } = status;
  const lists = revocationLists.filter(({ state }) => state !== "compromised");
  const count = search?.unknownKeys.length ?? 0;
  const waiting = requests.filter(({ waitsFor }) => waitsFor !== undefined);
  const concerns = [
    ...certificates.map((each) => concern(EXIT_CODES[each.status], certificateText(each))),
    ...waiting.map(({ name, waitsFor }) =>
      concern(EXIT_CODES.waiting, `${name} waits for ${waitsFor === "renewal" ? "its renewal" : "an answer"}`),
    ),
    ...(status.status === "waiting" && waiting.length === 0
      ? [concern(EXIT_CODES.waiting, "the authority has no certificates yet")]
      : []),
    ...(rotation?.gaps ?? []).map(({ description }) => concern(EXIT_CODES.expiring, `gap in trust: ${description}`)),
    ...lists.map(({ name, status: is }) => concern(EXIT_CODES[is], `the revocation list of ${name} is ${words(is)}`)),
    ...(search === undefined ? [] : lists)
      .filter(({ readyForRenewal, status: is }) => readyForRenewal && is === "valid")
      .map(({ name }) => concern(1, `the revocation list of ${name} is due`)),
    ...hosts.map(({ host, status: is }) => concern(HOST_EXIT_CODES[is], `the host ${host} ${HOST_TEXTS[is]}`)),
    ...(count === 0 ? [] : [concern(1, `the state does not know ${String(count)} ${count === 1 ? "key" : "keys"}`)]),
  ];
  return concerns
    .filter((each): each is Concern => each !== undefined)
    .sort((one, other) => other.exitCode - one.exitCode);
}

/** The exit code of `kms-pki status`. */
export function exitCodeOf(concerns: readonly Concern[]): 0 | 1 | 2 {
  return concerns[0]?.exitCode ?? 0;
}

/** The line that a monitor after Nagios shows. */
export function serviceLine({ certificates }: AuthorityStatus, concerns: readonly Concern[]): string {
  const [next] = [...certificates].sort((one, other) => one.notAfter.localeCompare(other.notAfter));
  const text =
    concerns.length > 0 || next === undefined
      ? concerns.map((each) => each.text).join("; ")
      : `${String(certificates.length)} certificates are valid, and the ${labelOf(next)} ends first, on ${day(next.notAfter)}`;
  return `KMS-PKI ${SERVICE_STATUSES[exitCodeOf(concerns)]}: ${text}`;
}

/** The same for an authority whose status is not known. */
export function unknownServiceLine(message: string): string {
  return `KMS-PKI ${SERVICE_STATUSES[3]}: ${message.split("\n")[0] ?? ""}`;
}

function concern(exitCode: 0 | 1 | 2, text: string): Concern | undefined {
  return exitCode === 0 ? undefined : { exitCode, text };
}

function certificateText(certificate: CertificateStatus): string {
  const { status, notAfter, notBefore, problem, revocation } = certificate;
  const which = `the ${labelOf(certificate)}`;
  switch (status) {
    case "valid":
    case "waiting":
      return `${which} is ${status}`;
    case "expiring":
      return `${which} ends on ${day(notAfter)}`;
    case "expired":
      return `${which} ended on ${day(notAfter)}`;
    case "notYetValid":
      return `${which} is not valid before ${day(notBefore)}`;
    case "revoked":
      return `${which} was revoked${revocation === undefined ? "" : ` on ${day(revocation.revokedAt)}`}`;
    case "broken":
      return `${which} is broken${problem === undefined ? "" : `: ${problem}`}`;
  }
}

function labelOf({ name, generation = 0, issuerGeneration }: CertificateStatus): string {
  if (name === "cross") {
    return `cross certificate of ${generationLabel("root", generation)} by ${generationLabel("root", issuerGeneration ?? 0)}`;
  }
  return name === "subordinate" ? "subordinate CA" : generationLabel(name, generation);
}

function words(status: string): string {
  return status === "notYetValid" ? "not valid yet" : status;
}

function day(instant: string): string {
  return instant.slice(0, "YYYY-MM-DD".length);
}
