import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { missing } from "../tools";
import { assertHidden, PASSWORD, SECRET_VALUES, VERBOSE } from "./hiddenSecrets";
import { PASSPHRASE, PulumiProject, UP, UP_WITHOUT_PREVIEW } from "./project";

void describe("Secrets", { skip: missing("pulumi") }, () => {
  for (const way of ["file", "value"] as const) {
    void it(`are neither in the state nor in a -v=9 log when the environment contains their ${way}`, async () => {
      const project = await PulumiProject.rootStack();
      try {
        const passwordFile = join(project.scratch, "password");
        writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
        const environment: Record<string, string> =
          way === "file" ? { KMS_PKI_PROVISIONER_PASSWORD_FILE: passwordFile } : SECRET_VALUES;
        const up = await project.succeed([...UP, ...VERBOSE], environment);
        await project.setConfig("kms-pki:rootCommonName", "Again");
        const again = await project.succeed([...UP_WITHOUT_PREVIEW, ...VERBOSE], environment);
        const refresh = await project.succeed(["refresh", "--yes", "--skip-preview", ...VERBOSE], environment);
        assert.ok(up.output.length > 100_000, "the log is not verbose");
        assertHidden(project, [up.output, again.output, refresh.output, await project.exportedState()]);
      } finally {
        project.remove();
      }
    });
  }

  void it("that are encrypted in the config are also encrypted in the state", async () => {
    const project = await PulumiProject.rootStack();
    try {
      await project.succeed(["config", "set", "--secret", "kms-pki:passphrase", PASSPHRASE]);
      await project.succeed(UP_WITHOUT_PREVIEW, { KMS_PKI_PASSPHRASE_FILE: "" });
      assertHidden(project, [await project.exportedState(), project.read("Pulumi.test.yaml")]);
    } finally {
      project.remove();
    }
  });
});
