import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { findTool, runTool } from "../tools";
import type { MadeCa } from "./adoptsRunningCa";
import type { Pkcs11Stack } from "./pkcs11Stack";
import type { StackProject } from "./stackProject";

/** The options of `kms-pki adopt` that name the root's key. */
export const TOKEN_ROOT = ["--root-key", "pkcs11:id=01;object=old-root"];

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

/** Has step make a CA, and OpenSC's tool put its keys into the token of a stack. */
export function makeCaInToken(stack: Pkcs11Stack<StackProject>, folder: string): MadeCa {
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
  return { folder, keys: { key: "pkcs11:id=02;object=old-intermediate", kms: { type: "pkcs11", uri } } };
}
