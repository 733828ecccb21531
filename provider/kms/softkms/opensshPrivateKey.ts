import { createPrivateKey, type KeyObject } from "node:crypto";
import { createRequire } from "node:module";
import type * as sshpk from "sshpk";
import { keyDamaged, keyFormatUnsupported, passphraseRejected } from "./privateKeyErrors";

// Loaded only for a key in OpenSSH's format, because loading takes a while.
const load = createRequire(__filename);

const MAGIC = "openssh-key-v1\0";

/** The supported ciphers. `ssh-keygen` uses aes256-ctr by default. */
const CIPHERS = ["none", "3des-cbc", ...["128", "192", "256"].flatMap((size) => [`aes${size}-cbc`, `aes${size}-ctr`])];

/**
 * Reads a private key in OpenSSH's own format (PROTOCOL.key), unencrypted or under a passphrase.
 *
 * @param uri names the key in an error
 * @throws PkiError `PASSPHRASE_REJECTED`, `KEY_DAMAGED`, `KEY_FORMAT_UNSUPPORTED`
 */
export function readOpenSshPrivateKey(data: Buffer, passphrase: string, uri: string): KeyObject {
  const { cipher, type } = headOf(data, uri);
  if (!CIPHERS.includes(cipher)) {
    throw keyFormatUnsupported(
      uri,
      `is an OpenSSH key encrypted with the cipher "${cipher}", which is not supported`,
      "Encrypt it with another cipher: ssh-keygen -p -Z aes256-ctr -f FILE",
    );
  }
  if (!/^(?:ssh-(?:rsa|ed25519)|ecdsa-sha2-nistp\d+)$/.test(type)) {
    throw keyFormatUnsupported(uri, `is an OpenSSH key of the type "${type}"`, "Use an ECDSA, RSA or Ed25519 key");
  }
  try {
    const { parsePrivateKey } = load("sshpk") as typeof sshpk;
    return keyObjectOf(parsePrivateKey(pemOf(data), "ssh-private", { passphrase }));
  } catch (cause) {
    throw cipher === "none" ? keyDamaged(uri, cause) : passphraseRejected(uri, cause);
  }
}

/**
 * Reads the unencrypted part before the private half: magic, cipher, derivation and its parameters, number, public key.
 */
function headOf(data: Buffer, uri: string): { cipher: string; type: string } {
  try {
    if (data.toString("latin1", 0, MAGIC.length) !== MAGIC) {
      throw new Error("not an OpenSSH key");
    }
    let offset = MAGIC.length;
    const text = (): Buffer => {
      const begin = offset + 4;
      offset = begin + data.readUInt32BE(offset);
      if (offset > data.length) {
        throw new Error("it ends too early");
      }
      return data.subarray(begin, offset);
    };
    const [cipher] = [text().toString("latin1"), text(), text()];
    if (data.readUInt32BE(offset) !== 1) {
      throw keyFormatUnsupported(uri, "holds several OpenSSH keys", "Put each key into its own file");
    }
    offset += 4;
    const publicKey = text();
    text(); // the private half is whole
    return { cipher, type: publicKey.toString("latin1", 4, 4 + publicKey.readUInt32BE(0)) };
  } catch (cause) {
    throw cause instanceof Error && cause.name === "PkiError" ? cause : keyDamaged(uri, cause);
  }
}

function pemOf(data: Buffer): string {
  const lines = data.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n");
}

function keyObjectOf(key: sshpk.PrivateKey): KeyObject {
  if (key.type !== "ed25519") {
    return createPrivateKey(key.toString("pkcs8"));
  }
  // sshpk would write version 2 of PKCS#8, which OpenSSL 3.0 cannot read.
  const [x, d] = ["A", "k"].map(
    (name) => key.parts.find((part) => part.name === name)?.data.toString("base64url") ?? "",
  );
  return createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", x: x ?? "", d: d ?? "" }, format: "jwk" });
}
