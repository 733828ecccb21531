import { PivCertificate, type PivCertificateArgs } from "./pivCertificate";
import { PivKey, type PivKeyArgs } from "./pivKey";
import { PivKeys } from "./pivKeys";
import type { PivKeysArgs } from "./pivKeysArgs";

/** @deprecated Use {@link PivKeyArgs}. */
export type YubiKeyKeyArgs = PivKeyArgs;
/** @deprecated Use {@link PivKey}. */
export const YubiKeyKey = PivKey;
/** @deprecated Use {@link PivKey}. */
export type YubiKeyKey = PivKey;

/** @deprecated Use {@link PivCertificateArgs}. */
export type YubiKeyCertificateArgs = PivCertificateArgs;
/** @deprecated Use {@link PivCertificate}. */
export const YubiKeyCertificate = PivCertificate;
/** @deprecated Use {@link PivCertificate}. */
export type YubiKeyCertificate = PivCertificate;

/** @deprecated Use {@link PivKeysArgs}. */
export type YubiKeyKeysArgs = PivKeysArgs;
/** @deprecated Use {@link PivKeys}. */
export const YubiKeyKeys = PivKeys;
/** @deprecated Use {@link PivKeys}. */
export type YubiKeyKeys = PivKeys;
