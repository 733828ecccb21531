import type { PinPolicy, TouchPolicy } from "../../../piv/pivAlgorithms";
import type { Algorithm } from "../../algorithms";
import type { ClaimedSlot } from "../slotClaim";

/** The inputs of a key in a slot. */
export interface PivKeyInputs extends ClaimedSlot {
  /** The YubiKey, as in `kms.uri` of ca.json. */
  readonly kms: string;
  readonly algorithm: Algorithm;
  readonly pinPolicy: PinPolicy;
  readonly touchPolicy: TouchPolicy;
  /** Whether the key is deleted from the device when the resource is. */
  readonly deleteKey: boolean;
  /** The root certificate of the device's maker, as PEM. If given, a key that is not attested under it is refused. */
  readonly attestationRootPem?: string;
  /** The key's URI, for a preview. Completed by `check` for a key that stays. */
  readonly uri?: string;
}

/** The record of a key in a slot. */
export interface PivKeyRecord extends PivKeyInputs {
  readonly uri: string;
  readonly publicKeyPem: string;
  /** The serial number of the device; absent if it does not report one. */
  readonly serial?: number;
  /** The firmware of the device when the key was made. */
  readonly firmware: string;
  /** As JSON: each value in the state costs time. */
  readonly attestation?: string;
  /**
   * For an adopted key: whether someone else made it. A key without this field, from an older record, counts as foreign.
   */
  readonly isForeign?: boolean;
  readonly status: "present" | "missing" | "changed";
}

/** Whether a key existed before the stack, and so is released when the stack gives it up, whatever `deleteKey` says. */
export function isForeignKey({ use, isForeign }: Partial<PivKeyRecord>): boolean {
  return use === "adopt" && isForeign !== false;
}
