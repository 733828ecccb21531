import { createDecipheriv, createHash, getCipherInfo } from "node:crypto";
import { systemCode } from "../../errors";
import { CONVERT_LEGACY, isPrivateKeyDer } from "./pkcs8";
import { keyDamaged, keyFormatUnsupported, passphraseRejected } from "./privateKeyErrors";

/**
 * Decrypts OpenSSL's format from before PKCS#8, "Proc-Type: 4,ENCRYPTED". The key is derived by one round of MD5
 * (OpenSSL's EVP_BytesToKey).
 *
 * @param dekInfo the DEK-Info field: cipher and initialization vector, whose first 8 octets are the salt
 * @param uri names the key in an error
 * @throws PkiError `PASSPHRASE_REJECTED`, `KEY_DAMAGED`, `KEY_FORMAT_UNSUPPORTED`
 */
export function decryptLegacyPem(data: Buffer, dekInfo: string, passphrase: string, uri: string): Buffer {
  const [, cipher = "", hex = ""] = /^([\w-]+),\s*([0-9A-F]+)$/i.exec(dekInfo) ?? [];
  const [info, iv] = [getCipherInfo(cipher), Buffer.from(hex, "hex")];
  if (cipher !== "" && info === undefined) {
    throw keyFormatUnsupported(uri, `is encrypted with ${cipher}, which is not supported`, CONVERT_LEGACY);
  }
  if (info?.ivLength !== iv.length || data.length % (info.blockSize ?? 1) !== 0) {
    throw keyDamaged(uri);
  }
  let clear: Buffer;
  try {
    const decipher = createDecipheriv(cipher, bytesToKey(passphrase, iv.subarray(0, 8), info.keyLength), iv);
    clear = Buffer.concat([decipher.update(data), decipher.final()]);
  } catch (cause) {
    throw systemCode(cause) === "ERR_OSSL_EVP_UNSUPPORTED"
      ? keyFormatUnsupported(uri, `is encrypted with ${cipher}, which is weak and not supported`, CONVERT_LEGACY)
      : passphraseRejected(uri, cause);
  }
  if (!isPrivateKeyDer(clear)) {
    throw passphraseRejected(uri);
  }
  return clear;
}

function bytesToKey(passphrase: string, salt: Buffer, length: number): Buffer {
  let key = Buffer.alloc(0);
  let block = Buffer.alloc(0);
  while (key.length < length) {
    block = createHash("md5").update(block).update(passphrase).update(salt).digest();
    key = Buffer.concat([key, block]);
  }
  return key.subarray(0, length);
}
