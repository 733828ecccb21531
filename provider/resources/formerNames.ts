import { ExistingKey, type ExistingKeyArgs } from "./existingKey";

/** @deprecated Use {@link ExistingKeyArgs}. */
export type PublicKeyArgs = ExistingKeyArgs;
/** @deprecated Use {@link ExistingKey}. */
export const PublicKey = ExistingKey;
/** @deprecated Use {@link ExistingKey}. */
export type PublicKey = ExistingKey;
