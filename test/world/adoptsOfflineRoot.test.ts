import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { stepCaInit } from "../engine/initTools";
import { UP } from "../engine/project";
import { openssl } from "../fixtures/openssl";
import { findTool, missing, runTool } from "../tools";
import { WorldProject } from "./worldProject";

const DAY = 86_400_000;

void describe(
  "A CA whose root's key is offline, and that a stack takes over",
  {
    skip: missing("step", "openssl"),
  },
  () => {
    let project: WorldProject;
    let folder: string;
    let was: { root: string; intermediate: string; config: string };
    let calls: string;
    const old = (file: string): string => readFileSync(join(folder, file), "utf8");
    const offlineKey = (): string => join(project.scratch, "offline.key");
    /** The keys and signatures that were made since this was asked before. */
    const done = (): string[] => {
      const lines = existsSync(calls) ? readFileSync(calls, "utf8").split("\n") : [];
      rmSync(calls, { force: true });
      return lines.filter((call) => ["sign", "generateKeyPair", "link"].includes(call));
    };
    before(async () => {
      project = await WorldProject.rootStack();
      calls = join(project.scratch, "calls");
      ({ folder } = stepCaInit(project, join(project.scratch, "old"), ":9000", true));
      renameSync(join(project.scratch, "old", "secrets", "root_ca_key"), offlineKey());
      was = { root: old("root_ca.crt"), intermediate: old("intermediate_ca.crt"), config: old("ca.json") };
      project.setEnvironment({ PROVIDER_CALLS_FILE: calls, KMS_PKI_NOW: days(1), KMS_PKI_TEST_CLOCK: "1" });
    });
    after(() => {
      project.remove();
    });
    const days = (count: number): string => new Date(Date.now() + count * DAY).toISOString();

    void it("keeps its keys and certificates, without a signature and without a request", async () => {
      const { code, output } = await project.kmsPki(["adopt", join(folder, "ca.json")]);
      assert.equal(code, 0, output);
      await project.succeed(["preview"]);
      await project.up();
      assert.deepEqual(done(), []);
      assert.equal(existsSync(join(project.directory, "keys")), false);
      const outputs = await project.outputs();
      assert.deepEqual(
        [outputs["rootCertificate"], outputs["intermediateCertificate"], outputs["requests"], outputs["rootKey"]],
        [was.root, was.intermediate, [], undefined],
      );
      await project.succeed([...UP, "--expect-no-changes"]);
    });

    void it("leaves ca.json and the certificates as they were", async () => {
      const { code, output } = await project.kmsPki(["export", "--dir", folder, "--merge", join(folder, "ca.json")]);
      assert.equal(code, 0, output);
      assert.deepEqual(
        { root: old("root_ca.crt"), intermediate: old("intermediate_ca.crt"), config: old("ca.json") },
        was,
      );
      const status = await project.kmsPki(["status"]);
      assert.equal(status.code, 0, status.output);
      assert.doesNotMatch(status.output, /REQUEST/);
      const early = await project.kmsPki(["accept", join(folder, "intermediate_ca.crt")]);
      assert.match(early.output, /^ANSWER_MISMATCH: the adopted intermediate is not due/);
    });

    void it("asks for the next certificate when the intermediate is due, and takes it", async () => {
      project.setEnvironment({ KMS_PKI_NOW: days(3000) });
      done();
      await project.up();
      assert.deepEqual(done(), ["sign"], "the request");
      const status = await project.kmsPki(["status"]);
      assert.match(status.output, /^intermediate +active +\S+ +renewal, since /m);
      assert.equal((await project.kmsPki(["export", "--dir", "ca"])).code, 0);
      const answer = join(project.scratch, "answer.crt");
      // step would take the path of step-ca in that variable for its option --ca.
      const step = ["-u", "STEP_CA", findTool("step") ?? "step", "certificate", "sign"];
      const files = [join(project.directory, "ca", "intermediate.csr"), join(folder, "root_ca.crt"), offlineKey()];
      const options = [
        "--profile",
        "intermediate-ca",
        "--password-file",
        project.passphraseFile,
        "--not-after",
        days(3600),
      ];
      writeFileSync(answer, runTool("env", [...step, ...files, ...options]));
      const accepted = await project.kmsPki(["accept", answer, "--chain", join(folder, "root_ca.crt")]);
      assert.equal(accepted.code, 0, accepted.output);
      done();
      await project.up();
      assert.deepEqual(done(), []);
      assert.equal(await project.output("intermediateCertificate"), readFileSync(answer, "utf8"));
      assert.equal((await project.kmsPki(["export", "--dir", folder, "--merge", join(folder, "ca.json")])).code, 0);
      assert.equal(old("ca.json"), was.config);
      const between = ["-untrusted", join(folder, "intermediate_ca.crt"), join(folder, "intermediate_ca.crt")];
      assert.match(openssl(["verify", "-CAfile", join(folder, "root_ca.crt"), ...between]), /OK/);
      for (const setting of ["intermediateAdopt", "intermediateRenewBefore"]) {
        await project.succeed(["config", "rm", `kms-pki:${setting}`]);
      }
      await project.succeed([...UP, "--expect-no-changes"]);
    });
  },
);
