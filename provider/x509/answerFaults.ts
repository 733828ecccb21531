import { isIP } from "node:net";
import type { ErrorCode } from "../errors";
import { chainNameConstraints } from "./certificateNameConstraints";
import { constrains, nameViolations } from "./constrainedNames";
import { readCertificates } from "./pem";
import { EXTENDED_KEY_USAGES } from "./profiles";

/** Why step-ca could not serve below a CA. */
export interface AnswerFault {
  readonly code: ErrorCode;
  /** The place of the name that cannot be served, -1 for all. */
  readonly at: number;
  readonly reason: string;
}

/** The purposes of the certificate with which step-ca serves, and the one that stands for any. */
const PURPOSES = ["serverAuth", "clientAuth"] as const;
const ANY_PURPOSE = "2.5.29.37.0";

/**
 * Why step-ca could not serve names below a CA: the name constraints and extended key usages of the CA and those above it.
 *
 * @param chainPem the CA's certificate and those above it, which can be read
 * @param names of the server; those that are not known yet are undefined
 */
export function answerFaults(chainPem: string, names: readonly (string | undefined)[]): AnswerFault[] {
  const ofKind = (isAddress: boolean): (string | undefined)[] =>
    names.map((name) => (name !== undefined && (isIP(name) !== 0) === isAddress ? name : undefined));
  const served = { ca: false, dnsNames: ofKind(false), ipAddresses: ofKind(true) };
  return [
    ...chainNameConstraints(chainPem).flatMap((each) => [
      ...(constrains(each, "directoryNames")
        ? [
            fault(
              "INPUT_INVALID",
              "it has name constraints for directory names, below which step-ca refuses everything",
            ),
          ]
        : []),
      ...nameViolations(served, each).map(({ property, reason }) => ({
        ...fault("NAME_NOT_PERMITTED", reason),
        at: Number(/\[(\d+)\]/.exec(property)?.[1] ?? -1),
      })),
    ]),
    ...purposeFaults(chainPem),
  ];
}

/** Readers apply the purposes of a CA to everything below it. */
function purposeFaults(chainPem: string): AnswerFault[] {
  return readCertificates(chainPem, "").flatMap(({ keyUsage: purposes }) =>
    (purposes as readonly string[] | undefined) === undefined || purposes.includes(ANY_PURPOSE)
      ? []
      : PURPOSES.filter((purpose) => !purposes.includes(EXTENDED_KEY_USAGES[purpose] ?? "")).map((purpose) =>
          fault(
            "EXTENSION_INVALID",
            `its extended key usages lack ${purpose}, which the certificate of step-ca itself has`,
          ),
        ),
  );
}

function fault(code: ErrorCode, reason: string): AnswerFault {
  return { code, at: -1, reason };
}
