import { createPrivateKey, type KeyObject } from "node:crypto";
import { otherKeyFile } from "./keyFileFormat";
import { decryptLegacyPem } from "./legacyPem";
import { readOpenSshPrivateKey } from "./opensshPrivateKey";
import { readEncryptedPkcs8, readPkcs8 } from "./pkcs8";
import { keyDamaged, keyFormatUnsupported } from "./privateKeyErrors";
import { type PrivateKeyBlock, privateKeyBlocks } from "./privateKeyPem";

/**
 * Reads the private key of a file: PKCS#8 (RFC 5958), PKCS#1, SEC1 (RFC 5915) or OpenSSH's format, unencrypted or under
 * a passphrase. The file may hold other content, such as the key's certificate.
 *
 * @param passphrase used only if the key is encrypted
 * @param uri names the key in an error
 * @throws PkiError `PASSPHRASE_REJECTED`, `KEY_DAMAGED`, or `KEY_FORMAT_UNSUPPORTED`, with the command that converts the file
 */
export function readPrivateKey(text: string, passphrase: string | undefined, uri: string): KeyObject {
  const [block, ...others] = privateKeyBlocks(text);
  if (block === undefined) {
    throw otherKeyFile(text, uri) ?? keyDamaged(uri);
  }
  if (others.length > 0) {
    throw keyFormatUnsupported(
      uri,
      `holds ${String(others.length + 1)} private keys`,
      "Keep one of them in the file, and move each of the others to its own file",
    );
  }
  return withNamedCurve(readBlock(block, passphrase ?? "", uri), uri);
}

function readBlock(block: PrivateKeyBlock, passphrase: string, uri: string): KeyObject {
  const { label, dekInfo, data } = block;
  if (data === undefined) {
    throw keyDamaged(uri);
  }
  const clear = dekInfo === undefined ? data : decryptLegacyPem(data, dekInfo, passphrase, uri);
  switch (label) {
    case "PRIVATE KEY":
      return readPkcs8(clear, uri);
    case "ENCRYPTED PRIVATE KEY":
      return readEncryptedPkcs8(clear, passphrase, uri);
    case "RSA PRIVATE KEY":
      return readTraditional(clear, "pkcs1", uri);
    case "EC PRIVATE KEY":
      return readTraditional(clear, "sec1", uri);
    case "OPENSSH PRIVATE KEY":
      return readOpenSshPrivateKey(clear, passphrase, uri);
    default:
      throw keyFormatUnsupported(
        uri,
        `holds a key of the type "${label}"`,
        "Use an ECDSA, RSA or Ed25519 key as PKCS#8 PEM",
      );
  }
}

function readTraditional(der: Buffer, type: "pkcs1" | "sec1", uri: string): KeyObject {
  try {
    return createPrivateKey({ key: der, format: "der", type });
  } catch (cause) {
    throw keyDamaged(uri, cause);
  }
}

/**
 * Returns the key with a named curve. If the file has explicit curve parameters, OpenSSL would write them into
 * certificates, which Go refuses.
 */
function withNamedCurve(key: KeyObject, uri: string): KeyObject {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? "";
  if (!["prime256v1", "secp384r1", "secp521r1"].includes(curve)) {
    return key;
  }
  try {
    return createPrivateKey({ key: key.export({ format: "jwk" }), format: "jwk" });
  } catch (cause) {
    // OpenSSL 3.5 checks that the two halves match.
    throw keyDamaged(uri, cause);
  }
}
