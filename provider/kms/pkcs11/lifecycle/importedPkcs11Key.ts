import { X509Certificate } from "node:crypto";
import { PkiError } from "../../../errors";
import type { Context } from "../../../lifecycle/context";
import { publicKeyPem } from "../../../x509/certificate";
import { algorithmOf } from "../../algorithms";
import type { KeyDescription } from "../../keyManager";
import { pkcs11 } from "../descriptor";
import type { Pkcs11Kms } from "../pkcs11";
import { parseTokenKmsUri, tokenKeyName, tokenKmsUri } from "../pkcs11Uri";

/**
 * The arguments of a key in a token, from its URI, which names the token too: `pkcs11:module-path=...;token=ca;id=0a1b;object=root`.
 *
 * @throws PkiError `KEY_URI_INVALID`, `KEY_NOT_FOUND`, `CARD_NOT_FOUND`
 */
export async function importedPkcs11Key(uri: string, context: Context): Promise<object> {
  const { kms, found } = await keyAt(uri, context);
  return { kms, adopt: found.uri, algorithm: algorithmOf(found.publicKey) };
}

/**
 * The arguments of the certificate beside a key, from the URI of the key.
 *
 * @throws PkiError `INPUT_INVALID` if there is none, and as {@link importedPkcs11Key}
 */
export async function importedPkcs11Certificate(uri: string, context: Context): Promise<object> {
  const { manager, kms, found } = await keyAt(uri, context);
  const { publicKey } = found;
  const [certificate] = await manager.token.turn((turn) => turn.certificates(tokenKeyName(found.uri).id ?? ""));
  if (certificate === undefined) {
    throw new PkiError("INPUT_INVALID", `${found.uri} has no certificate to import`, "Name a key with a certificate");
  }
  return {
    key: { uri: found.uri, kms, algorithm: algorithmOf(publicKey), publicKeyPem: publicKeyPem(publicKey) },
    certificatePem: new X509Certificate(certificate).toString(),
  };
}

async function keyAt(
  uri: string,
  { backends }: Context,
): Promise<{ manager: Pkcs11Kms; kms: string; found: KeyDescription }> {
  tokenKeyName(uri);
  const { modulePath, token, serial, slotId } = parseTokenKmsUri(uri);
  const kms = tokenKmsUri({ modulePath, token, serial, slotId });
  const manager = await backends.open(pkcs11, kms);
  return { manager, kms, found: await manager.describeKey(uri) };
}
