import type { Context } from "../../../lifecycle/context";
import { type Problem, problemsOf } from "../../../words/problem";
import { UNKNOWN } from "../../../words/unknown";
import { pkcs11 } from "../descriptor";
import type { Pkcs11Kms } from "../pkcs11";
import { checkNoTokenPin } from "../pkcs11Checks";
import { parseTokenKmsUri } from "../pkcs11Uri";
import { requireTokenPin } from "../tokenLogins";

/** An object in a token. */
export interface InToken {
  /** The token, as in `kms.uri` of ca.json. */
  readonly kms: string;
}

/**
 * The token of an object.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function tokenAt({ backends }: Context, { kms }: InToken): Promise<Pkcs11Kms> {
  return backends.open(pkcs11, kms);
}

/**
 * Checks the name of a token, and that its PIN is given. It names no property, because the engine would print the value, which may
 * hold a PIN.
 */
export function checkToken({ secrets }: Context, { kms = "" }: Partial<InToken>): Problem[] {
  if (kms === UNKNOWN) {
    return [];
  }
  const pin = checkNoTokenPin(kms);
  return pin.length > 0 ? pin : problemsOf(() => requireTokenPin(parseTokenKmsUri(kms).token, secrets), "");
}
