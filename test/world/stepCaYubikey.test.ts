import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { provisionerFlags } from "../engine/issuesCertificates";
import { UP } from "../engine/project";
import { runsStepCa } from "../engine/runsStepCa";
import { StepCa } from "../engine/stepCa";
import { PIN, YubiKeyStack } from "../engine/yubiKeyStack";
import { freePort } from "../fixtures/freePort";
import { missing, runTool } from "../tools";
import { WorldProject } from "./worldProject";

const skip = missing("pcscd", "piv-card", "opensc-tool", "step-ca", "step", "openssl", "ssh-keygen");

async function yubiKeyWorld(config: Readonly<Record<string, string>>): Promise<YubiKeyStack<WorldProject>> {
  return YubiKeyStack.over(await WorldProject.rootStack({ "kms-pki:kms": "yubikey", ...config }));
}

const slots = { "kms-pki:ssh": "true", "kms-pki:sshUserSlot": "9d", "kms-pki:sshHostSlot": "95" };
const config = { ...slots, "kms-pki:serial": "12345678" };
runsStepCa({ name: "a YubiKey", skip, config, start: (address) => yubiKeyWorld({ ...address, ...config }) });

void describe("step-ca on the ca.json of smallstep's documents, which contains the PIN", { skip }, () => {
  let stack: YubiKeyStack<WorldProject>;
  let ca: StepCa | undefined;
  before(async () => {
    const port = await freePort();
    stack = await yubiKeyWorld({
      "kms-pki:address": `127.0.0.1:${String(port)}`,
      "kms-pki:algorithm": "ECDSA_P384",
    });
    const { project } = stack;
    project.setEnvironment({ KMS_PKI_PIN_FILE: "", KMS_PKI_PIN: PIN });
    await project.up();
    const exported = await project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(exported.code, 0, exported.output);
    const [directory, home] = [join(project.directory, "ca"), join(project.scratch, "step")];
    ca = await StepCa.start(directory, project.passphraseFile, port, home, stack.stepCaEnvironment);
  });
  after(async () => {
    await ca?.stop();
    await stack.stop();
  });

  void it("issues a TLS certificate that openssl verifies up to the root", async () => {
    await ca?.step(["ca", "certificate", "localhost", "leaf.crt", "leaf.key", ...provisionerFlags(stack.project)]);
    const inCa = (file: string): string => join(stack.project.directory, "ca", file);
    const verified = runTool("openssl", [
      ...["verify", "-x509_strict", "-CAfile", inCa("root_ca.crt"), "-untrusted", inCa("intermediate_ca.crt")],
      join(stack.project.scratch, "step", "leaf.crt"),
    ]);
    assert.match(verified, /: OK/);
  });

  void it("keeps the device to itself, and an up that needs it says so", async () => {
    await stack.project.setConfig("kms-pki:rootCommonName", "Renamed Root");
    const run = await stack.pulumi(UP);
    assert.notEqual(run.code, 0);
    assert.match(run.output, /CARD_BUSY/);
  });
});
