import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { freePort } from "../fixtures/freePort";
import { runTool } from "../tools";
import { issuesCertificates, running } from "./issuesCertificates";
import type { KmsStack } from "./kmsStack";
import type { StackProject } from "./stackProject";
import { StepCa } from "./stepCa";

/** The parts of a stack that running step-ca on it needs. */
type ServedStack = Pick<KmsStack<StackProject>, "project" | "stepCaEnvironment" | "stop">;

/** A root stack and its settings. */
export interface StepCaOn {
  readonly name: string;
  readonly skip: string | false;
  readonly config: Readonly<Record<string, string>>;
  /** A new root stack with the setting for step-ca's address. */
  readonly start: (address: Readonly<Record<string, string>>) => Promise<ServedStack>;
}

/** Tests that the real step-ca runs on the files of `kms-pki export`. */
export function runsStepCa({ name, skip, config, start }: StepCaOn): void {
  void describe(`step-ca on keys in ${name} with ${JSON.stringify(config)}`, { skip }, () => {
    let stack: ServedStack;
    let ca: StepCa | undefined;
    before(async () => {
      const port = await freePort();
      stack = await start({ "kms-pki:address": `127.0.0.1:${String(port)}` });
      const { project } = stack;
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

    issuesCertificates(() => ({ project: stack.project, ca: running(ca) }));

    void it("has an intermediate that openssl verifies strictly", () => {
      const directory = join(stack.project.directory, "ca");
      const files = ["-CAfile", join(directory, "root_ca.crt"), join(directory, "intermediate_ca.crt")];
      assert.match(runTool("openssl", ["verify", "-x509_strict", ...files]), /: OK/);
    });
  });
}
