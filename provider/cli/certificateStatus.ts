import type { X509Certificate } from "node:crypto";
import { kmsRegistry } from "../kms/registry/registry";
import { subjectLine } from "../x509/subjectLine";
import type { Finding } from "../x509/lint/lint";
import { certificateFindings, type Lint } from "./certificateFindings";
import { notAfter, notBefore } from "./certificateChain";
import { type Examined, examine } from "./certificateExamination";
import { type CompromiseStatus, compromiseStatus } from "./compromise";
import type { Generation } from "./generations";
import type { SshKeyOutputs } from "./keyOutputs";
import type { AuthorityOutputs, WaitingAuthority } from "./outputs";
import { type RequestStatus, requestStatus } from "./requestStatus";
import { type RevocationListOutputs, revocationOf } from "./revocationListOutputs";
import {
  type RevocationListStatus,
  revocationListStatus,
  type RevocationStatus,
  revocationStatus,
} from "./revocationListStatus";
import { type RotationStatus, rotationStatus } from "./rotationStatus";

/** The statuses of certificates, from best to worst, each with the exit code of `kms-pki status`. */
export const EXIT_CODES = {
  valid: 0,
  expiring: 1,
  waiting: 1,
  notYetValid: 2,
  expired: 2,
  revoked: 2,
  broken: 2,
} as const;

/** The status of a certificate, or `waiting` for an authority that has none yet. A `revoked` one is on its issuer's list, and a `broken` one does not verify, whatever its dates. */
type Status = keyof typeof EXIT_CODES;

/** The statuses that a certificate can have. */
export const CERTIFICATE_STATUSES: readonly Status[] = (Object.keys(EXIT_CODES) as Status[]).filter(
  (status) => status !== "waiting",
);

/** One certificate as `kms-pki status --json` shows it. */
export interface CertificateStatus extends Generation {
  /** The generation of a cross certificate is the one of the root that it stands in for. */
  readonly name: Examined["name"];
  /** For a cross certificate: the generation of the root that signed it. */
  readonly issuerGeneration?: number;
  /** The distinguished name, its attributes in the certificate's order. */
  readonly subject: string;
  /**
   * Without the part after a question mark, which may be a PIN. Empty for a cross certificate, which has no key of its
   * own, and for a CA above the one whose key the stack has.
   */
  readonly keyUri: string;
  /** Lowercase hex. */
  readonly serialNumber: string;
  /** ISO 8601, like notAfter. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whole days until notAfter; negative if that is in the past. */
  readonly daysLeft: number;
  /** ISO 8601: when `up` reissues it, if the stack states it. */
  readonly renewalTime?: string;
  /** Whether that instant has come. */
  readonly readyForRenewal?: boolean;
  readonly status: Status;
  /** Why it is broken. */
  readonly problem?: string;
  /** Its entry on the revocation list of its issuer. */
  readonly revocation?: RevocationStatus;
  /** The errors and warnings of the lint, if there are any. They change neither the status nor the exit code. */
  readonly findings?: readonly Finding[];
}

/** One SSH CA key as `kms-pki status --json` shows it. */
interface SshKeyStatus extends Generation {
  readonly name: "ssh-user" | "ssh-host";
  /** Without the part after a question mark, which may be a PIN. */
  readonly keyUri: string;
  /** `SHA256:` and base64, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/**
 * The output of `kms-pki status --json`. Fields and entries may be added, but none is removed or changes its meaning.
 */
export interface AuthorityStatus {
  /**
   * The root and the intermediate in use, the certificates between them, those of other generations, and the cross
   * certificates.
   */
  readonly certificates: readonly CertificateStatus[];
  readonly sshKeys: readonly SshKeyStatus[];
  /** Present if the stack has revocation lists. */
  readonly revocationLists?: readonly RevocationListStatus[];
  /** Present if an issuer elsewhere signs the intermediates. */
  readonly requests?: readonly RequestStatus[];
  /** Present if something is compromised. */
  readonly compromise?: CompromiseStatus;
  /** Present if the stack has a rotation. */
  readonly rotation?: RotationStatus;
  /** The worst status of the certificates. */
  readonly status: Status;
}

const DAY_MILLISECONDS = 86_400_000;

/**
 * The status of an authority at a moment.
 *
 * @param warnSeconds how long before its end a certificate counts as expiring
 */
export function authorityStatus(
  outputs: AuthorityOutputs,
  now: Date,
  warnSeconds: number,
  lint: Lint,
): AuthorityStatus {
  const { sshUserKeys, sshHostKeys } = outputs.generations;
  const examined = examine(outputs.generations);
  const all = examined.map(({ certificate }) => certificate);
  const certificates = examined.map((each) => {
    const findings = certificateFindings(lint, each.certificate.raw, all).filter(({ level }) => level !== "notice");
    return {
      ...describe(each, outputs.revocationLists, now, warnSeconds),
      ...(findings.length === 0 ? {} : { findings }),
    };
  });
  const lists = outputs.revocationLists.map((list) => revocationListStatus(list, now));
  return {
    certificates,
    sshKeys: [
      ...sshUserKeys.map((key) => sshKeyStatus("ssh-user", key)),
      ...sshHostKeys.map((key) => sshKeyStatus("ssh-host", key)),
    ],
    ...(outputs.requests.length === 0 ? {} : { requests: requestStatus(outputs, now) }),
    ...(lists.length === 0 ? {} : { revocationLists: lists }),
    ...(outputs.compromise === undefined
      ? {}
      : { compromise: compromiseStatus(outputs.compromise, outputs.revocationLists) }),
    ...(outputs.rotation === undefined ? {} : { rotation: rotationStatus(outputs.rotation, now) }),
    status: worst(certificates.map(({ status }) => status)),
  };
}

/** The status of an authority that an issuer elsewhere has not answered yet. */
export function waitingStatus(outputs: WaitingAuthority, now: Date): AuthorityStatus {
  return { certificates: [], sshKeys: [], requests: requestStatus(outputs, now), status: "waiting" };
}

function describe(
  examined: Examined,
  lists: readonly RevocationListOutputs[],
  now: Date,
  warnSeconds: number,
): CertificateStatus {
  const { name, issuerGeneration, key, certificate, renewalTime, problem } = examined;
  const revocation = revocationOf(certificate, lists);
  const sound = revocation === undefined ? statusByDate(certificate, now, warnSeconds) : "revoked";
  return {
    name,
    ...generationOf(examined),
    ...(issuerGeneration === undefined ? {} : { issuerGeneration }),
    subject: subjectLine(certificate),
    keyUri: kmsRegistry.shownUri(key),
    serialNumber: certificate.serialNumber.toLowerCase(),
    notBefore: notBefore(certificate).toISOString(),
    notAfter: notAfter(certificate).toISOString(),
    daysLeft: Math.floor((notAfter(certificate).getTime() - now.getTime()) / DAY_MILLISECONDS),
    ...(renewalTime === undefined
      ? {}
      : { renewalTime: renewalTime.toISOString(), readyForRenewal: renewalTime <= now }),
    status: problem === undefined ? sound : "broken",
    ...(problem === undefined ? {} : { problem }),
    ...(revocation === undefined ? {} : { revocation: revocationStatus(revocation) }),
  };
}

function generationOf({ generation, state }: Generation): Generation {
  return { ...(generation === undefined ? {} : { generation }), ...(state === undefined ? {} : { state }) };
}

function sshKeyStatus(name: SshKeyStatus["name"], key: SshKeyOutputs & Generation): SshKeyStatus {
  return { name, ...generationOf(key), keyUri: kmsRegistry.shownUri(key.key), fingerprint: key.publicKey.fingerprint };
}

function statusByDate(certificate: X509Certificate, now: Date, warnSeconds: number): Status {
  const secondsLeft = (notAfter(certificate).getTime() - now.getTime()) / 1000;
  if (secondsLeft < 0) {
    return "expired";
  }
  if (now < notBefore(certificate)) {
    return "notYetValid";
  }
  return secondsLeft <= warnSeconds ? "expiring" : "valid";
}

function worst(statuses: readonly Status[]): Status {
  const fromBest = Object.keys(EXIT_CODES) as Status[];
  return fromBest[Math.max(...statuses.map((status) => fromBest.indexOf(status)))] ?? "broken";
}
