/**
 * Keys in the PIV slots of a YubiKey. Pass `PivKeys` to a `CertificateAuthority` as its key source, or declare a `YubiKey`
 * and its keys one by one. It needs the package `pcsclite`.
 *
 * @module pulumi-kms-pki/yubikey
 */
export type { PivKeysArgs } from "./pivKeysArgs";
export { PivKeys } from "./pivKeys";
export type { ClaimedSlot, SlotUse } from "../slotClaim";
export type { PinPolicy, TouchPolicy } from "../../../piv/pivAlgorithms";
export type { Slot } from "../../../piv/slots";
export { YubiKey, type YubiKeyArgs } from "./yubiKey";
export { PivCertificate, type PivCertificateArgs } from "./pivCertificate";
export { PivKey, type PivKeyArgs } from "./pivKey";
export * from "./formerNames";
