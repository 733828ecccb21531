export { YubiKeyKeys, type YubiKeyKeysArgs } from "./components/yubiKeyKeys";
export type { ClaimedSlot, SlotUse } from "./lifecycle/slotClaim";
export type { PinPolicy, TouchPolicy } from "./piv/pivAlgorithms";
export type { Slot } from "./piv/slots";
export { YubiKey, type YubiKeyArgs } from "./resources/yubiKey";
export { YubiKeyCertificate, type YubiKeyCertificateArgs } from "./resources/yubiKeyCertificate";
export { YubiKeyKey, type YubiKeyKeyArgs } from "./resources/yubiKeyKey";
