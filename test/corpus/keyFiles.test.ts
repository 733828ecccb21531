import assert from "node:assert/strict";
import { createPublicKey, type KeyObject, pbkdf2Sync } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../provider/errors";
import { encryptPrivateKey } from "../../provider/kms/softkms/encryptedPrivateKey";
import { SoftKms } from "../../provider/kms/softkms/softkms";
import { softKeyUri } from "../../provider/kms/softkms/softKeyUri";
import { openssl } from "../fixtures/openssl";
import { python } from "../fixtures/python";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { withCode } from "../fixtures/withCode";
import { missing, runTool } from "../tools";
import { keyPair } from "../x509/keySigner";
import { opensslRequest } from "../x509/opensslRequest";

const PASSPHRASE = "correct horse";
const LONG_PASSPHRASE = "a".repeat(1_500);
const URI = softKeyUri("key.pem");

const directory = temporaryDirectory();
const path = (name: string): string => join(directory, name);
const passphraseFile = path("passphrase");
writeFileSync(passphraseFile, PASSPHRASE);

const EC = keyPair("ECDSA_P256").privateKey;
const RSA = keyPair("RSA_2048_PKCS1").privateKey;
const ED25519 = keyPair("ED25519").privateKey;

const pkcs8 = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();
const spki = (key: KeyObject): string =>
  (key.type === "public" ? key : createPublicKey(key)).export({ type: "spki", format: "pem" }).toString();
const certificate = (key: KeyObject): string => opensslRequest(directory, key, ["-x509", "-subj", "/CN=beside"]);

/** PKCS#8 as `openssl pkcs8` encrypts it. */
const encrypted = (...options: readonly string[]): string =>
  openssl(["pkcs8", "-topk8", ...options, "-passout", `file:${passphraseFile}`], pkcs8(EC));
/** With OpenSSL 3's legacy algorithms. */
const legacy = ["-provider", "legacy", "-provider", "default"];
/** OpenSSL's format before PKCS#8. */
const traditional = (command: "ec" | "rsa", ...options: readonly string[]): string =>
  openssl(
    [command, ...options, "-passout", `file:${passphraseFile}`, ...(command === "rsa" ? ["-traditional"] : [])],
    pkcs8(command === "rsa" ? RSA : EC),
  );

/** The EC key as `ssh-keygen` writes it. One round of its slow derivation is enough here. */
function openSsh(passphrase: string, ...options: readonly string[]): string {
  const file = path("ssh");
  rmSync(file, { force: true });
  writeFileSync(file, EC.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
  runTool("ssh-keygen", ["-q", "-p", "-a", "1", "-P", "", "-N", passphrase, ...options, "-f", file]);
  return readFileSync(file, "utf8");
}

const CRYPTOGRAPHY = `
import sys
from cryptography.hazmat.primitives.serialization import *
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import pkcs12
key = load_pem_private_key(open(sys.argv[1], "rb").read(), None)
passphrase = sys.argv[2].encode()
out = sys.stdout.buffer.write
`;
function cryptography(program: string, key = EC, passphrase = PASSPHRASE): Buffer {
  const file = path("plain.pem");
  writeFileSync(file, pkcs8(key));
  return python(CRYPTOGRAPHY + program, [file, passphrase]);
}

/** PKCS#8 of version 2, with the public key in it (RFC 5958). */
function pkcs8Version2(): string {
  const v1 = ED25519.export({ type: "pkcs8", format: "der" });
  const point = createPublicKey(ED25519).export({ type: "spki", format: "der" }).subarray(-32);
  const fields = Buffer.concat([Buffer.of(2, 1, 1), v1.subarray(5), Buffer.of(0x81, 33, 0), point]);
  return pem("PRIVATE KEY", Buffer.concat([Buffer.of(0x30, fields.length), fields]));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function step(command: string, ...options: readonly string[]): string {
  return runTool("step", ["crypto", "key", command, ...options, "--password-file", passphraseFile]);
}

interface KeyFile {
  /** The program that made it, and its content. */
  readonly what: string;
  readonly make: () => string | Buffer;
  /** Our result: the key in it, or the code and text of the error. */
  readonly ours: KeyObject | readonly [ErrorCode, RegExp];
  readonly openssl: "reads it" | "refuses it";
  /** `step crypto key public`: the reader of step-ca's softkms, except that softkms requires the key to be alone in the file. */
  readonly step: "reads it" | "refuses it";
  readonly isEncrypted?: true;
  readonly passphrase?: string;
}

const both = { openssl: "reads it", step: "reads it" } as const;
const neither = { openssl: "refuses it", step: "refuses it" } as const;
const opensslAlone = { openssl: "reads it", step: "refuses it" } as const;
const stepAlone = { openssl: "refuses it", step: "reads it" } as const;
const sealed = { isEncrypted: true } as const;
const CONVERT = /Convert it: openssl pkcs8 -topk8 .* -provider legacy -provider default -in FILE -out NEWFILE/;

const KEY_FILES: readonly KeyFile[] = [
  // Unencrypted keys.
  { what: "openssl: PKCS#8 of an EC key", make: () => pkcs8(EC), ours: EC, ...both },
  { what: "openssl: PKCS#8 of an Ed25519 key", make: () => pkcs8(ED25519), ours: ED25519, ...both },
  { what: "openssl: PKCS#1 of an RSA key", make: () => traditional("rsa"), ours: RSA, ...both },
  { what: "openssl: SEC1 of an EC key", make: () => openssl(["ec"], pkcs8(EC)), ours: EC, ...both },
  {
    what: "openssl: curve parameters before the key, as ecparam -genkey writes them",
    make: () => openssl(["ecparam", "-name", "prime256v1"]) + openssl(["ec"], pkcs8(EC)),
    ours: EC,
    ...opensslAlone,
  },
  {
    what: "openssl: an EC key with explicit curve parameters, whose certificates name the curve",
    make: () => openssl(["ec", "-param_enc", "explicit"], pkcs8(EC)),
    ours: EC,
    ...opensslAlone,
  },
  { what: "by hand: PKCS#8 of version 2, with the public key in it", make: pkcs8Version2, ours: ED25519, ...stepAlone },
  { what: "ssh-keygen: OpenSSH's format", make: () => openSsh(""), ours: EC, ...stepAlone },
  {
    what: "cryptography: OpenSSH's format of an RSA key",
    make: () => cryptography("out(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))", RSA),
    ours: RSA,
    ...stepAlone,
  },

  // Other content around the key.
  {
    what: "by hand: text before the key",
    make: () => `Bag Attributes\n    friendlyName: ca\n${pkcs8(EC)}`,
    ours: EC,
    ...both,
  },
  { what: "by hand: a byte order mark", make: () => `\ufeff${pkcs8(EC)}`, ours: EC, ...both },
  { what: "by hand: Windows newlines", make: () => pkcs8(EC).replaceAll("\n", "\r\n"), ours: EC, ...both },
  {
    what: "by hand: the certificate after the key",
    make: () => pkcs8(EC) + certificate(EC),
    ours: EC,
    ...both,
  },
  {
    what: "by hand: the certificate before the key",
    make: () => certificate(EC) + pkcs8(EC),
    ours: EC,
    ...both,
  },
  { what: "by hand: an indented key", make: () => pkcs8(EC).replaceAll(/^(?!-)/gm, "  "), ours: EC, ...both },
  {
    what: "by hand: two private keys",
    make: () => pkcs8(EC) + pkcs8(RSA),
    ours: ["KEY_FORMAT_UNSUPPORTED", /holds 2 private keys/],
    ...both,
  },
  {
    what: "by hand: UTF-16, as PowerShell writes redirected output",
    make: () => Buffer.from(`\ufeff${pkcs8(EC)}`, "utf16le"),
    ours: ["KEY_FORMAT_UNSUPPORTED", /UTF-16 text\. Convert it: iconv/],
    ...neither,
  },

  // Encrypted PKCS#8.
  { what: "openssl: PBES2 with AES-128", make: () => encrypted("-v2", "aes-128-cbc"), ours: EC, ...sealed, ...both },
  { what: "openssl: PBES2 with AES-192", make: () => encrypted("-v2", "aes-192-cbc"), ours: EC, ...sealed, ...both },
  {
    what: "openssl: PBES2 with HMAC-SHA-1 as its PRF",
    make: () => encrypted("-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1"),
    ours: EC,
    ...sealed,
    ...both,
  },
  {
    what: "openssl: PBES2 with HMAC-SHA-512 as its PRF",
    make: () => encrypted("-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA512"),
    ours: EC,
    ...sealed,
    ...opensslAlone,
  },
  {
    what: "openssl: PBES2 with Triple DES",
    make: () => encrypted("-v2", "des3"),
    ours: EC,
    ...sealed,
    ...both,
  },
  {
    what: "openssl: PBES2 with Camellia",
    make: () => encrypted("-v2", "camellia-256-cbc"),
    ours: EC,
    ...sealed,
    ...opensslAlone,
  },
  {
    what: "openssl: PBES2 with AES in CFB",
    make: () => encrypted("-v2", "aes-256-cfb"),
    ours: EC,
    ...sealed,
    ...opensslAlone,
  },
  { what: "openssl: PBES2 with scrypt", make: () => encrypted("-scrypt"), ours: EC, ...sealed, ...opensslAlone },
  {
    what: "openssl: PBES1 with SHA-1 and Triple DES",
    make: () => encrypted("-v1", "PBE-SHA1-3DES"),
    ours: EC,
    ...sealed,
    ...opensslAlone,
  },
  {
    what: "openssl: PBES1 with SHA-1 and RC2",
    make: () => encrypted(...legacy, "-v1", "PBE-SHA1-RC2-40"),
    ours: ["KEY_FORMAT_UNSUPPORTED", CONVERT],
    ...sealed,
    ...neither,
  },
  {
    what: "openssl: PBES1 with MD5 and DES",
    make: () => encrypted(...legacy, "-v1", "PBE-MD5-DES"),
    ours: ["KEY_FORMAT_UNSUPPORTED", CONVERT],
    ...sealed,
    ...neither,
  },
  {
    what: "openssl: PBES2 with DES",
    make: () => encrypted(...legacy, "-v2", "des-cbc"),
    ours: ["KEY_FORMAT_UNSUPPORTED", CONVERT],
    ...sealed,
    ...stepAlone,
  },
  {
    what: "cryptography: its best available encryption",
    make: () =>
      cryptography("out(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase)))"),
    ours: EC,
    ...sealed,
    ...both,
  },
  {
    what: "0.1.0: a passphrase of 1,500 bytes, with which it could not open its own keys again",
    make: () => {
      const salt = Buffer.alloc(16, 1);
      return encryptPrivateKey(EC, { salt, aesKey: pbkdf2Sync(LONG_PASSPHRASE, salt, 600_000, 32, "sha256") });
    },
    ours: EC,
    passphrase: LONG_PASSPHRASE,
    ...sealed,
    ...stepAlone,
  },

  // Other encryptions.
  { what: "openssl: SEC1 with AES-256", make: () => traditional("ec", "-aes256"), ours: EC, ...sealed, ...both },
  { what: "openssl: PKCS#1 with Triple DES", make: () => traditional("rsa", "-des3"), ours: RSA, ...sealed, ...both },
  {
    what: "openssl: SEC1 with DES",
    make: () => openssl(["ec", ...legacy, "-des", "-passout", `file:${passphraseFile}`], pkcs8(EC)),
    ours: ["KEY_FORMAT_UNSUPPORTED", CONVERT],
    ...sealed,
    ...stepAlone,
  },
  {
    what: "ssh-keygen: OpenSSH's format with a passphrase",
    make: () => openSsh(PASSPHRASE),
    ours: EC,
    ...sealed,
    ...stepAlone,
  },
  {
    what: "ssh-keygen: OpenSSH's format with ChaCha20-Poly1305",
    make: () => openSsh(PASSPHRASE, "-Z", "chacha20-poly1305@openssh.com"),
    ours: ["KEY_FORMAT_UNSUPPORTED", /chacha20-poly1305@openssh\.com.*ssh-keygen -p -Z aes256-ctr -f FILE/],
    ...sealed,
    ...neither,
  },
  {
    what: "step: PKCS#8 with a passphrase",
    make: () => {
      writeFileSync(path("plain.pem"), pkcs8(EC));
      step("format", path("plain.pem"), "--pkcs8", "--pem", "--force", "--out", path("step.pem"));
      return readFileSync(path("step.pem"), "utf8");
    },
    ours: EC,
    ...sealed,
    ...both,
  },

  // Other kinds of files.
  {
    what: "openssl: PKCS#8 as DER",
    make: () => EC.export({ type: "pkcs8", format: "der" }),
    ours: ["KEY_FORMAT_UNSUPPORTED", /as DER.*openssl pkcs8 .* -inform DER/],
    ...opensslAlone,
  },
  {
    what: "openssl: SEC1 as DER",
    make: () => EC.export({ type: "sec1", format: "der" }),
    ours: ["KEY_FORMAT_UNSUPPORTED", /as DER/],
    ...opensslAlone,
  },
  {
    what: "cryptography: PKCS#12",
    make: () =>
      cryptography(
        'out(pkcs12.serialize_key_and_certificates(b"ca", key, None, None, BestAvailableEncryption(passphrase)))',
      ),
    ours: ["KEY_FORMAT_UNSUPPORTED", /PKCS#12 file\. Convert it: openssl pkcs12 -in FILE/],
    ...opensslAlone,
  },
  {
    what: "by hand: PuTTY's format",
    make: () => "PuTTY-User-Key-File-3: ecdsa-sha2-nistp256\nEncryption: none\nComment: ca\nPublic-Lines: 3\n",
    ours: ["KEY_FORMAT_UNSUPPORTED", /puttygen FILE -O private-openssh-new/],
    ...neither,
  },
  {
    what: "by hand: a Java keystore",
    make: () => Buffer.from("feedfeed0000000200000001", "hex"),
    ours: ["KEY_FORMAT_UNSUPPORTED", /Java keystore.*keytool -importkeystore/],
    ...neither,
  },
  {
    what: "by hand: a JWK",
    make: () => JSON.stringify(EC.export({ format: "jwk" })),
    ours: ["KEY_FORMAT_UNSUPPORTED", /JWK.*step crypto key format/],
    ...neither,
  },
  {
    what: "openssl: an RSA key of 1,024 bits",
    make: () => openssl(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"]),
    ours: ["ALGORITHM_UNSUPPORTED", /an RSA key of 1024 bits/],
    ...both,
  },
  {
    what: "openssl: an EC key on a curve that step-ca does not support",
    make: () => openssl(["ecparam", "-genkey", "-noout", "-name", "secp256k1"]),
    ours: ["ALGORITHM_UNSUPPORTED", /secp256k1/],
    ...opensslAlone,
  },
  {
    what: "openssl: a public key",
    make: () => spki(EC),
    ours: ["KEY_FORMAT_UNSUPPORTED", /public key and no private key/],
    ...stepAlone,
  },
  {
    what: "openssl: a certificate",
    make: () => certificate(EC),
    ours: ["KEY_FORMAT_UNSUPPORTED", /certificate and no private key/],
    ...stepAlone,
  },
  {
    what: "by hand: a truncated key",
    make: () => pkcs8(RSA).slice(0, 900),
    ours: ["KEY_DAMAGED", /backup/],
    ...neither,
  },
];

/** A public key as a program printed it, or undefined when it refused. */
function printed(print: () => string): object | undefined {
  try {
    return createPublicKey(print()).export({ format: "jwk" });
  } catch {
    return undefined;
  }
}

void describe("A key file of another program", { skip: missing("openssl", "ssh-keygen", "step", "ministack") }, () => {
  const describeKey = async (passphrase: string): Promise<KeyObject> => {
    const softkms = new SoftKms({
      rootDirectory: directory,
      passphrase: () => passphrase,
      notice: (message) => assert.fail(message),
    });
    return (await softkms.describeKey(URI)).publicKey;
  };

  for (const { what, make, ours, isEncrypted, passphrase = PASSPHRASE, ...judges } of KEY_FILES) {
    const says = Array.isArray(ours) ? `is refused as ${String(ours[0])}` : "is read";
    void it(`(${what}) ${says}; openssl ${judges.openssl}, step ${judges.step}`, async () => {
      writeFileSync(path("key.pem"), make());
      writeFileSync(passphraseFile, passphrase);
      try {
        if (ours instanceof Array) {
          await assert.rejects(async () => describeKey(passphrase), withCode(...ours));
        } else {
          assert.equal(spki(await describeKey(passphrase)), spki(ours));
          if (isEncrypted === true) {
            await assert.rejects(async () => describeKey("wrong"), withCode("PASSPHRASE_REJECTED"));
          }
        }
        const read = {
          openssl: printed(() =>
            openssl(["pkey", "-in", path("key.pem"), "-passin", `file:${passphraseFile}`, "-pubout"]),
          ),
          step: printed(() => step("public", path("key.pem"))),
        };
        for (const program of ["openssl", "step"] as const) {
          assert.equal(read[program] === undefined ? "refuses it" : "reads it", judges[program], program);
          if (!(ours instanceof Array) && read[program] !== undefined) {
            assert.deepEqual(read[program], createPublicKey(ours).export({ format: "jwk" }));
          }
        }
      } finally {
        writeFileSync(passphraseFile, PASSPHRASE);
      }
    });
  }
});
