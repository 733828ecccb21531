import { createCipheriv, type KeyObject, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { EncryptedData, EncryptedPrivateKeyInfo } from "@peculiar/asn1-pkcs8";
import { AsnConvert, AsnProp, AsnPropTypes, AsnType, AsnTypeTypes, OctetString } from "@peculiar/asn1-schema";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";

/** PBKDF2 rounds. Node's own PEM export stops at 2,048; step-ca reads any number. */
const PBKDF2_ITERATIONS = 600_000;

const deriveKey = promisify(pbkdf2);

const ID_PBES2 = "1.2.840.113549.1.5.13";
const ID_PBKDF2 = "1.2.840.113549.1.5.12";
const ID_HMAC_WITH_SHA256 = "1.2.840.113549.2.9";
const ID_AES256_CBC = "2.16.840.1.101.3.4.1.42";

/** RFC 8018, appendix A.2. The key length is omitted: AES-256 implies it. */
@AsnType({ type: AsnTypeTypes.Sequence })
class Pbkdf2Parameters {
  @AsnProp({ type: OctetString })
  salt = new OctetString();
  @AsnProp({ type: AsnPropTypes.Integer })
  iterationCount = PBKDF2_ITERATIONS;
  @AsnProp({ type: AlgorithmIdentifier })
  prf = new AlgorithmIdentifier({ algorithm: ID_HMAC_WITH_SHA256, parameters: null });
}

/** RFC 8018, appendix A.4. */
@AsnType({ type: AsnTypeTypes.Sequence })
class Pbes2Parameters {
  @AsnProp({ type: AlgorithmIdentifier })
  keyDerivationFunction = new AlgorithmIdentifier();
  @AsnProp({ type: AlgorithmIdentifier })
  encryptionScheme = new AlgorithmIdentifier();
}

/** An AES-256 key derived from a passphrase, with the salt to derive it again. */
export interface EncryptionKey {
  readonly salt: Uint8Array;
  readonly aesKey: Uint8Array;
}

/**
 * Derives an AES-256 key from a passphrase with a new salt: PBKDF2-HMAC-SHA256 at {@link PBKDF2_ITERATIONS} rounds,
 * slow on purpose. It may encrypt several keys that share the passphrase.
 */
export async function deriveEncryptionKey(passphrase: string): Promise<EncryptionKey> {
  const salt = randomBytes(16);
  return { salt, aesKey: await deriveKey(passphrase, salt, PBKDF2_ITERATIONS, 32, "sha256") };
}

/**
 * Writes a private key as an encrypted PKCS#8 PEM: PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC with a new
 * initialization vector (RFC 5958, RFC 8018), which OpenSSL and step-ca read.
 */
export function encryptPrivateKey(key: KeyObject, { salt, aesKey }: EncryptionKey): string {
  const iv = randomBytes(16);
  const cipher = createCipheriv("aes-256-cbc", aesKey, iv);
  const plain = key.export({ type: "pkcs8", format: "der" });
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  plain.fill(0);

  const derivation = new Pbkdf2Parameters();
  derivation.salt = new OctetString(salt);
  const scheme = new Pbes2Parameters();
  scheme.keyDerivationFunction = new AlgorithmIdentifier({
    algorithm: ID_PBKDF2,
    parameters: AsnConvert.serialize(derivation),
  });
  scheme.encryptionScheme = new AlgorithmIdentifier({
    algorithm: ID_AES256_CBC,
    parameters: AsnConvert.serialize(new OctetString(iv)),
  });
  const info = new EncryptedPrivateKeyInfo({
    encryptionAlgorithm: new AlgorithmIdentifier({ algorithm: ID_PBES2, parameters: AsnConvert.serialize(scheme) }),
    encryptedData: new EncryptedData(encrypted),
  });
  const base64 = Buffer.from(AsnConvert.serialize(info)).toString("base64");
  const lines = base64.match(/.{1,64}/g) ?? [];
  return ["-----BEGIN ENCRYPTED PRIVATE KEY-----", ...lines, "-----END ENCRYPTED PRIVATE KEY-----", ""].join("\n");
}
