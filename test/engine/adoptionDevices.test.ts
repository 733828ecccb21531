import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { missingSoftHsm } from "../pkcs11/token";
import { findTool, missing, runTool } from "../tools";
import { shellBlock } from "../documentation/shellBlocks";
import { adoptsRunningCa } from "./adoptsRunningCa";
import { makeCaInCard } from "./cardCa";
import { Pkcs11Stack } from "./pkcs11Stack";
import { PIN, YubiKeyStack } from "./yubiKeyStack";

const documented = shellBlock("docs/existing-cas.md", "kms-pki adopt ");

/** Has step make a root and an intermediate, with their keys in files from which a device imports them. */
function stepCa(folder: string): void {
  mkdirSync(folder);
  const files = (name: string): string[] => [join(folder, `${name}_ca.crt`), join(folder, `${name}_ca.key`)];
  const [rootCertificate = "", rootKey = ""] = files("root");
  // step would take the path of step-ca in that variable for its option --ca.
  const step = (...args: string[]): string => runTool("env", ["-u", "STEP_CA", findTool("step") ?? "step", ...args]);
  const create = ["certificate", "create", "--no-password", "--insecure", "--not-after", "87600h"];
  step(...create, "--profile", "root-ca", "Smallstep Root", ...files("root"));
  const issuer = ["--profile", "intermediate-ca", "--ca", rootCertificate, "--ca-key", rootKey];
  step(...create, ...issuer, "Smallstep Intermediate", ...files("intermediate"));
}

// step-yubikey-init makes its keys in the device and asks for their attestations, which the software card does not have.
adoptsRunningCa({
  name: "yubico-piv-tool, OpenSC and openssl, as step-yubikey-init makes it",
  skip: missing("pulumi", "pcscd", "piv-card", "pkcs11-tool", "step-ca", "step", "openssl"),
  async start() {
    const stack = await YubiKeyStack.rootStack();
    stack.project.setEnvironment({ KMS_PKI_PIN_FILE: "", KMS_PKI_PIN: PIN });
    return stack;
  },
  async make(stack, folder) {
    await makeCaInCard(stack, folder);
    return { folder, keys: { key: "yubikey:slot-id=9c", kms: { type: "yubikey", pin: PIN } } };
  },
  documented,
  makesOrSigns: /^(?:GENERATE|SIGN|PUT DATA|MOVE KEY)/,
  proofs: 2,
});

adoptsRunningCa({
  name: "step and pkcs11-tool",
  skip: missingSoftHsm("pulumi", "step-ca", "step", "openssl", "cc"),
  start: () => Pkcs11Stack.rootStack(),
  make(stack, folder) {
    stepCa(folder);
    for (const [id, name] of [
      ["01", "root"],
      ["02", "intermediate"],
    ] as const) {
      const key = join(folder, `${name}.der`);
      runTool("openssl", ["pkey", "-in", join(folder, `${name}_ca.key`), "-outform", "DER", "-out", key]);
      const publicKey = join(folder, `${name}.pub.der`);
      runTool("openssl", [
        "pkey",
        "-in",
        join(folder, `${name}_ca.key`),
        "-pubout",
        "-outform",
        "DER",
        "-out",
        publicKey,
      ]);
      const object = ["--id", id, "--label", `old-${name}`];
      stack.tool("--write-object", key, "--type", "privkey", "--usage-sign", ...object);
      stack.tool("--write-object", publicKey, "--type", "pubkey", "--usage-sign", ...object);
    }
    const uri = `pkcs11:module-path=${stack.module.modulePath};token=ca?pin-source=${stack.pinFile}`;
    return Promise.resolve({
      folder,
      keys: { key: "pkcs11:id=02;object=old-intermediate", kms: { type: "pkcs11", uri } },
    });
  },
  options: ["--root-key", "pkcs11:id=01;object=old-root"],
  documented,
  makesOrSigns: /^C_(?:Generate|Sign|CreateObject|SetAttribute|DestroyObject)/,
});
