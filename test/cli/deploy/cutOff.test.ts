import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, beforeEach, describe, it } from "node:test";
import { join } from "node:path";
import { until } from "../../fixtures/waiting";
import { CHECKOUT, ended } from "../../engine/project";
import { missing } from "../../tools";
import { fingerprintSha256, readCertificate } from "../../../provider/x509/certificate";
import { DeployedAuthority } from "./deployedAuthority";
import type { StepCaHost } from "./stepCaHost";

/** Two states of the stack: one certificate of the intermediate, and its successor. */
type Release = "old" | "new";

/** How a deployment ended. */
interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly signal?: NodeJS.Signals | null;
}

/** The commands on the host of step-ca, in order. `sighup` is the one that signals step-ca. */
const COMMANDS = [
  "present:1",
  "begin:1",
  "show:1",
  "receive:1",
  "present:2",
  "switch:1",
  "sighup:1",
  "accept:1",
  "receive:2",
  "present:3",
  "finish:1",
] as const;

void describe("A deployment that is cut off", { skip: missing("step-ca", "step", "openssl") }, () => {
  let deployed: DeployedAuthority;
  let host: StepCaHost;
  const certificates: Record<Release, string> = { old: "", new: "" };
  const outputs: Record<Release, string> = { old: "", new: "" };
  /** What step-ca should serve next. */
  let wanted: Release = "old";

  before(async () => {
    deployed = await DeployedAuthority.create();
    host = deployed.host;
    const { authority } = deployed;
    certificates.old = deployed.outputs["intermediateCertificate"] as string;
    certificates.new = await deployed.reissuedIntermediate("New");
    outputs.old = deployed.writeOutputs("old");
    outputs.new = deployed.writeOutputs("new", { intermediateCertificate: certificates.new });
    writeFileSync(authority.path("sighup"), `#!/bin/sh\n${host.sighup}\n`, { mode: 0o700 });
    const first = await deployed.firstRun(outputs.old);
    assert.equal(first.code, 0, first.output);
  });
  after(() => deployed.stop());
  beforeEach(() => {
    wanted = wanted === "old" ? "new" : "old";
  });

  const inCalls = (...names: string[]): string => deployed.authority.path("calls", ...names);

  /** Deploys what is wanted, with a fault. The folder of calls tells which command it hit. */
  async function run(fault = "", settings: object = {}): Promise<Outcome> {
    rmSync(inCalls(), { recursive: true, force: true });
    mkdirSync(inCalls());
    const host = {
      command: ["sh", join(CHECKOUT, "test", "fixtures", "lossyHost.sh")],
      reload: deployed.authority.path("sighup"),
      wait: "20s",
      ...settings,
    };
    const environment = { CALLS: inCalls(), FAULT: fault };
    if (!fault.endsWith(":kill")) {
      return deployed.run(outputs[wanted], host, { environment });
    }
    const child = deployed.start(outputs[wanted], host, environment);
    writeFileSync(inCalls("script"), String(child.pid));
    return ended(child);
  }

  /** Checks that ca.json is complete, and names only existing files. */
  function caJsonIsWhole(): void {
    const { root } = JSON.parse(host.readCa("ca.json")) as { root: string };
    assert.equal(readFileSync(root, "utf8"), deployed.outputs["rootCertificate"]);
    assert.ok(Object.values(certificates).includes(host.crt));
  }

  /** Checks that an undisturbed run reaches the wanted state, and leaves nothing behind. */
  async function endsWell(): Promise<void> {
    const again = await run();
    assert.equal(again.code, 0, again.output);
    assert.equal(host.crt, certificates[wanted]);
    assert.equal(host.readCa("intermediate_ca.crt"), certificates[wanted]);
    assert.equal(await host.servedIssuer(), fingerprint(wanted));
    const left = readdirSync(host.directory).filter((name) => /^\.|^hand-over|\.next|\.new|\.copy/.test(name));
    assert.deepEqual(left, []);
  }

  function fingerprint(which: Release): string {
    const hex = fingerprintSha256(readCertificate(certificates[which])).toUpperCase();
    return (hex.match(/../g) ?? []).join(":");
  }

  void it("runs exactly the remote commands that these tests interrupt", async () => {
    assert.equal((await run()).code, 0);
    const counted = COMMANDS.map((command) => command.split(":")[0] ?? "");
    for (const name of new Set(counted)) {
      const calls = readFileSync(inCalls(name), "utf8").trimEnd().split("\n").length;
      assert.equal(calls, counted.filter((other) => other === name).length, name);
    }
  });

  void it("ends at once when it is killed, and resumes", async () => {
    assert.equal((await run("switch:1:kill")).signal, "SIGKILL");
    caJsonIsWhole();
    await endsWell();
  });

  for (const command of COMMANDS) {
    void it(`resumes after it ended without a word after ${command}`, async () => {
      await run(`${command}:vanishes`);
      caJsonIsWhole();
      await endsWell();
    });
  }

  for (const command of ["begin:1", "receive:1", "switch:1", "sighup:1", "accept:1"]) {
    void it(`reverts after it ended without a word after ${command}, when the previous state is wanted again`, async () => {
      await run(`${command}:vanishes`);
      wanted = wanted === "old" ? "new" : "old";
      await endsWell();
    });
  }

  void it("reverts to what was served before a run that was cut off, not to what that run left", async () => {
    const [config, served] = [host.readCa("ca.json"), await host.servedIssuer()];
    await run("switch:1:vanishes");
    assert.notEqual(host.readCa("ca.json"), config);
    const { code, output } = await run("sighup:1:fail-before");
    assert.equal(code, 2, output);
    assert.equal(host.readCa("ca.json"), config);
    assert.equal(await host.servedIssuer(), served);
    await endsWell();
  });

  /** The exit codes: nothing was switched, it was restored, or only a file for people is missing. */
  const failures: readonly { fault: string; code: number; servesNew?: boolean }[] = [
    { fault: "present:1:fail-before", code: 1 },
    { fault: "begin:1:fail-before", code: 1 },
    { fault: "begin:1:fail-after", code: 1 },
    { fault: "show:1:fail-before", code: 0, servesNew: true },
    { fault: "receive:1:fail-after", code: 1 },
    { fault: "receive:1:cut", code: 1 },
    { fault: "receive:1:cut-silently", code: 1 },
    { fault: "receive:1:full", code: 1 },
    { fault: "present:2:fail-before", code: 1 },
    { fault: "switch:1:fail-before", code: 2 },
    { fault: "switch:1:fail-after", code: 2 },
    { fault: "switch:1:full", code: 2 },
    { fault: "sighup:1:fail-before", code: 2 },
    { fault: "sighup:1:fail-before restore:1:full", code: 2 },
    { fault: "switch:1:full restore:1:lost", code: 3 },
    { fault: "sighup:1:fail-after", code: 2 },
    { fault: "accept:1:fail-before", code: 2 },
    { fault: "accept:1:fail-after", code: 2 },
    { fault: "receive:2:fail-after", code: 1, servesNew: true },
    { fault: "receive:2:cut", code: 1, servesNew: true },
    { fault: "finish:1:fail-before", code: 0, servesNew: true },
  ];
  for (const { fault, code, servesNew = false } of failures) {
    void it(`leaves a served chain and no partial file, and resumes later, after ${fault}`, async () => {
      const served = await host.servedIssuer();
      const cutOff = await run(fault);
      assert.equal(cutOff.code, code, cutOff.output);
      caJsonIsWhole();
      assert.equal(await host.servedIssuer(), servesNew ? fingerprint(wanted) : served);
      assert.match(cutOff.output, code === 0 ? /serves the new chain/ : /run this again/i);
      await endsWell();
    });
  }

  void it("reports that the host is lost with the new ca.json in place, and resumes later", async () => {
    const { code, output } = await run("sighup:1:lost");
    assert.equal(code, 3, output);
    assert.match(output, /error: that failed[\s\S]*By hand, on that host: cp -p .*\/hand-over\/ca\.json/);
    caJsonIsWhole();
    await endsWell();
  });

  /** Starts a run that waits in the command that signals step-ca, acts meanwhile, and lets it continue. */
  async function whileReloading(act: () => void): Promise<Outcome> {
    const go = inCalls("go");
    const running = run("", { reload: `until [ -e ${go} ]; do sleep 0.1; done; ${deployed.authority.path("sighup")}` });
    await until("the command runs", () => existsSync(inCalls("until")));
    act();
    writeFileSync(go, "");
    return running;
  }

  void it("restores the previous ca.json when told to stop", async () => {
    const served = await host.servedIssuer();
    const { code, output } = await whileReloading(() => {
      process.kill(process.pid, "SIGTERM");
    });
    assert.equal(code, 2, output);
    assert.equal(await host.servedIssuer(), served);
    await endsWell();
  });

  void it("leaves everything to a run that has taken over meanwhile", async () => {
    const { code, output } = await whileReloading(() => {
      writeFileSync(host.inCa("hand-over/owner"), "elsewhere:1:1\n");
    });
    assert.equal(code, 3, output);
    assert.match(output, /another run has taken the place of this one\. It sees to ca\.json/);
    assert.equal(host.crt, certificates[wanted]);
    assert.equal(readFileSync(host.inCa("hand-over/owner"), "utf8"), "elsewhere:1:1\n");
    rmSync(host.inCa("hand-over"), { recursive: true });
    await endsWell();
  });
});
