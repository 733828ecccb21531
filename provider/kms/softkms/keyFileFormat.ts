import type { PkiError } from "../../errors";
import { keyFormatUnsupported } from "./privateKeyErrors";

const AS_PEM = "openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 600000";

/**
 * The formats of a text without a private key as PEM. The text was read as UTF-8, so octets that are not UTF-8 have
 * become U+FFFD. The first match counts.
 */
const FORMATS: readonly { readonly is: RegExp; readonly what: string; readonly remedy: string }[] = [
  {
    is: /^(?:\ufffd\ufffd)?(?:[\x20-\x7e]\0){4}|^(?:\ufffd\ufffd)?(?:\0[\x20-\x7e]){4}/,
    what: "is UTF-16 text",
    remedy: "Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEWFILE",
  },
  {
    is: /^PuTTY-User-Key-File-\d/m,
    what: "is a key in PuTTY's format",
    remedy: "Convert it: puttygen FILE -O private-openssh-new -o NEWFILE",
  },
  {
    is: /^\ufffd{4}\0\0\0[\x01\x02]/,
    what: "is a Java keystore",
    remedy:
      "Convert it: keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype PKCS12, " +
      "then openssl pkcs12 -in NEW.p12 -nocerts -out NEWFILE",
  },
  {
    is: /^0[^]{1,4}\x02\x01\x030/,
    what: "is a PKCS#12 file",
    remedy: "Convert it: openssl pkcs12 -in FILE -nocerts -out NEWFILE (with -legacy for a file of an old program)",
  },
  {
    is: /^0[^]{1,4}(?:\x02\x01[\0\x01]|0[^]{1,3}\x06)/,
    what: "is a key as DER, not as PEM",
    remedy: `Convert it: ${AS_PEM} -inform DER -in FILE -out NEWFILE`,
  },
  {
    is: /^\s*\{[^]*"(?:kty|ciphertext)"/,
    what: "is a key in the JSON format JWK",
    remedy: "Convert it: step crypto key format --pkcs8 --pem --out NEWFILE FILE",
  },
  { is: /BEGIN PGP PRIVATE KEY BLOCK/, what: "is an OpenPGP key", remedy: "Use a key as PKCS#8 PEM" },
  {
    is: /BEGIN (?:SSH2 )?(?:RSA )?PUBLIC KEY|^(?:ssh-|ecdsa-sha2-|sk-)\S+ AAAA/m,
    what: "holds a public key and no private key",
    remedy: "Give the file of the private key",
  },
  {
    is: /BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/,
    what: "holds a certificate and no private key",
    remedy: "Give the file of the private key",
  },
  {
    is: /BEGIN (?:NEW )?CERTIFICATE REQUEST-----/,
    what: "holds a certificate request and no private key",
    remedy: "Give the file of the private key",
  },
];

/** The error for a file without a private key as PEM, which names its format; undefined if the format is unknown. */
export function otherKeyFile(text: string, uri: string): PkiError | undefined {
  if (/BEGIN [A-Z0-9 ]*PRIVATE KEY-----/.test(text)) {
    return undefined; // a key that is cut off
  }
  const format = FORMATS.find(({ is }) => is.test(text));
  return format && keyFormatUnsupported(uri, format.what, format.remedy);
}
