import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { missing } from "../tools";
import { PASSPHRASE, PulumiProject, UP, UP_WITHOUT_PREVIEW } from "./project";

const PASSWORD = "another-secret-of-the-provisioner";

/** The engine's most detailed log, including the whole state. */
const VERBOSE = ["--logtostderr", "--logflow", "-v=9"];

function assertHidden(project: PulumiProject, texts: readonly string[]): void {
  const keyLines = readdirSync(join(project.directory, "keys")).flatMap((file) =>
    project
      .read(join("keys", file))
      .split("\n")
      .filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line)),
  );
  assert.ok(keyLines.length >= 4);
  for (const text of texts) {
    for (const secret of [PASSPHRASE, PASSWORD, "PRIVATE KEY", ...keyLines]) {
      assert.equal(text.includes(secret), false, `found ${secret}`);
      assert.equal(text.includes(Buffer.from(secret).toString("base64")), false);
    }
  }
}

void describe("Secrets", { skip: missing("pulumi") }, () => {
  for (const way of ["file", "value"] as const) {
    void it(`are neither in the state nor in a -v=9 log when the environment contains their ${way}`, async () => {
      const project = await PulumiProject.rootStack();
      try {
        const passwordFile = join(project.scratch, "password");
        writeFileSync(passwordFile, PASSWORD, { mode: 0o600 });
        const environment: Record<string, string> =
          way === "file"
            ? { KMS_PKI_PROVISIONER_PASSWORD_FILE: passwordFile }
            : {
                KMS_PKI_PASSPHRASE_FILE: "",
                KMS_PKI_PASSPHRASE: PASSPHRASE,
                KMS_PKI_PROVISIONER_PASSWORD: PASSWORD,
              };
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
