import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { missing } from "../tools";
import { provisionerFlags } from "./issuesCertificates";
import { ended, type Run } from "./project";
import { RotationScript } from "./rotationScript";

const TOOLS = missing("pulumi", "step-ca", "step", "openssl", "flock");

void describe("The rotation script of examples/ci", { skip: TOOLS }, () => {
  let script: RotationScript;
  let first: Run;
  before(async () => {
    script = await RotationScript.create();
    first = await script.firstRun();
  });
  after(() => script.stop());

  /** Runs it, and checks that neither the files beside ca.json nor the served chain changed. */
  async function changesNothing(code: number, environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const [files, served, signals] = [script.snapshot(), await script.servedIssuer(), script.signals];
    const run = await script.run(environment);
    assert.equal(run.code, code, run.output);
    assert.deepEqual(script.snapshot(), files);
    assert.equal(await script.servedIssuer(), served);
    assert.equal(script.signals, signals);
    return run.output;
  }

  async function succeeds(environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const run = await script.run(environment);
    assert.equal(run.code, 0, run.output);
    assert.equal(existsSync(script.inCa("hand-over")), false);
    const intermediate = new X509Certificate(await script.project.output("ca.intermediateCertificate"));
    assert.equal(await script.servedIssuer(), intermediate.fingerprint256);
    return run.output;
  }

  /** Runs it, and checks that it restores the previous ca.json and chain. */
  async function putsBack(environment: Readonly<Record<string, string>> = {}): Promise<string> {
    const [config, served] = [script.readCa("ca.json"), await script.servedIssuer()];
    const run = await script.run(environment);
    assert.equal(run.code, 2, run.output);
    assert.match(run.output, /The previous ca\.json is back, and its chain is served/);
    assert.equal(script.readCa("ca.json"), config);
    assert.equal(await script.servedIssuer(), served);
    assert.equal(existsSync(script.inCa("hand-over")), false);
    return run.output;
  }

  void it("makes the authority and its folder in a first run, and step-ca starts", async () => {
    assert.equal(first.code, 0, first.output);
    const config = JSON.parse(script.readCa("ca.json")) as { root: string; crt: string };
    for (const [path, name, output] of [
      [config.root, "root_ca", "ca.rootCertificate"],
      [config.crt, "intermediate_ca", "ca.intermediateCertificate"],
    ] as const) {
      assert.match(path, new RegExp(`^${script.caDirectory}/certificates/${name}-[0-9a-f]{16}\\.crt$`));
      assert.equal(readFileSync(path, "utf8"), await script.project.output(output));
      assert.equal(script.readCa(`${name}.crt`), readFileSync(path, "utf8"));
    }
    assert.equal(statSync(script.inCa("ca.json")).mode & 0o777, 0o600);
    assert.equal(existsSync(script.inCa("ca.previous.json")), false);
    await script.ca.step(["ca", "certificate", "localhost", "a.crt", "a.key", ...provisionerFlags(script.project)]);
  });

  void it("changes nothing and sends no signal in a second run", async () => {
    assert.match(await changesNothing(0), /step-ca serves what the stack test says/);
  });

  void it("finds the same when openssl reads the chain on step-ca's host", async () => {
    await changesNothing(0, { CA_PROBE: "host" });
  });

  void it("has step-ca serve a reissued intermediate, and keeps the previous ca.json", async () => {
    const [config, signals] = [script.readCa("ca.json"), script.signals];
    script.renameIntermediate("Second");
    assert.match(await succeeds(), /ca\.json changes in: crt\n/);
    assert.equal(script.signals, signals + 1);
    assert.equal(script.readCa("ca.previous.json"), config);
    const { crt } = JSON.parse(config) as { crt: string };
    assert.ok(existsSync(crt), "the certificate of the ca.json before");
    await script.ca.step(["ca", "renew", "a.crt", "a.key", "--force"]);
  });

  void it("has step-ca load changes that no chain shows", async () => {
    script.editProgram("sshpop: true,", "sshpop: true,\n    acme: true,");
    await succeeds();
    const provisioners = JSON.parse(await script.ca.step(["ca", "provisioner", "list"])) as { type: string }[];
    assert.ok(provisioners.some(({ type }) => type === "ACME"));
  });

  void it("removes certificates that neither ca.json nor the previous one names", () => {
    const named = ["ca.json", "ca.previous.json"].map((name) => script.readCa(name)).join("");
    const certificates = readdirSync(script.inCa("certificates"));
    assert.deepEqual(
      certificates.filter((name) => !named.includes(name)),
      [],
    );
    assert.equal(certificates.length, 2);
  });

  void it("restores the previous ca.json when step-ca refuses the new one, and then succeeds again", async () => {
    script.editProgram("acme: true,", 'acme: true,\n    claims: { defaultTLSCertDuration: "nonsense" },');
    const output = await putsBack({ CA_WAIT: "6" });
    assert.match(output, /has not taken ca\.json over/);
    assert.match(script.readCa("ca.rejected.json"), /nonsense/);
    script.editProgram('\n    claims: { defaultTLSCertDuration: "nonsense" },', "");
    const signals = script.signals;
    assert.match(await succeeds(), /step-ca serves what the stack test says/);
    assert.equal(script.signals, signals);
  });

  void it("restores the previous ca.json when the signal never reaches step-ca, even if no chain changes", async () => {
    script.editProgram("acme: true,", "acme: false,");
    assert.match(await putsBack({ CA_RELOAD: ":", CA_WAIT: "2" }), /the SIGHUP does not arrive/);
    script.editProgram("acme: false,", "acme: true,");
  });

  void it("restores the previous ca.json when the chain is never served", async () => {
    script.renameIntermediate("Third");
    assert.match(await putsBack({ CA_RELOAD: ":", CA_WAIT: "2" }), /another chain is served: subject=CN ?= ?Second/);
  });

  void it("restores the previous ca.json when the command of CA_RELOAD fails", async () => {
    const output = await putsBack({ CA_RELOAD: "echo no such unit >&2; false" });
    assert.match(output, /no such unit\nerror: the command of CA_RELOAD failed/);
  });

  void it("then hands over once the cause is gone", async () => {
    await succeeds();
    assert.equal(existsSync(script.inCa("ca.rejected.json")), false);
  });

  void it("changes nothing on a host that does not answer", async () => {
    script.renameIntermediate("Fourth");
    const output = await changesNothing(1, { CA_SHELL: "false" });
    assert.match(output, /the host of step-ca cannot be asked.*\nLook at CA_SHELL/);
  });

  void it("does not start while another machine hands over, and takes over when that is long ago", async () => {
    const directory = script.inCa("hand-over");
    mkdirSync(directory);
    writeFileSync(join(directory, "owner"), "elsewhere:1:1\n");
    assert.match(await changesNothing(1), /another run hands over to step-ca just now: elsewhere:1:1/);
    const before = new Date(Date.now() - 3_600_000);
    utimesSync(directory, before, before);
    await succeeds();
  });

  void it("does not start while a running process from another folder of this machine hands over", async () => {
    const directory = script.inCa("hand-over");
    const start =
      readFileSync("/proc/self/stat", "utf8")
        .replace(/^.*\) /, "")
        .split(" ")[19] ?? "";
    mkdirSync(directory);
    writeFileSync(join(directory, "owner"), `${hostname()}:${String(process.pid)}:${start}\n`);
    assert.match(await changesNothing(1), /another run hands over/);
    writeFileSync(join(directory, "owner"), `${hostname()}:${String(process.pid)}:${start}0\n`); // another process had its ID
    await succeeds();
  });

  void it("refuses a second run at the same time", async () => {
    script.renameIntermediate("Fifth");
    const gate = join(script.project.scratch, "gate");
    const running = ended(script.start({ CA_RELOAD: `until [ -e ${gate} ]; do sleep 0.1; done; ${script.sighup}` }));
    while (!existsSync(script.inCa("hand-over/ready"))) {
      await sleep(50);
    }
    const second = await script.run();
    writeFileSync(gate, "");
    assert.equal(second.code, 1);
    assert.match(second.output, /^error: another run is under way in /);
    assert.equal((await running).code, 0, (await running).output);
    await succeeds();
  });

  void it("waits for a pulumi that outlives its killed run, and recovers once that is dead too", async () => {
    script.renameIntermediate("Sixth");
    const child = script.start();
    const run = ended(child);
    const pulumi = await script.pulumiOf(child);
    process.kill(pulumi, "SIGSTOP");
    child.kill("SIGKILL");
    assert.match(await changesNothing(1), /STACK_LOCKED: .* holds the lock and may still be running/);
    process.kill(pulumi, "SIGKILL");
    await run;
    assert.match(await succeeds(), /An earlier run was killed[\s\S]*The stack test is recovered/);
  });

  void it("refuses to replace the served authority by another, unless told to", async () => {
    // Replace all keys. First, a run turns the protection of the existing keys off.
    script.editProgram("sshpop: true,", "sshpop: true,\n    deletionProtection: false,");
    await succeeds();
    script.editProgram("sshpop: true,", 'sshpop: true,\n    algorithm: "ECDSA_P384",');
    const [config, certificates] = [script.readCa("ca.json"), readdirSync(script.inCa("certificates"))];
    const run = await script.run();
    assert.equal(run.code, 1, run.output);
    assert.match(run.output, /is not under the roots of the stack test[\s\S]*CA_NEW_AUTHORITY=yes/);
    assert.equal(script.readCa("ca.json"), config);
    assert.deepEqual(readdirSync(script.inCa("certificates")), certificates);
    await succeeds({ CA_NEW_AUTHORITY: "yes" });
    await script.ca.step(["ca", "certificate", "localhost", "b.crt", "b.key", ...provisionerFlags(script.project)]);
  });

  void it("requires the key files that ca.json names before it changes anything", async () => {
    const elsewhere = join(script.project.scratch, "elsewhere");
    const output = await changesNothing(1, { CA_DIR: elsewhere });
    assert.match(
      output,
      new RegExp(`names the key file ${elsewhere}/intermediate(?:-\\d)?\\.pem, which is not on the host`),
    );
    assert.equal(existsSync(elsewhere), false);
  });

  const settings: readonly { name: string; value: string; example: RegExp }[] = [
    { name: "CA_DIR", value: "", example: /\/etc\/step-ca/ },
    { name: "CA_DIR", value: "ca", example: /\/etc\/step-ca/ },
    { name: "CA_DIR", value: "/etc/step-ca/../ca", example: /\/etc\/step-ca/ },
    { name: "CA_DIR", value: "/etc/$(id)", example: /\/etc\/step-ca/ },
    { name: "CA_URL", value: "", example: /https:\/\/ca\.example\.com:9443/ },
    { name: "CA_URL", value: "http://127.0.0.1", example: /https:\/\/ca\.example\.com:9443/ },
    { name: "CA_URL", value: "https://127.0.0.1:9443;id", example: /https:\/\/ca\.example\.com:9443/ },
    { name: "CA_PROBE", value: "there", example: /"here" or "host"/ },
    { name: "CA_WAIT", value: "1m", example: /such as 60/ },
  ];
  for (const { name, value, example } of settings) {
    void it(`refuses ${name}=${JSON.stringify(value)} first of all, and says what to set`, async () => {
      const { code, output } = await script.run({ [name]: value });
      assert.equal(code, 1);
      assert.match(output, new RegExp(`^error: ${name} is `));
      assert.match(output, example);
      assert.equal(output.trimEnd().split("\n").length, 2);
    });
  }
});
