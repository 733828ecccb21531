import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { missing } from "../tools";
import { DeployProject } from "./deployProject";
import { provisionerFlags } from "./issuesCertificates";
import { ended, type Run } from "./project";

void describe("kms-pki deploy of a stack", { skip: missing("pulumi", "step-ca", "step", "openssl") }, () => {
  let deployed: DeployProject;
  let first: Run;
  before(async () => {
    deployed = await DeployProject.create();
    await deployed.setHost();
    first = await deployed.firstRun();
  });
  after(() => deployed.stop());

  async function changesNothing(code: number): Promise<string> {
    const { host } = deployed;
    const [files, signals] = [host.snapshot(), host.signals];
    const run = await deployed.run();
    assert.equal(run.code, code, run.output);
    assert.deepEqual(host.snapshot(), files);
    assert.equal(host.signals, signals);
    return run.output;
  }

  async function succeeds(): Promise<string> {
    const run = await deployed.run();
    assert.equal(run.code, 0, run.output);
    const intermediate = new X509Certificate(await deployed.project.output("ca.intermediateCertificate"));
    assert.equal(await deployed.host.servedIssuer(), intermediate.fingerprint256);
    return run.output;
  }

  void it("makes the authority and its folder in a first run, and step-ca issues certificates", async () => {
    assert.equal(first.code, 0, first.output);
    const { host, project } = deployed;
    assert.equal(host.crt, await project.output("ca.intermediateCertificate"));
    await host.ca.step(["ca", "certificate", "localhost", "a.crt", "a.key", ...provisionerFlags(project)]);
  });

  void it("changes nothing and sends no signal in a second run", async () => {
    assert.match(await changesNothing(0), /serves what the stack says/);
  });

  void it("waits for a pulumi that outlives its killed run, then recovers, and step-ca renews what it issued before", async () => {
    deployed.renameIntermediate("Second");
    const child = deployed.start();
    const run = ended(child);
    const pulumi = await deployed.pulumiOf(child);
    process.kill(pulumi, "SIGSTOP");
    child.kill("SIGKILL");
    assert.match(await changesNothing(1), /STACK_LOCKED: .* holds the lock and may still be running/);
    process.kill(pulumi, "SIGKILL");
    await run;
    assert.match(await succeeds(), /An earlier run was killed[\s\S]*The stack test is recovered/);
    await deployed.host.ca.step(["ca", "renew", "a.crt", "a.key", "--force"]);
  });
});
