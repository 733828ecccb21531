import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { after, before, describe, it } from "node:test";
import { join } from "node:path";
import { until } from "../../fixtures/waiting";
import { ownIdentity } from "../../../provider/cli/deploy/runIdentity";
import { fingerprintSha256, readCertificate } from "../../../provider/x509/certificate";
import type { Run } from "../../engine/project";
import { missing } from "../../tools";
import { Authority, type Outputs } from "../authority";
import { DeployedAuthority } from "./deployedAuthority";
import type { StepCaHost } from "./stepCaHost";

const ACME = { type: "ACME", name: "acme" };
const SECOND_ACME = { type: "ACME", name: "acme-2" };

void describe("kms-pki deploy to this host", { skip: missing("step-ca", "step", "openssl") }, () => {
  let deployed: DeployedAuthority;
  let host: StepCaHost;
  let first: Run;
  /** What the stack says now. */
  let changes: Outputs = {};
  let caConfig: Outputs = { authority: { provisioners: [ACME] } };
  before(async () => {
    deployed = await DeployedAuthority.create();
    host = deployed.host;
    changes = { intermediateCertificate: deployed.outputs["intermediateCertificate"] };
    first = await deployed.firstRun(outputs());
  });
  after(() => deployed.stop());

  const outputs = (): string => deployed.writeOutputs("outputs", changes, caConfig);
  const run = (settings: object = {}, options: readonly string[] = []): ReturnType<DeployedAuthority["run"]> =>
    deployed.run(outputs(), settings, { options });

  async function rename(commonName: string): Promise<void> {
    changes = { intermediateCertificate: await deployed.reissuedIntermediate(commonName) };
  }

  /** Deploys, and checks that neither the files beside ca.json nor the served chain changed. */
  async function changesNothing(code: number, settings: object = {}, options: readonly string[] = []): Promise<string> {
    const [files, served, signals] = [host.snapshot(), await host.servedIssuer(), host.signals];
    const { output, ...ended } = await run(settings, options);
    assert.equal(ended.code, code, output);
    assert.deepEqual(host.snapshot(), files);
    assert.equal(await host.servedIssuer(), served);
    assert.equal(host.signals, signals);
    return output;
  }

  async function succeeds(settings: object = {}, options: readonly string[] = []): Promise<string> {
    const { code, output } = await run(settings, options);
    assert.equal(code, 0, output);
    assert.equal(existsSync(host.inCa("hand-over")), false);
    const wanted = fingerprintSha256(readCertificate(changes["intermediateCertificate"] as string)).toUpperCase();
    assert.equal((await host.servedIssuer())?.replaceAll(":", ""), wanted);
    return output;
  }

  /** Deploys, and checks that it restores the previous ca.json and chain. */
  async function putsBack(settings: object = {}): Promise<string> {
    const [config, served] = [host.readCa("ca.json"), await host.servedIssuer()];
    const { code, output } = await run(settings);
    assert.equal(code, 2, output);
    assert.match(output, /the previous ca\.json is back, and its chain is served/);
    assert.equal(host.readCa("ca.json"), config);
    assert.equal(await host.servedIssuer(), served);
    assert.equal(existsSync(host.inCa("hand-over")), false);
    return output;
  }

  void it("makes the folder's files in a first run, and step-ca starts", () => {
    assert.equal(first.code, 0, first.output);
    const config = JSON.parse(host.readCa("ca.json")) as { root: string; crt: string };
    for (const [path, name, output] of [
      [config.root, "root_ca", "rootCertificate"],
      [config.crt, "intermediate_ca", "intermediateCertificate"],
    ] as const) {
      assert.match(path, new RegExp(`^${host.directory}/certificates/${name}-[0-9a-f]{16}\\.crt$`));
      assert.equal(readFileSync(path, "utf8"), deployed.outputs[output]);
      assert.equal(host.readCa(`${name}.crt`), readFileSync(path, "utf8"));
    }
    assert.equal(statSync(host.inCa("ca.json")).mode & 0o777, 0o600);
    assert.equal(existsSync(host.inCa("ca.previous.json")), false);
  });

  void it("changes nothing and sends no signal in a second run", async () => {
    assert.match(await changesNothing(0), /serves what the stack says/);
  });

  void it("finds the same when openssl reads the chain on step-ca's host", async () => {
    await changesNothing(0, { probe: "host" });
  });

  void it("shows what it would change, and changes nothing", async () => {
    assert.match(await changesNothing(0, {}, ["--dry-run"]), /nothing would change/);
    await rename("Second");
    const output = await changesNothing(0, {}, ["--dry-run"]);
    assert.match(
      output,
      /would send ca\.json certificates\/intermediate_ca-[0-9a-f]{16}\.crt intermediate_ca\.crt; would change ca\.json in: crt; would signal/,
    );
  });

  void it("has step-ca serve a reissued intermediate, keeps the previous ca.json, and tells programs about it", async () => {
    const [config, signals] = [host.readCa("ca.json"), host.signals];
    const { code, stdout } = await run({}, ["--json"]);
    assert.equal(code, 0, stdout);
    const events = stdout.split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      events.map(({ event }) => event),
      ["changes", "signalling", "served", "copied", "ended"],
    );
    assert.deepEqual([events[0]?.["fields"], events[0]?.["host"], events[4]?.["exitCode"]], [["crt"], "ca1", 0]);
    assert.equal(host.signals, signals + 1);
    assert.equal(host.readCa("ca.previous.json"), config);
    const { crt } = JSON.parse(config) as { crt: string };
    assert.ok(existsSync(crt), "the certificate of the ca.json before");
    await succeeds();
  });

  void it("has step-ca load changes that no chain shows", async () => {
    caConfig = { authority: { provisioners: [ACME, SECOND_ACME] } };
    await succeeds();
    const provisioners = JSON.parse(await host.ca.step(["ca", "provisioner", "list"])) as { name: string }[];
    assert.ok(provisioners.some(({ name }) => name === "acme-2"));
  });

  void it("removes certificates that neither ca.json nor the previous one names", () => {
    const named = ["ca.json", "ca.previous.json"].map((name) => host.readCa(name)).join("");
    const certificates = readdirSync(host.inCa("certificates"));
    assert.deepEqual(
      certificates.filter((name) => !named.includes(name)),
      [],
    );
    assert.equal(certificates.length, 2);
  });

  void it("restores the previous ca.json when step-ca refuses the new one, and then succeeds again", async () => {
    const before = caConfig;
    caConfig = { authority: { provisioners: [ACME], claims: { defaultTLSCertDuration: "nonsense" } } };
    const output = await putsBack({ wait: "3s" });
    assert.match(output, /has not taken ca\.json over/);
    assert.match(host.readCa("ca.rejected.json"), /nonsense/);
    caConfig = before;
    const signals = host.signals;
    assert.match(await succeeds(), /serves what the stack says/);
    assert.equal(host.signals, signals);
  });

  void it("restores the previous ca.json when the signal never reaches step-ca, even if no chain changes", async () => {
    const before = caConfig;
    caConfig = { authority: { provisioners: [ACME] } };
    assert.match(await putsBack({ reload: ":", wait: "2s" }), /the signal does not arrive/);
    caConfig = before;
  });

  void it("restores the previous ca.json when the chain is never served", async () => {
    await rename("Third");
    assert.match(await putsBack({ reload: ":", wait: "2s" }), /another chain is served: .*CN=Second/);
  });

  void it("restores the previous ca.json when the command that signals step-ca fails", async () => {
    const output = await putsBack({ reload: "echo no such unit >&2; false", wait: "2s" });
    assert.match(output, /HANDOVER_FAILED: ca1: the command that signals step-ca failed: no such unit/);
  });

  void it("then hands over once the cause is gone", async () => {
    await succeeds();
    assert.equal(existsSync(host.inCa("ca.rejected.json")), false);
  });

  void it("changes nothing on a host that does not answer", async () => {
    await rename("Fourth");
    assert.match(await changesNothing(1, { command: ["false"] }), /HOST_UNREACHABLE: ca1: it cannot be asked/);
  });

  void it("does not start while another machine hands over, and takes over when that is long ago", async () => {
    const directory = host.inCa("hand-over");
    mkdirSync(directory);
    writeFileSync(join(directory, "owner"), "elsewhere:1:1\n");
    assert.match(
      await changesNothing(1),
      /DEPLOY_RUNNING: .*another run hands over to step-ca just now: elsewhere:1:1/,
    );
    const before = new Date(Date.now() - 3_600_000);
    utimesSync(directory, before, before);
    await succeeds();
  });

  void it("does not start while a running process from another folder of this machine hands over", async () => {
    const directory = host.inCa("hand-over");
    const start =
      readFileSync(`/proc/${String(process.ppid)}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ")[19] ?? "";
    const [machine = ""] = ownIdentity().split(":");
    mkdirSync(directory);
    writeFileSync(join(directory, "owner"), `${machine}:${String(process.ppid)}:${start}\n`);
    assert.match(await changesNothing(1), /another run hands over/);
    writeFileSync(join(directory, "owner"), `${machine}:${String(process.ppid)}:${start}0\n`); // another process had its ID
    await succeeds();
  });

  void it("refuses a second run at the same time", async () => {
    await rename("Fifth");
    const gate = deployed.authority.path("gate");
    const running = run({ reload: `until [ -e ${gate} ]; do sleep 0.1; done; ${host.sighup}` });
    await until("the files are handed over", () => existsSync(host.inCa("hand-over")));
    const second = await run();
    writeFileSync(gate, "");
    assert.equal(second.code, 1);
    assert.match(second.output, /^DEPLOY_RUNNING: another deployment is under way in /);
    assert.equal((await running).code, 0, (await running).output);
    await succeeds();
  });

  void it("requires the key files that ca.json names before it changes anything", async () => {
    const elsewhere = deployed.authority.path("elsewhere");
    const output = await changesNothing(1, { directory: elsewhere });
    assert.match(
      output,
      new RegExp(`KEY_NOT_FOUND: .*names the key file ${elsewhere}/intermediate\\.pem, which is not on the host`),
    );
    assert.equal(existsSync(elsewhere), false);
  });

  void it("writes no password of a database into a ca.json that every user of the host can read", async () => {
    const before = caConfig;
    caConfig = { ...before, db: { type: "postgresql", dataSource: "postgresql://ca:s3cret@127.0.0.1:1/ca" } };
    chmodSync(host.inCa("ca.json"), 0o644);
    const output = await changesNothing(1);
    chmodSync(host.inCa("ca.json"), 0o600);
    caConfig = before;
    assert.match(output, /^CONFIG_INVALID: ca1: every user of the host can read ca\.json .*chmod o= .*\/ca\.json/);
    assert.doesNotMatch(output, /s3cret/);
  });

  void it("refuses to replace the served authority by another, unless told to", async () => {
    const other = await Authority.create();
    try {
      changes = await other.outputs({ notBefore: new Date(Date.now() - 3_600_000) });
      delete changes["caConfig"];
      for (const key of ["intermediate", "ssh-user-key", "ssh-host-key"]) {
        writeFileSync(host.inCa(`${key}.pem`), readFileSync(other.path("keys", `${key}.pem`)));
      }
    } finally {
      other.remove();
    }
    assert.match(
      await changesNothing(1),
      /CA_MISMATCH: .*is under no root that the stack has, or records to have had[\s\S]*--new-authority/,
    );
    await succeeds({}, ["--new-authority"]);
  });
});
