import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { inYaml } from "./authorityPrograms";
import { missingSoftHsm, PIN as TOKEN_PIN } from "../pkcs11/token";
import { assertHidden, assertLacks, SECRET_VALUES, VERBOSE } from "./hiddenSecrets";
import { Pkcs11Stack } from "./pkcs11Stack";
import { CHECKOUT, type PulumiProject, UP_WITHOUT_PREVIEW } from "./project";
import { pythonProject, setPythonProgram } from "./pythonProject";
import { setYamlProgram, yamlProgram, yamlProject } from "./yamlProject";
import { CARD, MANAGEMENT_KEY, PIN, YubiKeyStack } from "./yubiKeyStack";

/** The programs of the documentation: an authority, and a leaf that it issues. */
const PYTHON = [...readFileSync(join(CHECKOUT, "docs", "plugin.md"), "utf8").matchAll(/```python\n([^]*?)```/g)]
  .map(([, text = ""]) => text)
  .join("\n");

/** Runs a project whose environment contains the secrets, and looks for them in its log and its state. */
async function hidesSecrets(project: PulumiProject): Promise<void> {
  const up = await project.succeed([...UP_WITHOUT_PREVIEW, ...VERBOSE], SECRET_VALUES);
  const refresh = await project.succeed(["refresh", "--yes", "--skip-preview", ...VERBOSE], SECRET_VALUES);
  assert.ok(up.output.length > 100_000, "the log is not verbose");
  assertHidden(project, [up.output, refresh.output, await project.exportedState()]);
}

void describe("Secrets of the plugin", () => {
  void it(
    "are neither in the state nor in a -v=9 log of a program in YAML",
    { skip: missing("pulumi", "pulumi-language-yaml") },
    async () => {
      const project = await yamlProject(inYaml({ port: 9443 }));
      try {
        await hidesSecrets(project);
      } finally {
        project.remove();
      }
    },
  );

  void it(
    "are in neither of a program in Python, whose authority issues a leaf that openssl accepts",
    { skip: missing("pulumi", "pulumi-language-python", "python-with-pulumi") },
    async () => {
      const project = await pythonProject(readFileSync(join(CHECKOUT, "examples", "python", "__main__.py"), "utf8"));
      try {
        await project.succeed(["preview"]);
        setPythonProgram(project, PYTHON);
        await hidesSecrets(project);
        const [root, chain] = ["root.pem", "chain.pem"].map((file) => join(project.scratch, file));
        writeFileSync(root ?? "", await project.output("ca.rootCertificate"));
        writeFileSync(chain ?? "", await project.output("leaf"));
        assert.match(openssl(["verify", "-CAfile", root ?? "", "-untrusted", chain ?? "", chain ?? ""]), /OK/);
      } finally {
        project.remove();
      }
    },
  );

  void it(
    "of devices are neither in the state, nor in a -v=9 log, nor in the error for a wrong PIN",
    { skip: missingSoftHsm("pulumi", "pulumi-language-yaml", "cc", "pcscd", "piv-card", "yubico-piv-tool") },
    async () => {
      const card = await YubiKeyStack.over(await yamlProject("name: acme\nruntime: yaml\n"));
      const { project } = card;
      try {
        const { module } = Pkcs11Stack.over(project);
        const pin = "97531864"; // that of a new card is part of its serial number
        await card.pivTool(["-a", "change-pin", "-P", PIN, "-N", pin]);
        const kms = `pkcs11:module-path=${module.modulePath};token=ca`;
        const resources = (slot: string, label: string): Record<string, object> => ({
          [`key-${slot}`]: {
            type: "kms-pki:PivKey",
            properties: { slot, kms: `yubikey:serial=${String(CARD.serial)}` },
          },
          [`key-${label}`]: { type: "kms-pki:Pkcs11Key", properties: { label, kms } },
          ...Object.fromEntries(
            [slot, label].map((name) => {
              const properties = { key: `\${key-${name}.signingKey}`, subject: { commonName: name } };
              return [name, { type: "kms-pki:Certificate", properties }];
            }),
          ),
        });
        const [slot, token] = [resources("9c", "root"), resources("9a", "other")];
        project.setEnvironment({ KMS_PKI_PIN_FILE: "", KMS_PKI_TOKEN_PIN_FILE: "" });
        setYamlProgram(project, yamlProgram({ resources: slot }));
        const given = { KMS_PKI_PIN: pin, KMS_PKI_TOKEN_PIN: TOKEN_PIN, KMS_PKI_MANAGEMENT_KEY: MANAGEMENT_KEY };
        const secrets = Object.values(given);
        const up = await project.succeed([...UP_WITHOUT_PREVIEW, ...VERBOSE], given);
        const refresh = await project.succeed(["refresh", "--yes", "--skip-preview", ...VERBOSE], given);
        assert.ok(up.output.length > 100_000, "the log is not verbose");
        assertLacks([up.output, refresh.output, await project.exportedState()], secrets);

        const wrong = { pin: "86420975", tokenPin: "a-pin-of-nobody" };
        for (const [name, value] of Object.entries(wrong)) {
          await project.succeed(["config", "set", "--secret", `kms-pki:${name}`, value]);
        }
        setYamlProgram(project, yamlProgram({ resources: { ...slot, ...token } }));
        const refused = await project.pulumi([...UP_WITHOUT_PREVIEW, "--continue-on-error"]);
        assert.match(refused.output, /PIN_REJECTED: .*the YubiKey 12345678/);
        assert.match(refused.output, /PIN_REJECTED: .*the token "ca"/);
        assertLacks([refused.output, await project.exportedState()], [...secrets, ...Object.values(wrong)]);
      } finally {
        await card.stop();
      }
    },
  );
});
