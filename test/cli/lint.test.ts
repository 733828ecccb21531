import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { LintReport } from "../../provider/cli/lintCommand";
import { writePem } from "../../provider/x509/pem";
import { shellBlock } from "../documentation/shellBlocks";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { issue, issueRoot } from "../x509/issuing";
import { withExtension } from "../x509/lint/corpusFields";
import { boolean, implicit, integer, sequence } from "../x509/lint/derWriting";
import { IDS, intermediate, keyUsage, leaf, root, write } from "../x509/lint/madeCertificate";
import { type Answer, call } from "./testShell";

const FAULTY = write(withExtension(leaf(), IDS.keyUsage, keyUsage(0, 5), true));
const UNWISE = write(withExtension(leaf(), IDS.keyUsage, keyUsage(0)));
const WORTH_KNOWING = write(
  withExtension(leaf(), IDS.subjectAltName, sequence(...["a", "A"].map((text) => implicit(2, Buffer.from(text))))),
);

void describe("kms-pki lint", () => {
  const directory = temporaryDirectory();
  const lint = (args: readonly string[], stdin = ""): Promise<Answer> =>
    call(["lint", ...args], { cwd: directory, stdin });
  const report = async (args: readonly string[]): Promise<LintReport["certificates"]> =>
    (JSON.parse((await lint([...args, "--json"])).stdout) as LintReport).certificates;
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(directory, name), content);
    return name;
  };

  void it("finds nothing in certificates of this package", async () => {
    const rootPem = await issueRoot({ pathLength: "unlimited" });
    const wish = { profile: "intermediate", subject: { commonName: "A CA" }, issuerPem: rootPem } as const;
    const { exitCode, stdout, stderr } = await lint([file("ca.pem", rootPem + (await issue(wish)))]);
    assert.equal(stderr, "");
    assert.equal(stdout, "ca.pem: CN=Test Root\n  nothing found\nca.pem (2): CN=A CA\n  nothing found");
    assert.equal(exitCode, 0);
  });

  const answers: readonly {
    readonly what: string;
    readonly der: Buffer;
    readonly exitCode: number;
    readonly text: RegExp;
  }[] = [
    {
      what: "an error",
      der: FAULTY,
      exitCode: 2,
      text: /\n {2}error: keyCertSign is in .* \(key-usage-of-ca, RFC 5280, /,
    },
    {
      what: "a warning",
      der: UNWISE,
      exitCode: 1,
      text: /\n {2}warning: keyUsage is not critical \(key-usage-critical, /,
    },
    { what: "a notice", der: WORTH_KNOWING, exitCode: 0, text: /\n {2}notice: an alternative name is there twice/ },
  ];
  for (const { what, der, exitCode, text } of answers) {
    void it(`answers ${what} with exit code ${String(exitCode)}, from DER, PEM and standard input`, async () => {
      const pem = writePem("CERTIFICATE", der);
      for (const answer of [
        await lint([file("certificate.der", der)]),
        await lint([file("certificate.pem", pem)]),
        await lint(["-"], pem),
      ]) {
        assert.match(answer.stdout, text);
        assert.equal(answer.exitCode, exitCode);
      }
    });
  }

  void it("applies the rules of a profile only when it is named", async () => {
    const rootPem = file("root.pem", await issueRoot());
    assert.equal((await lint([rootPem])).exitCode, 0);
    const { exitCode, stdout } = await lint(["--profile", "publicTls", rootPem]);
    assert.equal(exitCode, 2);
    assert.match(stdout, /public-tls-ca-subject, CA\/B Forum TLS BR, section 7\.1\.2\.10\.2/);
  });

  void it("judges a certificate with its issuer from another file", async () => {
    const child = file("child.der", write(intermediate()));
    const basicConstraints = sequence(boolean(true), integer(0));
    const issuer = file("issuer.der", write(withExtension(root(), IDS.basicConstraints, basicConstraints, true)));
    const rules = async (args: readonly string[]): Promise<string[]> =>
      (await report(args)).flatMap(({ findings }) => findings.map(({ rule }) => rule));
    assert.deepEqual(await rules([child]), []);
    assert.deepEqual(await rules([child, issuer]), ["issuer-path-length"]);
  });

  void it("reports a certificate that cannot be read as one error", async () => {
    const [found, ...others] = await report([file("cut.der", FAULTY.subarray(0, 200))]);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [found?.file, found?.position, found?.subject, found?.findings.map(({ rule, level }) => `${level} ${rule}`)],
      ["cut.der", 1, "", ["error certificate-syntax"]],
    );
  });

  void it("runs as the documentation says", async () => {
    mkdirSync(join(directory, "ca"));
    const rootPem = await issueRoot();
    file("ca/root_ca.crt", rootPem);
    const wish = { subject: { commonName: "a" }, issuerPem: rootPem } as const;
    file("ca/intermediate_ca.crt", await issue({ ...wish, profile: "intermediate" }));
    file("server.crt", await issue({ ...wish, profile: "leaf", dnsNames: ["a.example.com"] }));
    const lines = shellBlock("docs/certificates.md", "kms-pki lint ca/root_ca.crt").trim().split("\n");
    const codes = [];
    for (const line of lines) {
      const [, , ...args] = line.split(" ");
      codes.push((await lint(args)).exitCode);
    }
    assert.deepEqual(codes, [0, 2]);
  });

  for (const { what, args, message } of [
    { what: "is not there", args: ["none.pem"], message: /^FILE_UNUSABLE: "none\.pem" cannot be read: ENOENT/ },
    { what: "holds no certificate", args: ["empty.txt"], message: /^INPUT_INVALID: empty\.txt holds no PEM/ },
  ]) {
    void it(`refuses a file that ${what}`, async () => {
      file("empty.txt", "nothing");
      const { exitCode, stdout, stderr } = await lint(args);
      assert.deepEqual([exitCode, stdout], [3, ""]);
      assert.match(stderr, message);
    });
  }
});
