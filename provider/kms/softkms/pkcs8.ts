import { createDecipheriv, createPrivateKey, type KeyObject, pbkdf2Sync, scryptSync } from "node:crypto";
import { systemCode } from "../../errors";
import { decodeTlvs, encodeTlv, type Tlv, unwrapTlv } from "../../piv/tlv";
import { keyDamaged, keyFormatUnsupported, passphraseRejected } from "./privateKeyErrors";

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;

// Object identifiers in DER, in hex.
const PBES2 = "2a864886f70d01050d";
const PBKDF2 = "2a864886f70d01050c";
const SCRYPT = "2b06010401da47040b";
const HMAC_SHA1 = "2a864886f70d0207";

/** RFC 8018, B.1.2, and NIST's identifiers for SHA-3. */
const PRF_HASHES: Readonly<Record<string, string>> = {
  [HMAC_SHA1]: "sha1",
  "2a864886f70d0208": "sha224",
  "2a864886f70d0209": "sha256",
  "2a864886f70d020a": "sha384",
  "2a864886f70d020b": "sha512",
  "2a864886f70d020c": "sha512-224",
  "2a864886f70d020d": "sha512-256",
  "60864801650304020d": "sha3-224",
  "60864801650304020e": "sha3-256",
  "60864801650304020f": "sha3-384",
  "608648016503040210": "sha3-512",
};

/** RFC 8018, B.2: the ciphers whose parameter is their initialization vector. */
const CIPHERS: Readonly<Record<string, { readonly name: string; readonly keyLength: number }>> = {
  "608648016503040102": { name: "aes-128-cbc", keyLength: 16 },
  "608648016503040116": { name: "aes-192-cbc", keyLength: 24 },
  "60864801650304012a": { name: "aes-256-cbc", keyLength: 32 },
  "2a864886f70d0307": { name: "des-ede3-cbc", keyLength: 24 },
};

/** Encryption schemes in OpenSSL 3's legacy provider, which Node does not load (RFC 8018, A.3; RFC 7292, C). */
const LEGACY: Readonly<Record<string, string>> = {
  "2a864886f70d010501": "MD2 and DES",
  "2a864886f70d010503": "MD5 and DES",
  "2a864886f70d010504": "MD2 and RC2",
  "2a864886f70d010506": "MD5 and RC2",
  "2a864886f70d01050a": "SHA-1 and DES",
  "2a864886f70d01050b": "SHA-1 and RC2",
  "2a864886f70d010c0101": "SHA-1 and RC4 of 128 bits",
  "2a864886f70d010c0102": "SHA-1 and RC4 of 40 bits",
  "2a864886f70d010c0105": "SHA-1 and RC2 of 128 bits",
  "2a864886f70d010c0106": "SHA-1 and RC2 of 40 bits",
  "2b0e030207": "DES",
  "2a864886f70d0302": "RC2",
  "2a864886f70d0309": "RC5",
};

/** The command that converts any key that OpenSSL can read into one that this package and step-ca can read. */
export const CONVERT_LEGACY =
  "Convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000 -provider legacy -provider default -in FILE -out NEWFILE";

/**
 * Reads a private key from PKCS#8 DER, version 1, or version 2, which includes the public key (RFC 5958, section 2).
 *
 * @param uri names the key in an error
 * @throws PkiError `KEY_DAMAGED`
 */
export function readPkcs8(der: Buffer, uri: string): KeyObject {
  try {
    return createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  } catch (cause) {
    try {
      return createPrivateKey({ key: asVersion1(der), format: "der", type: "pkcs8" }); // all that OpenSSL 3.0 knows
    } catch {
      throw keyDamaged(uri, cause);
    }
  }
}

/**
 * Reads a private key from encrypted PKCS#8 DER (RFC 5958, section 3): PBES2 with PBKDF2 or scrypt, and every other
 * scheme that OpenSSL supports.
 *
 * @param uri names the key in an error
 * @throws PkiError `PASSPHRASE_REJECTED`, `KEY_DAMAGED`, `KEY_FORMAT_UNSUPPORTED`
 */
export function readEncryptedPkcs8(der: Buffer, passphrase: string, uri: string): KeyObject {
  const { scheme, encrypted } = encryptionOf(der, uri);
  if (scheme === undefined) {
    return openWithOpenSsl(der, passphrase, uri);
  }
  const { cipher, iv, derive } = scheme;
  if (encrypted.length === 0 || encrypted.length % iv.length !== 0) {
    throw keyDamaged(uri);
  }
  let clear: Buffer;
  try {
    const decipher = createDecipheriv(cipher.name, derive(passphrase, cipher.keyLength), iv);
    clear = Buffer.concat([decipher.update(encrypted), decipher.final()]);
  } catch (cause) {
    throw systemCode(cause)?.startsWith("ERR_OSSL") === true ? passphraseRejected(uri, cause) : keyDamaged(uri, cause);
  }
  if (!isPrivateKeyDer(clear)) {
    throw passphraseRejected(uri);
  }
  return readPkcs8(clear, uri);
}

/**
 * Whether octets are one SEQUENCE that begins with a version, as every form of a private key does. If so, the
 * passphrase was right.
 */
export function isPrivateKeyDer(der: Buffer): boolean {
  try {
    const [version] = decodeTlvs(unwrapTlv(der, SEQUENCE, ""), "");
    return version?.tag === INTEGER && version.value.length === 1;
  } catch {
    return false;
  }
}

interface EncryptionScheme {
  readonly cipher: { readonly name: string; readonly keyLength: number };
  readonly iv: Buffer;
  readonly derive: (passphrase: string, keyLength: number) => Buffer;
}

/** The encryption of a key; without a scheme if OpenSSL must handle it. */
function encryptionOf(der: Buffer, uri: string): { scheme: EncryptionScheme | undefined; encrypted: Buffer } {
  try {
    const [algorithm, encrypted, ...others] = decodeTlvs(unwrapTlv(der, SEQUENCE, ""), "");
    if (algorithm?.tag !== SEQUENCE || encrypted?.tag !== OCTET_STRING || others.length > 0) {
      throw new Error("not an EncryptedPrivateKeyInfo");
    }
    const { id, parameters } = algorithmIn(algorithm);
    refuseLegacy(id, uri);
    return { scheme: id === PBES2 ? pbes2(parameters, uri) : undefined, encrypted: encrypted.value };
  } catch (cause) {
    throw systemCode(cause) === "KEY_FORMAT_UNSUPPORTED" ? cause : keyDamaged(uri, cause);
  }
}

/** RFC 8018, A.4. */
function pbes2(parameters: readonly Tlv[], uri: string): EncryptionScheme | undefined {
  const [derivation, encryption] = decodeTlvs(parameters[0]?.value ?? Buffer.alloc(0), "").map(algorithmIn);
  if (derivation === undefined || encryption === undefined) {
    throw new Error("not PBES2 parameters");
  }
  refuseLegacy(encryption.id, uri);
  const cipher = CIPHERS[encryption.id];
  const derive = derivationOf(derivation);
  const iv = encryption.parameters[0]?.value;
  return cipher === undefined || iv === undefined || derive === undefined ? undefined : { cipher, iv, derive };
}

function derivationOf({ id, parameters }: AlgorithmIdentifier): EncryptionScheme["derive"] | undefined {
  const fields = decodeTlvs(parameters[0]?.value ?? Buffer.alloc(0), "");
  const salt = fields[0]?.value ?? Buffer.alloc(0);
  const numbers = fields.filter(({ tag }) => tag === INTEGER).map(({ value }) => Number(`0x${value.toString("hex")}`));
  if (id === PBKDF2) {
    const prf = fields.find(({ tag }) => tag === SEQUENCE);
    const hash = PRF_HASHES[prf === undefined ? HMAC_SHA1 : algorithmIn(prf).id];
    const [iterations = 0] = numbers;
    return hash === undefined
      ? undefined
      : (passphrase, length) => pbkdf2Sync(passphrase, salt, iterations, length, hash);
  }
  if (id !== SCRYPT) {
    return undefined;
  }
  const [N = 0, r = 0, p = 0] = numbers;
  const maxmem = 128 * r * (N + p + 2) + 1024; // OpenSSL's own limit is 32 MB
  return (passphrase, length) => scryptSync(passphrase, salt, length, { N, r, p, maxmem });
}

interface AlgorithmIdentifier {
  readonly id: string;
  readonly parameters: readonly Tlv[];
}

function algorithmIn({ value }: Tlv): AlgorithmIdentifier {
  const [id, ...parameters] = decodeTlvs(value, "");
  if (id?.tag !== OBJECT_IDENTIFIER) {
    throw new Error("not an AlgorithmIdentifier");
  }
  return { id: id.value.toString("hex"), parameters };
}

function refuseLegacy(id: string, uri: string): void {
  const name = LEGACY[id];
  if (name !== undefined) {
    throw keyFormatUnsupported(uri, `is encrypted with ${name}, which is weak and not supported`, CONVERT_LEGACY);
  }
}

/** Decrypts PBES1 with Triple DES, and rare ciphers. */
function openWithOpenSsl(der: Buffer, passphrase: string, uri: string): KeyObject {
  try {
    return createPrivateKey({ key: der, format: "der", type: "pkcs8", passphrase });
  } catch (cause) {
    if (systemCode(cause) === "ERR_OSSL_EVP_UNSUPPORTED") {
      throw keyFormatUnsupported(uri, "is encrypted in a way that is not supported", CONVERT_LEGACY);
    }
    throw passphraseRejected(uri, cause);
  }
}

/** Converts version 2 (RFC 5958), which adds the public key, to version 1 (RFC 5208), which has no place for it. */
function asVersion1(der: Buffer): Buffer {
  const [, algorithm, privateKey] = decodeTlvs(unwrapTlv(der, SEQUENCE, ""), "");
  if (algorithm === undefined || privateKey === undefined) {
    throw new Error("not a PrivateKeyInfo");
  }
  return encodeTlv(
    SEQUENCE,
    encodeTlv(INTEGER, Buffer.of(0)),
    encodeTlv(algorithm.tag, algorithm.value),
    encodeTlv(privateKey.tag, privateKey.value),
  );
}
