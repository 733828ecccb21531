import type { X509Certificate } from "node:crypto";
import { withoutQuery } from "../kms/keyUri";
import { intermediateProblem, notAfter, notBefore, rootProblem } from "./certificateChain";
import type { AuthorityOutputs } from "./outputs";

/** How certificates can be, from best to worst, each with the exit code of `kms-pki status`. */
const EXIT_CODES = { valid: 0, expiring: 1, notYetValid: 2, expired: 2, broken: 2 } as const;

/** How a certificate is: `broken` is one that does not verify, whatever its dates. */
export type Status = keyof typeof EXIT_CODES;

/** One certificate as `kms-pki status --json` shows it. */
export interface CertificateStatus {
  readonly name: "root" | "intermediate";
  /** The distinguished name, its attributes in the certificate's order. */
  readonly subject: string;
  /** Without what follows a question mark, which may be a PIN. */
  readonly keyUri: string;
  /** Lower-case hex. */
  readonly serialNumber: string;
  /** ISO 8601, as is notAfter. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whole days until notAfter; negative when that is past. */
  readonly daysLeft: number;
  readonly status: Status;
  /** Why it is broken. */
  readonly problem?: string;
}

/** One SSH CA key as `kms-pki status --json` shows it. */
export interface SshKeyStatus {
  readonly name: "ssh-user" | "ssh-host";
  /** Without what follows a question mark, which may be a PIN. */
  readonly keyUri: string;
  /** `SHA256:` and base64, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/** What `kms-pki status --json` prints. Fields may be added, none is removed or changes its meaning. */
export interface AuthorityStatus {
  readonly certificates: readonly CertificateStatus[];
  readonly sshKeys: readonly SshKeyStatus[];
  /** The worst of the certificates. */
  readonly status: Status;
}

const DAY_MILLISECONDS = 86_400_000;

/**
 * How an authority is at a moment.
 *
 * @param warnSeconds how long before its end a certificate counts as expiring
 */
export function authorityStatus(outputs: AuthorityOutputs, now: Date, warnSeconds: number): AuthorityStatus {
  const { root, intermediate, ssh } = outputs;
  const describe = (
    name: CertificateStatus["name"],
    key: string,
    certificate: X509Certificate,
    problem: string | undefined,
  ): CertificateStatus => ({
    name,
    subject: certificate.subject.split("\n").join(", "),
    keyUri: withoutQuery(key),
    serialNumber: certificate.serialNumber.toLowerCase(),
    notBefore: notBefore(certificate).toISOString(),
    notAfter: notAfter(certificate).toISOString(),
    daysLeft: Math.floor((notAfter(certificate).getTime() - now.getTime()) / DAY_MILLISECONDS),
    status: problem === undefined ? statusByDate(certificate, now, warnSeconds) : "broken",
    ...(problem === undefined ? {} : { problem }),
  });
  const certificates = [
    describe("root", root.key, root.certificate, rootProblem(root.certificate)),
    describe(
      "intermediate",
      intermediate.key,
      intermediate.certificate,
      intermediateProblem(intermediate.certificate, root.certificate),
    ),
  ];
  return {
    certificates,
    sshKeys:
      ssh === undefined
        ? []
        : [
            { name: "ssh-user", keyUri: withoutQuery(ssh.user.key), fingerprint: ssh.user.publicKey.fingerprint },
            { name: "ssh-host", keyUri: withoutQuery(ssh.host.key), fingerprint: ssh.host.publicKey.fingerprint },
          ],
    status: worst(certificates.map(({ status }) => status)),
  };
}

/** The exit code that a status means. */
export function exitCode(status: Status): number {
  return EXIT_CODES[status];
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
