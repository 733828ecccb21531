import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { parseSshPublicKey } from "../../provider/ssh/publicKeyLine";
import { sshPublicKey } from "../../provider/ssh/publicKey";
import { publicKeyPem } from "../../provider/x509/certificate";
import { missing, runTool } from "../tools";

const KEYS = {
  "ecdsa-sha2-nistp256": generateKeyPairSync("ec", { namedCurve: "P-256" }),
  "ecdsa-sha2-nistp384": generateKeyPairSync("ec", { namedCurve: "P-384" }),
  "ssh-rsa": generateKeyPairSync("rsa", { modulusLength: 2048 }),
  "ssh-ed25519": generateKeyPairSync("ed25519"),
};

void describe("An SSH public key line", () => {
  const directory = mkdtempSync(join(tmpdir(), "kms-pki-cli-"));
  after(() => {
    rmSync(directory, { recursive: true });
  });

  for (const [type, { publicKey }] of Object.entries(KEYS)) {
    void it(`of ${type} has the fingerprint that ssh-keygen prints`, { skip: missing("ssh-keygen") }, () => {
      const { line } = sshPublicKey(publicKeyPem(publicKey));
      const read = parseSshPublicKey(line);
      writeFileSync(join(directory, "key.pub"), `${line}\n`);
      assert.equal(read?.line, line);
      assert.equal(read.fingerprint, runTool("ssh-keygen", ["-lf", join(directory, "key.pub")]).split(" ")[1]);
    });
  }

  void it("may have a comment and a newline, and is returned without the newline", () => {
    const { line } = sshPublicKey(publicKeyPem(KEYS["ssh-ed25519"].publicKey));
    assert.equal(parseSshPublicKey(`${line} user CA\n`)?.line, `${line} user CA`);
  });

  const { line } = sshPublicKey(publicKeyPem(KEYS["ssh-ed25519"].publicKey));
  const refusals = {
    "an empty text": "",
    "a type alone": "ssh-ed25519",
    "a type that is not the key's": line.replace("ssh-ed25519", "ssh-rsa"),
    "base64 that is too short": "ssh-ed25519 AAA=",
    "two lines": `${line}\n${line}`,
    "options in front": `cert-authority ${line}`,
    "a PEM": publicKeyPem(KEYS["ssh-ed25519"].publicKey),
  };
  for (const [what, text] of Object.entries(refusals)) {
    void it(`is not ${what}`, () => {
      assert.equal(parseSshPublicKey(text), undefined);
    });
  }
});
