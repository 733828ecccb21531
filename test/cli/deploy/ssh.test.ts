import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { freePort } from "../../fixtures/freePort";
import { HeldFile } from "../../fixtures/heldFile";
import { Relay } from "../../fixtures/relay";
import { SshServer } from "../../fixtures/sshServer";
import { until } from "../../fixtures/waiting";
import { processesSaying } from "../../engine/projectProcesses";
import { missing } from "../../tools";
import { DeployedAuthority } from "./deployedAuthority";

const skip = missing("step-ca", "step", "openssl", "ssh", "ssh-keygen", "sshd");

void describe("kms-pki deploy over ssh", { skip }, () => {
  let deployed: DeployedAuthority;
  let server: SshServer;
  let relay: Relay;
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
    relay = await Relay.start(port);
    settings = {
      ssh: `${SshServer.user}@127.0.0.1`,
      sshOptions: [
        ...["-F", "none", "-p", String(relay.port), "-i", inScratch("login"), "-o", "IdentitiesOnly=yes"],
        ...["-o", `UserKnownHostsFile=${inScratch("known_hosts")}`, "-o", "GlobalKnownHostsFile=none"],
        ...["-o", "StrictHostKeyChecking=no", "-o", "BatchMode=no"],
      ],
    };
  });
  after(async () => {
    await relay.stop();
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
    writeFileSync(inScratch("known_hosts"), `[127.0.0.1]:${String(relay.port)} ${String(type)} ${String(key)}\n`);
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

  /** The outputs with another certificate of the intermediate. */
  const another = async (name: string, caConfig: object = {}): Promise<string> => {
    const intermediateCertificate = await deployed.reissuedIntermediate(name);
    return deployed.writeOutputs("outputs", { intermediateCertificate }, { ...caConfig });
  };

  void it("writes nothing when the connection breaks while files are sent, and sends them again", async () => {
    const { host } = deployed;
    const before = (): unknown => [host.readCa("ca.json"), readdirSync(host.inCa("certificates"))];
    const kept = before();
    // More than ssh sends at once, in a field that step-ca passes over.
    const outputs = await another("Large", { note: "x".repeat(200_000) });
    relay.limit = 100_000;
    const running = deployed.run(outputs, settings);
    await until("a part of ca.json is there", () => existsSync(host.inCa(".incoming/ca.next.json")));
    relay.cut();
    const { code, output } = await running;
    assert.equal(code, 1, output);
    assert.match(output, /HANDOVER_FAILED: ca1: the files did not reach /);
    assert.deepEqual(before(), kept);
    const again = await deployed.run(outputs, settings);
    assert.equal(again.code, 0, again.output);
    assert.equal(host.readCa("ca.json").length > 200_000, true);
  });

  void it("puts ca.json back when ssh dies while it is replaced, and what goes on there replaces it no more", async () => {
    const { host } = deployed;
    const [config, served] = [host.readCa("ca.json"), await host.servedIssuer()];
    const outputs = await another("Late");
    let held: HeldFile | undefined;
    let connections = 0;
    relay.before = () => {
      // The first connection after the file is there looks at it, the second one replaces ca.json.
      connections += existsSync(host.inCa("ca.next.json")) ? 1 : 0;
      if (connections === 2) {
        held ??= new HeldFile(host.inCa("ca.next.json"));
      }
    };
    const running = deployed.run(outputs, settings);
    await until("ca.next.json is held", () => held !== undefined);
    await held?.reached();
    relay.cut();
    const { code, output } = await running;
    assert.equal(code, 2, output);
    assert.match(output, /it is not known whether ca\.json was replaced/);
    const commands = processesSaying(`CA_DIR=${host.directory}`);
    assert.ok(commands.length > 0, "it goes on");
    held?.release();
    await until("the command has ended", () => processesSaying(`CA_DIR=${host.directory}`).length === 0);
    assert.equal(host.readCa("ca.json"), config);
    assert.equal(await host.servedIssuer(), served);
    const again = await deployed.run(outputs, settings);
    assert.equal(again.code, 0, again.output);
    assert.notEqual(await host.servedIssuer(), served);
  });
});
