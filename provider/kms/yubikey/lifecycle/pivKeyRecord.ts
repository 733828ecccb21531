import type { PinPolicy, TouchPolicy } from "../../../piv/pivAlgorithms";
import type { Algorithm } from "../../algorithms";
import type { ClaimedSlot } from "../slotClaim";

/** What a program says of a key in a slot. */
export interface PivKeyInputs extends ClaimedSlot {
  /** The YubiKey, as in `kms.uri` of ca.json. */
  readonly kms: string;
  readonly algorithm: Algorithm;
  readonly pinPolicy: PinPolicy;
  readonly touchPolicy: TouchPolicy;
  /** Whether the key is deleted from the device when the resource is. */
  readonly deleteKey: boolean;
  /** The certificate of who vouches for the device, as PEM. With it, a key that is not attested under it is refused. */
  readonly attestationRootPem?: string;
  /** The key's URI, for a preview. Completed by `check` for a key that stays. */
  readonly uri?: string;
}

/** What is recorded of a key in a slot. */
export interface PivKeyRecord extends PivKeyInputs {
  readonly uri: string;
  readonly publicKeyPem: string;
  /** Of the device; absent when it does not tell. */
  readonly serial?: number;
  /** Of the device, when the key was made. */
  readonly firmware: string;
  /** As JSON: each value in the state costs time. */
  readonly attestation?: string;
  /** Of a key that was adopted: whether somebody else made it. Absent in older records, where it counts as foreign. */
  readonly isForeign?: boolean;
  readonly status: "present" | "missing" | "changed";
}

/** Whether a key was there before, and so is released when it is given up, whatever `deleteKey` says. */
export function isForeignKey({ use, isForeign }: Partial<PivKeyRecord>): boolean {
  return use === "adopt" && isForeign !== false;
}
