import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { Algorithm } from "../../provider/kms/algorithms";
import { sshPublicKey } from "../../provider/ssh/publicKey";
import { sshPublicKeyPem } from "../../provider/ssh/publicKeyPem";
import { SCHEME_NAMES } from "../fixtures/signatureSchemes";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing, runTool } from "../tools";
import { keyPair } from "../x509/keySigner";

/** The beginning of a line, and the type in the output of `ssh-keygen -l`. */
const TYPES: Readonly<Record<Algorithm, { readonly sshName: string; readonly bits: number; readonly kind: string }>> = {
  ECDSA_P256: { sshName: "ecdsa-sha2-nistp256", bits: 256, kind: "ECDSA" },
  ECDSA_P384: { sshName: "ecdsa-sha2-nistp384", bits: 384, kind: "ECDSA" },
  ECDSA_P521: { sshName: "ecdsa-sha2-nistp521", bits: 521, kind: "ECDSA" },
  RSA_2048_PKCS1: { sshName: "ssh-rsa", bits: 2048, kind: "RSA" },
  RSA_3072_PKCS1: { sshName: "ssh-rsa", bits: 3072, kind: "RSA" },
  RSA_4096_PKCS1: { sshName: "ssh-rsa", bits: 4096, kind: "RSA" },
  RSA_2048_PSS: { sshName: "ssh-rsa", bits: 2048, kind: "RSA" },
  RSA_3072_PSS: { sshName: "ssh-rsa", bits: 3072, kind: "RSA" },
  RSA_4096_PSS: { sshName: "ssh-rsa", bits: 4096, kind: "RSA" },
  ED25519: { sshName: "ssh-ed25519", bits: 256, kind: "ED25519" },
};

void describe("An SSH public key", { skip: missing("ssh-keygen") }, () => {
  const directory = temporaryDirectory();

  for (const algorithm of SCHEME_NAMES) {
    const { sshName, bits, kind } = TYPES[algorithm];
    const pem = keyPair(algorithm).publicKey.export({ type: "spki", format: "pem" }).toString();

    void it(`of ${algorithm} is the same key again in PEM`, () => {
      assert.equal(sshPublicKeyPem(`${sshPublicKey(pem).line} a comment`), pem);
    });

    // ssh-keygen of OpenSSH 9.2 cannot read Ed25519 from PKCS#8.
    if (algorithm !== "ED25519") {
      void it(`of ${algorithm} is what ssh-keygen makes from the same key`, () => {
        const file = join(directory, "key.pem");
        writeFileSync(file, pem);
        assert.equal(runTool("ssh-keygen", ["-i", "-m", "PKCS8", "-f", file]), `${sshPublicKey(pem).line}\n`);
      });
    }

    void it(`of ${algorithm} is one line, with the fingerprint that ssh-keygen prints`, () => {
      const { line, fingerprint } = sshPublicKey(pem);
      const file = join(directory, "key.pub");
      writeFileSync(file, `${line}\n`);
      assert.match(line, new RegExp(`^${sshName} [A-Za-z0-9+/]+={0,2}$`));
      assert.match(fingerprint, /^SHA256:[A-Za-z0-9+/]{43}$/);
      assert.equal(runTool("ssh-keygen", ["-lf", file]), `${String(bits)} ${fingerprint} no comment (${kind})\n`);
    });
  }

  void it("of another kind, and a damaged one, has no PEM", () => {
    const { line } = sshPublicKey(keyPair("ECDSA_P256").publicKey.export({ type: "spki", format: "pem" }).toString());
    for (const text of ["", "ssh-dss AAAAB3NzaC1kc3M=", line.slice(0, 60), `${line.slice(0, 100)}AAAA`]) {
      assert.equal(sshPublicKeyPem(text), undefined, text);
    }
  });

  void it("of Ed25519 contains the 32 bytes of the key (RFC 8709, section 4)", () => {
    const { publicKey } = keyPair("ED25519");
    const { line } = sshPublicKey(publicKey.export({ type: "spki", format: "pem" }).toString());
    const blob = Buffer.concat([
      Buffer.of(0, 0, 0, 11),
      Buffer.from("ssh-ed25519"),
      Buffer.of(0, 0, 0, 32),
      publicKey.export({ type: "spki", format: "der" }).subarray(-32),
    ]);
    assert.equal(line, `ssh-ed25519 ${blob.toString("base64")}`);
  });
});
