import type { X509Certificate } from "node:crypto";
import { readCertificates } from "../x509/pem";
import type { OutputReader } from "./outputReader";
import { type RevocationListOutputs, revocationOf } from "./revocationListOutputs";
import { table } from "./table";

/** What is compromised, from the stack's outputs. */
export interface CompromiseOutputs {
  /** The generations, by label. */
  readonly generations: readonly string[];
  /** What the operator does, in order. */
  readonly steps: readonly string[];
  readonly certificates: readonly { readonly name: string; readonly certificate: X509Certificate }[];
}

/** A compromise as `kms-pki status --json` shows it. */
export interface CompromiseStatus {
  readonly generations: readonly string[];
  readonly certificates: readonly {
    readonly name: string;
    /** Lowercase hex. */
    readonly serialNumber: string;
    /** Whether a revocation list of the authority names it. */
    readonly revoked: boolean;
  }[];
  readonly steps: readonly string[];
}

/**
 * Reads the output `compromise`.
 *
 * @returns undefined if nothing is compromised
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export function readCompromise(outputs: OutputReader): CompromiseOutputs | undefined {
  if (!outputs.has("compromise")) {
    return undefined;
  }
  const compromise = outputs.within("compromise");
  return {
    generations: compromise.texts("generations"),
    steps: compromise.texts("steps"),
    certificates: compromise.list("certificates").map((item) => {
      const [certificate] = item.read("certificate", "a certificate in PEM", readCertificates);
      return { name: item.text("name"), certificate };
    }),
  };
}

/** The status of a compromise. */
export function compromiseStatus(
  { generations, steps, certificates }: CompromiseOutputs,
  lists: readonly RevocationListOutputs[],
): CompromiseStatus {
  return {
    generations,
    steps,
    certificates: certificates.map(({ name, certificate }) => ({
      name,
      serialNumber: certificate.serialNumber.toLowerCase(),
      revoked: revocationOf(certificate, lists) !== undefined,
    })),
  };
}

/** The same for people. */
export function compromiseText({ generations, certificates, steps }: CompromiseStatus): string[] {
  return [
    "",
    `Compromised: ${generations.join(", ")}.`,
    ...table([
      ["WITHDRAWN", "SERIAL NUMBER", "REVOKED"],
      ...certificates.map(({ name, serialNumber, revoked }) => [name, serialNumber, revoked ? "yes" : "no"]),
    ]),
    ...steps.map((step, index) => `${String(index + 1)}. ${step}`),
  ];
}
