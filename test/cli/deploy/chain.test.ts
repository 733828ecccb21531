import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { DeployEvent } from "../../../provider/cli/deploy/deployReport";
import { readDeploySettings } from "../../../provider/cli/deploy/deploySettings";
import { Handover } from "../../../provider/cli/deploy/handover";
import { HostShell } from "../../../provider/cli/deploy/hostShell";
import { Interruption } from "../../../provider/cli/deploy/interruption";
import { releaseOf } from "../../../provider/cli/deploy/release";
import { ownIdentity } from "../../../provider/cli/deploy/runIdentity";
import { NEW_EC_KEY } from "../../fixtures/openssl";
import { missing, runTool } from "../../tools";
import { DeployedAuthority } from "./deployedAuthority";
import type { StepCaHost } from "./stepCaHost";

void describe("The chain that a deployment requires", { skip: missing("step-ca", "step", "openssl") }, () => {
  let deployed: DeployedAuthority;
  let host: StepCaHost;
  let root: string;
  let intermediate: string;
  before(async () => {
    deployed = await DeployedAuthority.create();
    host = deployed.host;
    root = deployed.outputs["rootCertificate"] as string;
    intermediate = deployed.outputs["intermediateCertificate"] as string;
    await deployed.firstRun(deployed.writeOutputs("outputs"));
  });
  after(() => deployed.stop());

  /** Hands over an export of other roots or another bundle. */
  async function handOver(
    roots: Readonly<Record<string, string>>,
    bundle = intermediate,
  ): Promise<{ code: number; output: string; error: unknown }> {
    const { directory, address, sighup } = host;
    const config = {
      ...(JSON.parse(host.readCa("ca.json")) as Record<string, unknown>),
      root: Object.keys(roots).map((name) => `${directory}/${name}`),
      crt: `${directory}/intermediate_ca.crt`,
    };
    const files = { ...roots, "intermediate_ca.crt": bundle, "ca.json": JSON.stringify(config) };
    const release = releaseOf(
      new Map(Object.entries(files).map(([name, content]) => [name, Buffer.from(content)])),
      directory,
    );
    const fields = { directory, url: `https://${address}`, reload: sighup, wait: "30s" };
    const [settings] = readDeploySettings({ hosts: [fields] }, "the test");
    assert.ok(settings);
    const here = new HostShell({ here: true }, directory, process.env);
    const events: DeployEvent[] = [];
    const interruption = new Interruption();
    const report = (event: DeployEvent): void => void events.push(event);
    const context = { run: ownIdentity(), report, interruption, newAuthority: true, formerRoots: [], here };
    const handover = new Handover(settings, release, here, context);
    try {
      await handover.look();
      const error = await handover.handOver().catch((cause: unknown) => cause);
      const code = await handover.settle();
      return { code, output: events.map(({ message }) => message).join("\n"), error };
    } finally {
      interruption.end();
    }
  }

  function otherRoot(): string {
    return runTool("openssl", [
      ...["req", "-x509", ...NEW_EC_KEY, "-keyout", "/dev/null"],
      ...["-subj", "/CN=Other Root", "-days", "10"],
    ]);
  }

  void it("verifies up to the roots in ca.json, which step-ca does not check", async () => {
    const [config, served] = [host.readCa("ca.json"), await host.servedIssuer()];
    const { code, error } = await handOver({ "root_ca.crt": otherRoot() });
    assert.equal(code, 2);
    assert.match(String(error), /CHAIN_NOT_SERVED: .*does not verify up to the roots in ca\.json/);
    assert.equal(host.readCa("ca.json"), config);
    assert.equal(await host.servedIssuer(), served);
  });

  void it("may have several roots, with a warning when clients with only one of them cannot verify it", async () => {
    const { code, output, error } = await handOver({ "root_ca.crt": root, "root_ca_2.crt": otherRoot() });
    assert.deepEqual([code, error], [0, undefined]);
    assert.match(output, /warning: who trusts only "CN=Other Root" cannot verify/);
    assert.doesNotMatch(output, /who trusts only ".*Example Root"/);
    assert.equal(host.readCa("root_ca_2.crt").includes("BEGIN CERTIFICATE"), true);
  });

  void it("is compared completely: an extra certificate in the bundle is another chain", async () => {
    const bundle = intermediate + (await deployed.reissuedIntermediate("Other"));
    assert.equal((await handOver({ "root_ca.crt": root }, bundle)).code, 0);
    const { signals } = host;
    assert.match((await handOver({ "root_ca.crt": root }, bundle)).output, /serves what the stack says/);
    assert.equal(host.signals, signals);
    assert.equal((await handOver({ "root_ca.crt": root })).code, 0);
    assert.equal(host.signals, signals + 1);
  });
});
