import { formatInstant } from "../words/instant";
import { notAfter } from "./certificateChain";
import type { AuthorityOutputs, WaitingAuthority } from "./outputs";
import { table } from "./table";

/** The renewal of a certificate whose key stays, in a plan. */
export interface PlannedRenewal {
  readonly name: "root" | "intermediate";
  /** RFC 3339: from when on `up` renews it, or asks its issuer elsewhere for another. null: the stack never does. */
  readonly from: string | null;
  /** RFC 3339: when it ends. */
  readonly notAfter: string;
}

/** The renewals of an authority that does not rotate; none before an issuer elsewhere has answered. */
export function plannedRenewals(outputs: AuthorityOutputs | WaitingAuthority): PlannedRenewal[] {
  return "waitsFor" in outputs
    ? []
    : (["root", "intermediate"] as const).map((name) => {
        const { certificate, renewalTime } = outputs[name];
        return {
          name,
          from: renewalTime === undefined ? null : formatInstant(renewalTime.getTime()),
          notAfter: formatInstant(notAfter(certificate).getTime()),
        };
      });
}

/** The same for people. */
export function plannedRenewalsText(renewals: readonly PlannedRenewal[]): string[] {
  return [
    "No rotation is set, so every key stays.",
    ...(renewals.length === 0
      ? []
      : [
          "",
          ...table([
            ["CERTIFICATE", "RENEWS FROM", "ENDS"],
            ...renewals.map(({ name, from, notAfter: end }) => [name, from ?? "-", end]),
          ]),
        ]),
  ];
}
