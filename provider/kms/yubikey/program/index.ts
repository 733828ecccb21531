export { type YubiKeyKeysArgs } from "./yubiKeyKeysArgs";
export { YubiKeyKeys } from "./yubiKeyKeys";
export type { ClaimedSlot, SlotUse } from "../slotClaim";
export type { PinPolicy, TouchPolicy } from "../../../piv/pivAlgorithms";
export type { Slot } from "../../../piv/slots";
export { YubiKey, type YubiKeyArgs } from "./yubiKey";
export { YubiKeyCertificate, type YubiKeyCertificateArgs } from "./yubiKeyCertificate";
export { YubiKeyKey, type YubiKeyKeyArgs } from "./yubiKeyKey";
