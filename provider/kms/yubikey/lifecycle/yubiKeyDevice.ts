import { invalid, type Problem, problemsOf } from "../../../words/problem";
import { UNKNOWN } from "../../../words/unknown";
import { checkYubiKeySecrets } from "../yubiKeyChecks";
import { yubikey } from "../descriptor";
import type { YubiKeyPiv } from "../yubikey";
import { parseYubiKeyKmsUri } from "../yubiKeyUri";
import type { Context } from "../../../lifecycle/context";

/** Something in a YubiKey. */
export interface InYubiKey {
  /** The YubiKey, as in `kms.uri` of ca.json. */
  readonly kms: string;
}

/**
 * The YubiKey that holds something.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function deviceOf({ backends }: Context, { kms }: InYubiKey): Promise<YubiKeyPiv> {
  return backends.open(yubikey, kms);
}

/** Checks the name of a YubiKey, and its secrets. */
export function checkDevice({ secrets }: Context, { kms = "" }: Partial<InYubiKey>): Problem[] {
  if (kms === UNKNOWN) {
    return checkYubiKeySecrets(secrets, UNKNOWN);
  }
  if (typeof (kms as unknown) !== "string") {
    return [invalid("", "kms is not a string", "Give the output kms of a YubiKey")];
  }
  // The engine would print the property's value, which may hold a PIN.
  const problems = problemsOf(() => parseYubiKeyKmsUri(kms), "");
  return problems.length > 0 ? problems : checkYubiKeySecrets(secrets, parseYubiKeyKmsUri(kms).serial);
}
