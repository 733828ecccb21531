import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { freePort } from "../../fixtures/freePort";
import { SshServer } from "../../fixtures/sshServer";
import { missing } from "../../tools";
import { DeployedAuthority } from "./deployedAuthority";

const skip = missing("step-ca", "step", "openssl", "ssh", "ssh-keygen", "sshd");

void describe("kms-pki deploy over ssh", { skip }, () => {
  let deployed: DeployedAuthority;
  let server: SshServer;
  let settings: { ssh: string; sshOptions: string[] };
  const inScratch = (name: string): string => deployed.authority.path("ssh", name);
  before(async () => {
    deployed = await DeployedAuthority.create();
    const first = await deployed.firstRun(deployed.writeOutputs("outputs"));
    assert.equal(first.code, 0, first.output);
    mkdirSync(inScratch(""));
    for (const name of ["ca", "login"]) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", inScratch(name)]);
    }
    execFileSync("ssh-keygen", [
      "-q",
      "-s",
      inScratch("ca"),
      "-I",
      "test",
      "-n",
      SshServer.user,
      inScratch("login.pub"),
    ]);
    writeFileSync(inScratch("revoked"), "");
    writeFileSync(inScratch("known_hosts"), "");
    const port = await freePort();
    server = await SshServer.start(inScratch("sshd"), port, inScratch("ca.pub"), inScratch("revoked"));
    settings = {
      ssh: `${SshServer.user}@127.0.0.1`,
      sshOptions: [
        ...["-F", "none", "-p", String(port), "-i", inScratch("login"), "-o", "IdentitiesOnly=yes"],
        ...["-o", `UserKnownHostsFile=${inScratch("known_hosts")}`, "-o", "GlobalKnownHostsFile=none"],
        ...["-o", "StrictHostKeyChecking=no", "-o", "BatchMode=no"],
      ],
    };
  });
  after(async () => {
    await server.stop();
    await deployed.stop();
  });

  void it("requires that the key of the host is known, whatever the options say", async () => {
    const { code, output } = await deployed.run(deployed.writeOutputs("outputs"), settings);
    assert.equal(code, 1, output);
    assert.match(output, /HOST_UNREACHABLE: ca1: it cannot be asked: [\s\S]*Host key verification failed/);
    assert.equal(readFileSync(inScratch("known_hosts"), "utf8"), "");
  });

  void it("hands over to a host that is known, and changes nothing in a second run", async () => {
    const [type, key] = readFileSync(inScratch("sshd/host_key.pub"), "utf8").split(" ");
    const { port } = /-p (?<port>\d+)/.exec(settings.sshOptions.join(" "))?.groups ?? {};
    writeFileSync(inScratch("known_hosts"), `[127.0.0.1]:${String(port)} ${String(type)} ${String(key)}\n`);
    const { host } = deployed;
    const certificate = await deployed.reissuedIntermediate("New");
    const outputs = deployed.writeOutputs("outputs", { intermediateCertificate: certificate });
    const { code, output } = await deployed.run(outputs, { ...settings, probe: "host" });
    assert.equal(code, 0, output);
    assert.equal(host.crt, certificate);
    assert.equal(host.readCa("intermediate_ca.crt"), certificate);
    const [files, signals] = [host.snapshot(), host.signals];
    const second = await deployed.run(outputs, settings);
    assert.match(second.output, /serves what the stack says/);
    assert.deepEqual(host.snapshot(), files);
    assert.equal(host.signals, signals);
  });
});
