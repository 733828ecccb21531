import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { until } from "../fixtures/waiting";
import type { Compromise } from "../../provider";
import { SshServer } from "../fixtures/sshServer";
import { missing, runTool } from "../tools";
import { provisionerFlags } from "../engine/issuesCertificates";
import type { GenerationOutput } from "../engine/rotationStack";
import { freePort } from "../fixtures/freePort";
import { servedIssuers } from "../engine/servedIssuers";
import { StepCa } from "../engine/stepCa";
import { WorldProject } from "./worldProject";

const skip = missing("step-ca", "step", "openssl", "ssh", "ssh-keygen");

void describe("step-ca on the day on which keys are compromised", { skip }, () => {
  let project: WorldProject;
  let port: number;
  let ca: StepCa;
  const compromised: string[] = [];
  const inCa = (file: string): string => join(project.directory, "ca", file);
  const inHome = (file: string): string => join(project.scratch, "step", file);

  /** The one up that follows the word, and the handover. */
  const compromise = async (label: string): Promise<Compromise> => {
    compromised.push(label);
    await project.setConfigObject("kms-pki:compromised", compromised);
    await project.up();
    await handOver();
    ca.reload();
    const intermediate = new X509Certificate(await project.output("intermediateCertificate"));
    const userKeys = keysOf(await project.output("sshTrustedUserCaKeys"));
    const isReloaded = async (): Promise<boolean> =>
      (await servedIssuers(port))[0] === intermediate.fingerprint256 &&
      keysOf(await ca.step(["ssh", "config", "--roots"]).catch(() => "")) === userKeys;
    await until("step-ca has reloaded", isReloaded, { known: () => ca.log });
    return (await project.outputs())["compromise"] as Compromise;
  };
  const handOver = async (): Promise<void> => {
    const exported = await project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(exported.code, 0, exported.output);
  };
  const roots = async (): Promise<string> =>
    (((await project.outputs())["roots"] as GenerationOutput[] | undefined) ?? [])
      .map(({ certificate }) => certificate)
      .join("");
  const issueTls = async (name: string): Promise<string> => {
    await ca.step([
      ...["ca", "certificate", "localhost", inHome(`${name}.crt`), inHome(`${name}.key`)],
      ...provisionerFlags(project),
    ]);
    return inHome(`${name}.crt`);
  };
  const issueSsh = async (name: string): Promise<string> => {
    await ca.step([
      ...["ssh", "certificate", SshServer.user, inHome(name), "--principal", SshServer.user],
      ...["--no-password", "--insecure", "--no-agent", ...provisionerFlags(project)],
    ]);
    return inHome(name);
  };
  const verifies = (file: string, rootPem: string): boolean => {
    const rootFile = join(project.scratch, "trusted.pem");
    writeFileSync(rootFile, rootPem);
    try {
      return runTool("openssl", ["verify", "-x509_strict", "-CAfile", rootFile, "-untrusted", file, file]).includes(
        ": OK",
      );
    } catch {
      return false;
    }
  };

  before(async () => {
    port = await freePort();
    project = await WorldProject.rootStack({ "kms-pki:address": `127.0.0.1:${String(port)}` });
    await project.setConfigObject("kms-pki:crl", { url: "http://pki.example.com/crl" });
    await project.up();
    await handOver();
    ca = await StepCa.start(join(project.directory, "ca"), project.passphraseFile, port, join(project.scratch, "step"));
  });
  after(async () => {
    await ca.stop();
    project.remove();
  });

  void it("serves the next intermediate after one up, and the root's list names the old one", async () => {
    const root = await project.output("rootCertificate");
    const [old, leaf] = [await project.output("intermediateCertificate"), await issueTls("old")];
    assert.ok(verifies(leaf, root));
    const { certificates } = await compromise("intermediate");
    assert.deepEqual(
      certificates.map(({ serialNumber }) => serialNumber),
      [new X509Certificate(old).serialNumber.toLowerCase()],
    );
    assert.ok(verifies(await issueTls("new"), root));
    const status = await project.kmsPki(["status"]);
    assert.match(status.output, /Compromised: intermediate\.\n[^]*intermediate +[0-9a-f]+ +yes\n1\. Hand over at once/);
    const [oldFile, list] = [join(project.scratch, "old.pem"), join(project.scratch, "root.crl.pem")];
    writeFileSync(oldFile, old);
    const [crl] = (await project.outputs())["crls"] as { readonly pem: string }[];
    writeFileSync(list, crl?.pem ?? "");
    assert.throws(
      () => runTool("openssl", ["verify", "-crl_check", "-CAfile", inCa("root_ca.crt"), "-CRLfile", list, oldFile]),
      /certificate revoked/,
    );
  });

  void it("serves a chain to a new root after one up, and nothing that it issues verifies under the old one", async () => {
    const former = await project.output("rootCertificate");
    const { rootFingerprints, steps } = await compromise("root");
    assert.deepEqual(rootFingerprints, [await project.output("rootFingerprint")]);
    assert.match(steps.join("\n"), /remove root from every trust store/);
    const leaf = await issueTls("newRoot");
    assert.ok(verifies(leaf, await roots()));
    assert.ok(!verifies(leaf, former));
    assert.ok(!JSON.stringify(await project.output("intermediateBundle")).includes(former.trim()));
  });

  void it(
    "signs users with the next key, and sshd refuses those of the old one",
    { skip: missing("sshd") },
    async () => {
      const [trusted, revoked] = [inCa("trusted"), inCa("revoked")];
      writeFileSync(trusted, await project.output("sshTrustedUserCaKeys"));
      writeFileSync(revoked, "");
      const server = await SshServer.start(join(project.scratch, "sshd"), await freePort(), trusted, revoked);
      try {
        const old = await issueSsh("old-user");
        assert.ok(server.admits(old));
        const before = readFileSync(trusted, "utf8");
        const { sshRevokedKeys } = await compromise("ssh-user");
        const next = await issueSsh("next-user");

        writeFileSync(trusted, await project.output("sshTrustedUserCaKeys"));
        assert.ok(!server.admits(old), "it still trusts the old key");
        assert.ok(server.admits(next));

        // A server that still has the old line refuses it by RevokedKeys alone, as text and as a list of ssh-keygen.
        writeFileSync(trusted, before);
        assert.ok(server.admits(old));
        writeFileSync(revoked, sshRevokedKeys);
        assert.ok(!server.admits(old));
        const keys = join(project.scratch, "revoked-keys");
        writeFileSync(keys, sshRevokedKeys);
        runTool("ssh-keygen", ["-k", "-f", revoked, keys]);
        assert.ok(!server.admits(old));
      } finally {
        await server.stop();
      }
    },
  );
});

/** The keys in lines of OpenSSH, without types and comments. */
function keysOf(lines: string): string {
  const keys = lines.split("\n").map((line) => line.split(" ")[1] ?? "");
  return keys.sort().join(" ").trim();
}
