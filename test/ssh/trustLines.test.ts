import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import type { Algorithm } from "../../provider/kms/algorithms";
import { type SshPublicKey, sshPublicKey } from "../../provider/ssh/publicKey";
import { certAuthorityLine, certAuthorityLines, trustedUserCaKeys } from "../../provider/ssh/trustLines";
import { SCHEME_NAMES } from "../fixtures/signatureSchemes";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { missing, runTool } from "../tools";
import { keyPair } from "../x509/keySigner";

function sshKey(algorithm: Algorithm, name?: string): SshPublicKey {
  return sshPublicKey(keyPair(algorithm, name).publicKey.export({ type: "spki", format: "pem" }).toString());
}

/** The output of ssh-keygen if it finds a CA for a host in a known_hosts file. */
function found(host: string, file: string, ...options: readonly string[]): string | undefined {
  try {
    return runTool("ssh-keygen", [...options, "-F", host, "-f", file]);
  } catch (error) {
    assert.equal((error as { status?: unknown }).status, 1);
    return undefined;
  }
}

void describe("The known_hosts line of a host CA", { skip: missing("ssh-keygen") }, () => {
  const directory = temporaryDirectory();
  const file = join(directory, "known_hosts");

  void it("occurs once for each of several host CAs", () => {
    const lines = ["old", "young"].map((name) => sshKey("ED25519", name).line);
    writeFileSync(file, `${certAuthorityLines(lines, "*.example.com")}\n`);
    assert.equal(
      found("host.example.com", file),
      lines
        .map(
          (line, at) =>
            `# Host host.example.com found: line ${String(at + 1)} CA\n@cert-authority *.example.com ${line}\n`,
        )
        .join(""),
    );
    assert.equal(certAuthorityLines(lines.slice(0, 1)), certAuthorityLine(lines[0] ?? ""));
  });

  for (const algorithm of SCHEME_NAMES) {
    void it(`of ${algorithm} is found by ssh-keygen for any host, as a CA`, () => {
      const { line, fingerprint } = sshKey(algorithm);
      writeFileSync(file, `${certAuthorityLine(line)}\n`);
      const host = "host.example.com";
      assert.equal(found(host, file), `# Host ${host} found: line 1 CA\n@cert-authority * ${line}\n`);
      assert.ok(found(host, file, "-l")?.includes(fingerprint));
    });
  }

  const patterns = [
    { pattern: "*.example.com", host: "a.example.com", trusted: true },
    { pattern: "*.example.com", host: "a.b.example.com", trusted: true },
    { pattern: "*.example.com", host: "example.com", trusted: false },
    { pattern: "*.example.com", host: "a.example.org", trusted: false },
    { pattern: "a.example.com,b.example.com", host: "b.example.com", trusted: true },
    { pattern: "*,!bad.example.com", host: "bad.example.com", trusted: false },
    { pattern: "*,!bad.example.com", host: "good.example.com", trusted: true },
  ] as const;
  for (const { pattern, host, trusted } of patterns) {
    void it(`for ${pattern} ${trusted ? "applies" : "does not apply"} to ${host}`, () => {
      writeFileSync(file, `${certAuthorityLine(sshKey("ECDSA_P256").line, pattern)}\n`);
      assert.equal(found(host, file) !== undefined, trusted);
    });
  }
});

void describe("The file of trusted user CAs", { skip: missing("ssh-keygen") }, () => {
  const directory = temporaryDirectory();
  const file = join(directory, "user_ca_keys.pub");
  let keys: SshPublicKey[];
  before(() => {
    keys = [sshKey("ECDSA_P256"), sshKey("ED25519")];
  });

  void it("contains two keys, one per line, which ssh-keygen reads in this order", () => {
    writeFileSync(file, trustedUserCaKeys(keys.map(({ line }) => line)));
    const [first, second] = keys.map(({ fingerprint }) => fingerprint);
    assert.equal(
      runTool("ssh-keygen", ["-lf", file]),
      `256 ${first ?? ""} no comment (ECDSA)\n256 ${second ?? ""} no comment (ED25519)\n`,
    );
  });

  void it("contains two keys of one type while a CA is replaced", () => {
    const [old, next] = [sshKey("ECDSA_P384"), sshKey("ECDSA_P384", "next")];
    writeFileSync(file, trustedUserCaKeys([old.line, next.line]));
    assert.equal(
      runTool("ssh-keygen", ["-lf", file]),
      `384 ${old.fingerprint} no comment (ECDSA)\n384 ${next.fingerprint} no comment (ECDSA)\n`,
    );
  });

  void it("is empty without keys", () => {
    assert.equal(trustedUserCaKeys([]), "");
  });
});
