import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { missing, runTool } from "../tools";
import { UP } from "../engine/project";
import { recordedCertificates } from "../engine/recordedCertificates";
import { WorldProject } from "./worldProject";

/** The certificates of this stack last 300 days and are due on day 200. */
const BEGINNING = Date.parse("2027-01-01T00:00:00Z");

function day(number: number): string {
  return new Date(BEGINNING + number * 86_400_000).toISOString();
}

void describe("A certificate that is due", { skip: missing("openssl") }, () => {
  let project: WorldProject;
  const at = (now: string): void => {
    project.setEnvironment({ KMS_PKI_NOW: now, KMS_PKI_TEST_CLOCK: "1" });
  };
  const ready = async (): Promise<unknown[]> => {
    const outputs = await project.outputs();
    return [outputs["rootReadyForRenewal"], outputs["intermediateReadyForRenewal"]];
  };
  before(async () => {
    project = await WorldProject.rootStack({
      "kms-pki:rootValidity": "300d",
      "kms-pki:rootRenewBefore": "1/3",
      "kms-pki:intermediateRenewBefore": "100d",
      "kms-pki:ssh": "false",
    });
    at(day(0));
    await project.up();
  });
  after(() => {
    project.remove();
  });

  void it("is announced from the beginning", async () => {
    const outputs = await project.outputs();
    assert.equal(outputs["rootRenewalTime"], day(200));
    assert.equal(outputs["intermediateRenewalTime"], day(200));
    assert.deepEqual(await ready(), [false, false]);
    const status = await project.kmsPki(["status"]);
    assert.match(status.output, /RENEWAL[\s\S]*2027-07-20/);
    assert.equal(status.code, 0, status.output);
  });

  void it("is not due the moment before", async () => {
    at(new Date(Date.parse(day(200)) - 1000).toISOString());
    const preview = await project.succeed(["preview", "--expect-no-changes"]);
    assert.match(preview.output, /unchanged/);
    await project.succeed([...UP, "--expect-no-changes"]);
    assert.deepEqual(await ready(), [false, false]);
  });

  void it("is shown in the outputs after a refresh that runs the program, and in the status at any time", async () => {
    at(day(200));
    assert.match((await project.kmsPki(["status"])).output, /^root +valid .* due /m);
    assert.deepEqual(await ready(), [false, false], "as the last run saw it");
    await project.succeed(["refresh", "--yes", "--skip-preview", "--run-program"]);
    assert.deepEqual(await ready(), [true, true]);
  });

  void it("is reissued by the next up, for the same key, once, under deletion protection", async () => {
    const before = await project.outputs();
    assert.match((await project.succeed(["preview"])).output, /~ 2 to update/);
    await project.up();
    const now = await project.outputs();
    for (const name of ["rootCertificate", "intermediateCertificate"]) {
      const publicKey = (pem: unknown): string => runTool("openssl", ["x509", "-noout", "-pubkey"], String(pem));
      assert.notEqual(now[name], before[name]);
      assert.equal(publicKey(now[name]), publicKey(before[name]));
    }
    assert.deepEqual(await ready(), [false, false]);
    assert.equal(now["rootRenewalTime"], day(400));
    const recorded = await project.resource("ca-root");
    assert.equal(recorded.outputs?.["readyForRenewal"], false);
    await project.succeed([...UP, "--expect-no-changes"]);
  });

  void it("leaves a folder that verifies, and status says so although the root is newer than before", async () => {
    at(day(201));
    const exported = await project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(exported.code, 0, exported.output);
    const status = await project.kmsPki(["status"]);
    assert.equal(status.code, 0, status.output);
    const inCa = (file: string): string => join(project.directory, "ca", file);
    const time = String(Date.parse(day(201)) / 1000);
    const root = inCa("root_ca.crt");
    runTool("openssl", ["verify", "-x509_strict", "-attime", time, "-CAfile", root, inCa("intermediate_ca.crt")]);
  });

  void it("may be noticed only by the update when the time comes between preview and update", async () => {
    at(new Date(Date.parse(day(400)) - 1000).toISOString());
    await project.succeed(["preview", "--expect-no-changes"]);
    const before = await project.output("rootCertificate");
    at(day(400));
    await project.up();
    assert.notEqual(await project.output("rootCertificate"), before);
  });

  void it("is never due by a clock that tests did not enable", async () => {
    project.setEnvironment({ KMS_PKI_NOW: day(4000), KMS_PKI_TEST_CLOCK: "" });
    const before = recordedCertificates((await project.state()).resources);
    for (const command of ["up", "refresh"]) {
      const run = await project.pulumi([command, "--yes"]);
      assert.notEqual(run.code, 0, command);
      assert.match(run.output, /CONFIG_INVALID: KMS_PKI_NOW.*KMS_PKI_TEST_CLOCK=1/);
    }
    const status = await project.kmsPki(["status"]);
    assert.equal(status.code, 3);
    assert.match(status.output, /^CONFIG_INVALID: KMS_PKI_NOW/m);
    assert.deepEqual(recordedCertificates((await project.state()).resources), before);
  });
});
