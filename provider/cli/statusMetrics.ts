import type { KeySearch } from "../kms/unknownKey";
import { readGenerationLabel } from "../rotation/authorityPart";
import { GENERATION_STATES } from "../rotation/generation";
import { type AuthorityStatus, CERTIFICATE_STATUSES, type CertificateStatus } from "./certificateStatus";
import { HOST_STATUSES, type HostStatus } from "./deploy/hostStatus";
import { type LastRuns, RUN_RESULTS } from "./lastRuns";
import type { Gauge, Labels } from "./metricText";
import { LIST_STATUSES } from "./revocationListStatus";

/** What others than the stack's outputs say about an authority. What nobody was asked is absent. */
export interface StatusFacts {
  /** The whole name of its stack, `organization/project/stack`, if it is known. */
  readonly stack?: string;
  /** The name by which the labels tell the authority from others of the stack. */
  readonly authority: string;
  readonly now: Date;
  /** What the key management services answered. */
  readonly search?: KeySearch;
  /** What the hosts of step-ca serve. */
  readonly hosts?: readonly HostStatus[];
  /** What Pulumi says of its runs. */
  readonly runs?: LastRuns;
}

/** The status of an authority as metrics of Prometheus. A metric whose fact is unknown is absent. Instants are seconds since 1970. */
export function statusMetrics(
  status: AuthorityStatus,
  { stack, authority, now, search, hosts = [], runs = {} }: StatusFacts,
): Gauge[] {
  const own = { stack, authority };
  return [
    gauge("status_timestamp_seconds", "When these metrics were made.", [{ labels: own, value: now.getTime() / 1000 }]),
    gauge(
      "last_run_timestamp_seconds",
      "When the last run of pulumi up with this result ended.",
      RUN_RESULTS.flatMap((result) => samplesAt({ ...own, result }, runs[result]?.toISOString())),
    ),
    ...certificateMetrics(status, own),
    ...revocationListMetrics(status, own),
    ...requestMetrics(status, own),
    ...rotationMetrics(status, own),
    ...hostMetrics(hosts, own),
    gauge(
      "unknown_keys",
      "How many keys of the stack the key management services have that the state does not know.",
      search === undefined ? [] : [{ labels: own, value: search.unknownKeys.length }],
    ),
  ];
}

type Samples = Gauge["samples"];

function certificateMetrics({ certificates, sshKeys }: AuthorityStatus, own: Labels): Gauge[] {
  const of = (each: CertificateStatus): Labels => ({ ...own, ...labelsOfCertificate(each) });
  const instants = (read: (each: CertificateStatus) => string | undefined): Samples =>
    certificates.flatMap((each) => samplesAt(of(each), read(each)));
  const keys = [...certificates.filter(({ name }) => name === "root" || name === "intermediate"), ...sshKeys];
  return [
    gauge(
      "certificate_not_before_timestamp_seconds",
      "From when the certificate is valid.",
      instants(({ notBefore }) => notBefore),
    ),
    gauge(
      "certificate_not_after_timestamp_seconds",
      "When the certificate ends.",
      instants(({ notAfter }) => notAfter),
    ),
    gauge(
      "certificate_renewal_timestamp_seconds",
      "From when pulumi up reissues the certificate.",
      instants(({ renewalTime }) => renewalTime),
    ),
    gauge(
      "certificate_status",
      "Whether the certificate has this status (1) or not (0).",
      certificates.flatMap((each) => stateSamples(of(each), "status", CERTIFICATE_STATUSES, each.status)),
    ),
    gauge(
      "generation_state",
      "Whether the generation of a key is in this state (1) or not (0).",
      keys.flatMap(({ name, generation = 0, state = "active" }) =>
        stateSamples({ ...own, role: name, generation: String(generation) }, "state", GENERATION_STATES, state),
      ),
    ),
  ];
}

/** The subject tells apart the CAs between the root and the intermediate, which have no generation. */
function labelsOfCertificate({ name, generation, issuerGeneration, subject }: CertificateStatus): Labels {
  return {
    role: name,
    generation: name === "subordinate" ? undefined : String(generation ?? 0),
    issuer_generation: issuerGeneration === undefined ? undefined : String(issuerGeneration),
    subject,
  };
}

function revocationListMetrics({ revocationLists = [] }: AuthorityStatus, own: Labels): Gauge[] {
  const of = (name: string): Labels => ({ ...own, ...labelsOfGeneration(name) });
  // A compromised CA issues no further list, so the end of its last one is no news.
  const issued = revocationLists.filter(({ state }) => state !== "compromised");
  return [
    gauge(
      "revocation_list_this_update_timestamp_seconds",
      "When the revocation list was issued.",
      revocationLists.flatMap(({ name, thisUpdate }) => samplesAt(of(name), thisUpdate)),
    ),
    gauge(
      "revocation_list_next_update_timestamp_seconds",
      "When the revocation list ends.",
      issued.flatMap(({ name, nextUpdate }) => samplesAt(of(name), nextUpdate)),
    ),
    gauge(
      "revocation_list_renewal_timestamp_seconds",
      "From when pulumi up issues the next revocation list.",
      issued.flatMap(({ name, renewalTime }) => samplesAt(of(name), renewalTime)),
    ),
    gauge(
      "revocation_list_status",
      "Whether the revocation list has this status (1) or not (0).",
      issued.flatMap(({ name, status }) => stateSamples(of(name), "status", LIST_STATUSES, status)),
    ),
    gauge(
      "revocation_list_entries",
      "How many certificates are on the revocation list.",
      revocationLists.map(({ name, revoked }) => ({ labels: of(name), value: revoked })),
    ),
  ];
}

function requestMetrics({ requests = [] }: AuthorityStatus, own: Labels): Gauge[] {
  const of = (name: string): Labels => ({ ...own, ...labelsOfGeneration(name) });
  return [
    gauge(
      "request_waiting",
      "Whether an issuer elsewhere must answer the request (1) or not (0).",
      requests.map(({ name, waitsFor }) => ({ labels: of(name), value: waitsFor === undefined ? 0 : 1 })),
    ),
    gauge(
      "request_due_timestamp_seconds",
      "By when the issuer elsewhere must have answered.",
      requests.flatMap(({ name, until }) => samplesAt(of(name), until)),
    ),
  ];
}

function rotationMetrics({ rotation, compromise }: AuthorityStatus, own: Labels): Gauge[] {
  const unrevoked = compromise?.certificates.filter(({ revoked }) => !revoked).length ?? 0;
  return [
    gauge(
      "rotation_last_change_timestamp_seconds",
      "The last run that changed a generation.",
      samplesAt(own, rotation?.lastRun),
    ),
    gauge(
      "rotation_next_change_timestamp_seconds",
      "When the next run has something to change.",
      samplesAt(own, rotation?.nextChange),
    ),
    gauge(
      "trust_gaps",
      "How many gaps in trust a run would leave now.",
      rotation === undefined ? [] : [{ labels: own, value: rotation.gaps.length }],
    ),
    gauge("compromised_generations", "How many generations are compromised.", [
      { labels: own, value: compromise?.generations.length ?? 0 },
    ]),
    gauge("compromised_certificates_unrevoked", "How many certificates of them no revocation list names.", [
      { labels: own, value: unrevoked },
    ]),
  ];
}

function hostMetrics(hosts: readonly HostStatus[], own: Labels): Gauge[] {
  return [
    gauge(
      "host_status",
      "Whether what the host of step-ca serves has this status (1) or not (0).",
      hosts.flatMap(({ host, status }) => stateSamples({ ...own, host }, "status", HOST_STATUSES, status)),
    ),
    gauge(
      "host_certificate_not_after_timestamp_seconds",
      "When the certificate that step-ca serves for itself ends.",
      hosts.flatMap(({ host, notAfter }) => samplesAt({ ...own, host }, notAfter)),
    ),
  ];
}

function gauge(name: string, help: string, samples: Samples): Gauge {
  return { name: `kms_pki_${name}`, help, samples };
}

/** @param instant ISO 8601 */
function samplesAt(labels: Labels, instant: string | undefined): Samples {
  return instant === undefined ? [] : [{ labels, value: Date.parse(instant) / 1000 }];
}

function stateSamples(labels: Labels, label: string, states: readonly string[], state: string): Samples {
  return states.map((each) => ({ labels: { ...labels, [label]: each }, value: each === state ? 1 : 0 }));
}

/** @param name `root-g1` */
function labelsOfGeneration(name: string): Labels {
  const label = readGenerationLabel(name);
  return { role: label?.part ?? name, generation: String(label?.number ?? 0) };
}
