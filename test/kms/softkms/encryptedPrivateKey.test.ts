import assert from "node:assert/strict";
import { createPublicKey, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { PkiError } from "../../../provider/errors";
import { deriveEncryptionKey, encryptPrivateKey } from "../../../provider/kms/softkms/encryptedPrivateKey";
import { readPrivateKey } from "../../../provider/kms/softkms/privateKey";
import { isEncrypted } from "../../../provider/kms/softkms/privateKeyPem";
import { generateKeyPair, type KeyPair, keyPairOf } from "../../../provider/kms/softkms/keyPair";
import { asn1, derOf, openssl } from "../../fixtures/openssl";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { withCode } from "../../fixtures/withCode";
import { missing, runTool } from "../../tools";

const PASSPHRASE = "correct horse";
const URI = "softkms:path=keys/root.pem";

function spki(key: KeyObject): string {
  return key.export({ type: "spki", format: "pem" }).toString();
}

/** A PEM text like another, with other content. */
function withDer(pem: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString("base64")
    .replace(/(.{64})(?=.)/g, "$1\n");
  return pem.replace(/(-----BEGIN [A-Z ]+-----\n)[^-]+/, `$1${lines}\n`);
}

function flipped(der: Uint8Array, position: number): Buffer {
  const copy = Buffer.from(der);
  copy.writeUInt8(copy.readUInt8(position) ^ 0x01, position);
  return copy;
}

void describe("An encrypted private key", () => {
  let pair: KeyPair;
  let pem: string;
  before(async () => {
    pair = await generateKeyPair("ECDSA_P256");
    pem = encryptPrivateKey(pair.privateKey, await deriveEncryptionKey(PASSPHRASE));
  });

  void it("is PKCS#8 with PBES2: PBKDF2-HMAC-SHA256 with 600,000 rounds, and AES-256-CBC", () => {
    assert.match(
      pem,
      /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,64}\n)+-----END ENCRYPTED PRIVATE KEY-----\n$/,
    );
    const values = asn1(derOf(pem))
      .split("\n")
      .map((line) =>
        line
          .replace(/^.*(cons|prim): */, "")
          .replace(/ +/g, " ")
          .trim(),
      );
    const [outer, algorithm, pbes2, parameters, derivation, pbkdf2, pbkdf2Parameters, salt, iterations, ...rest] =
      values;
    assert.deepEqual([outer, algorithm, parameters], ["SEQUENCE", "SEQUENCE", "SEQUENCE"]);
    assert.equal(pbes2, "OBJECT :PBES2");
    assert.deepEqual([derivation, pbkdf2, pbkdf2Parameters], ["SEQUENCE", "OBJECT :PBKDF2", "SEQUENCE"]);
    assert.match(salt ?? "", /^OCTET STRING \[HEX DUMP\]:[0-9A-F]{32}$/);
    assert.equal(iterations, `INTEGER :${(600_000).toString(16).toUpperCase().padStart(6, "0")}`);
    const [prf, hmac, none, scheme, aes, iv, data] = rest;
    assert.deepEqual([prf, hmac, none, scheme], ["SEQUENCE", "OBJECT :hmacWithSHA256", "NULL", "SEQUENCE"]);
    assert.equal(aes, "OBJECT :aes-256-cbc");
    assert.match(iv ?? "", /^OCTET STRING \[HEX DUMP\]:[0-9A-F]{32}$/);
    assert.match(data ?? "", /^OCTET STRING \[HEX DUMP\]:([0-9A-F]{32})+$/);
  });

  void it("shares the salt, but never the initialization vector, with other keys of the same derivation", async () => {
    const hexDumps = (text: string): string[] => asn1(derOf(text)).match(/HEX DUMP\]:[0-9A-F]{32}$/gm) ?? [];
    const encryptionKey = await deriveEncryptionKey(PASSPHRASE);
    const [salt, iv] = hexDumps(encryptPrivateKey(pair.privateKey, encryptionKey));
    const [otherSalt, otherIv] = hexDumps(encryptPrivateKey(pair.privateKey, encryptionKey));
    assert.ok(salt !== undefined && iv !== undefined);
    assert.equal(otherSalt, salt);
    assert.notEqual(otherIv, iv);
  });

  void it("has a new salt and initialization vector for each derivation", async () => {
    const hexDumps = (text: string): string[] => asn1(derOf(text)).match(/HEX DUMP\]:[0-9A-F]{32}$/gm) ?? [];
    const [one, other] = [
      hexDumps(pem),
      hexDumps(encryptPrivateKey(pair.privateKey, await deriveEncryptionKey(PASSPHRASE))),
    ];
    assert.equal(new Set([...one, ...other]).size, 4);
  });

  const passphrases: readonly { what: string; passphrase: string }[] = [
    { what: "letters", passphrase: PASSPHRASE },
    { what: "letters beyond ASCII", passphrase: "Zürich – 東京 🔑" },
    { what: "spaces at both ends", passphrase: "  two blanks  " },
    { what: "more than one block of the hash", passphrase: "long ".repeat(50) },
    { what: "shell metacharacters", passphrase: "$HOME'\"`%s\\" },
  ];
  for (const { what, passphrase } of passphrases) {
    void it(`with a passphrase of ${what} is read by openssl`, async () => {
      const file = join(temporaryDirectory(), "passphrase");
      writeFileSync(file, `${passphrase}\n`);
      const encrypted = encryptPrivateKey(pair.privateKey, await deriveEncryptionKey(passphrase));
      assert.equal(openssl(["pkey", "-passin", `file:${file}`, "-pubout"], encrypted), spki(pair.publicKey));
      assert.ok(createPublicKey(readPrivateKey(encrypted, passphrase, URI)).equals(pair.publicKey));
    });
  }

  for (const algorithm of ["ECDSA_P256", "ECDSA_P384", "ECDSA_P521", "RSA_2048_PKCS1", "ED25519"] as const) {
    void it(`for ${algorithm} is read by step`, { skip: missing("step") }, async () => {
      const directory = temporaryDirectory();
      const path = join(directory, "key.pem");
      const passphraseFile = join(directory, "passphrase");
      const key = await generateKeyPair(algorithm);
      const encrypted = encryptPrivateKey(key.privateKey, await deriveEncryptionKey(PASSPHRASE));
      const step = (command: string): string =>
        runTool("step", ["crypto", "key", command, path, "--password-file", passphraseFile]);
      writeFileSync(passphraseFile, PASSPHRASE);
      writeFileSync(path, encrypted);
      assert.match(step("inspect"), /private/i);
      writeFileSync(path, `a line above it\n${encrypted}`); // only "inspect" requires the PEM to come first
      assert.equal(step("public"), spki(key.publicKey));
    });
  }

  const foreign: readonly { what: string; make: (plain: string, file: string) => string }[] = [
    {
      what: "PKCS#8 with scrypt",
      make: (plain, file) => openssl(["pkcs8", "-topk8", "-scrypt", "-passout", `file:${file}`], plain),
    },
    {
      what: "PKCS#8 with AES-128 and SHA-1",
      make: (plain, file) =>
        openssl(["pkcs8", "-topk8", "-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA1", "-passout", `file:${file}`], plain),
    },
    {
      what: "OpenSSL's traditional format",
      make: (plain, file) => openssl(["ec", "-aes256", "-passout", `file:${file}`], plain),
    },
  ];
  for (const { what, make } of foreign) {
    void it(`that openssl wrote as ${what} can be read`, () => {
      const file = join(temporaryDirectory(), "passphrase");
      writeFileSync(file, PASSPHRASE);
      const encrypted = make(pair.privateKey.export({ type: "sec1", format: "pem" }).toString(), file);
      assert.ok(isEncrypted(encrypted));
      assert.ok(createPublicKey(readPrivateKey(encrypted, PASSPHRASE, URI)).equals(pair.publicKey));
      assert.throws(() => readPrivateKey(encrypted, "wrong", URI), withCode("PASSPHRASE_REJECTED"));
    });
  }

  void it("does not open with another passphrase, and no message contains it", () => {
    for (const wrong of ["wrong-passphrase", `${PASSPHRASE} `]) {
      assert.throws(
        () => readPrivateKey(pem, wrong, URI),
        (error) => {
          assert.ok(error instanceof Error);
          assert.ok(!`${error.message}${String(error.cause)}${error.stack ?? ""}`.includes(wrong));
          return withCode("PASSPHRASE_REJECTED", /the passphrase does not open softkms:path=keys\/root\.pem/)(error);
        },
      );
    }
  });

  void it("is reported as damaged when it is cut off anywhere", () => {
    for (let length = 0; length < pem.trimEnd().length; length += 1) {
      assert.throws(() => readPrivateKey(pem.slice(0, length), PASSPHRASE, URI), withCode("KEY_DAMAGED"));
    }
  });

  void it("is reported as damaged when lines are missing or are not base64", () => {
    const lines = pem.split("\n");
    const damaged = [
      [...lines.slice(0, 2), ...lines.slice(3)],
      [...lines.slice(0, 1), ...lines.slice(2)],
      [...lines.slice(0, 2), "?!", ...lines.slice(2)],
      [...lines.slice(0, 1), ...lines.slice(-2)],
      lines.map((line) => line.replace("ENCRYPTED ", "").replace("PRIVATE", "ENCRYPTED PRIVATE")).slice(1),
    ];
    for (const text of damaged) {
      assert.throws(() => readPrivateKey(text.join("\n"), PASSPHRASE, URI), withCode("KEY_DAMAGED"));
    }
  });

  void it("is reported as damaged, or does not open, when a bit changed", () => {
    const der = derOf(pem);
    for (let position = 0; position < der.length; position += 23) {
      assert.throws(
        () => keyPairOf(readPrivateKey(withDer(pem, flipped(der, position)), PASSPHRASE, URI), URI),
        (error) => error instanceof PkiError && /^KEY_DAMAGED$|^PASSPHRASE_REJECTED$/.test(error.code),
        `position ${String(position)}`,
      );
    }
  });
});

void describe("An unencrypted private key", () => {
  void it("is reported as damaged when it is cut off anywhere", async () => {
    const { privateKey } = await generateKeyPair("ECDSA_P256");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    for (let length = 0; length < pem.trimEnd().length; length += 1) {
      assert.throws(() => readPrivateKey(pem.slice(0, length), undefined, URI), withCode("KEY_DAMAGED"));
    }
  });

  for (const algorithm of ["ECDSA_P256", "ECDSA_P384", "ECDSA_P521", "RSA_2048_PKCS1"] as const) {
    void it(`for ${algorithm} is reported as damaged, unsupported or unchanged when a bit changed`, async () => {
      const { privateKey, publicKey } = await generateKeyPair(algorithm);
      const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      const der = derOf(pem);
      let damaged = 0;
      for (let position = 0; position < der.length; position += der.length > 1000 ? 13 : 1) {
        try {
          const read = keyPairOf(readPrivateKey(withDer(pem, flipped(der, position)), undefined, URI), URI);
          assert.ok(read.publicKey.equals(publicKey), `position ${String(position)}`);
        } catch (error) {
          assert.ok(error instanceof PkiError, `position ${String(position)}: ${String(error)}`);
          assert.match(error.code, /^KEY_DAMAGED$|^ALGORITHM_UNSUPPORTED$/);
          damaged += 1;
        }
      }
      assert.ok(damaged > 0);
    });
  }

  const noKeys: readonly { what: string; text: () => string }[] = [
    { what: "nothing", text: () => "" },
    { what: "a text", text: () => "no key" },
  ];
  for (const { what, text } of noKeys) {
    void it(`is refused as ${what}`, () => {
      assert.throws(() => readPrivateKey(text(), undefined, URI), withCode("KEY_DAMAGED"));
    });
  }
});
