import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PASSPHRASE } from "../engine/project";
import { openssl } from "../fixtures/openssl";
import { requestCa } from "../corpus/caWorkshop";
import { initToolConfig } from "../corpus/initToolCa";
import { findTool, runTool } from "../tools";
import { WorldProject } from "./worldProject";

/** A root stack that has the keys of a CA of another tool, but not its certificates. */
export interface ForeignCa {
  readonly project: WorldProject;
  readonly rootPem: string;
  readonly intermediatePem: string;
  /** The root's key and the intermediate's, without encryption. */
  readonly rootKeyPem: string;
  readonly intermediateKeyPem: string;
}

/** What a CA of another tool is like, if it is not as the init tools make it. */
export interface ForeignWish {
  /** The basic constraints of the root. */
  readonly rootConstraints?: string;
  /** How many days the root and the intermediate last. */
  readonly rootDays?: number;
  readonly intermediateDays?: number;
  /** Makes both with the profiles of step in place of openssl. */
  readonly byStep?: true;
}

const PATH_LENGTH_0 = "basicConstraints=critical,CA:TRUE,pathlen:0";

/**
 * Certificates as the init tools make them, with the names of an authority without settings, for the keys of a root stack. The stack
 * forgets its own.
 */
export async function foreignCa(
  config: Readonly<Record<string, string>> = {},
  wish: ForeignWish = {},
): Promise<ForeignCa> {
  const project = await WorldProject.rootStack({ "kms-pki:ssh": "false", ...config });
  await project.up();
  await project.forget((urn) => urn.includes(":Certificate::"));
  const keyOf = (name: string): string =>
    openssl(["pkey", "-in", join(project.directory, "keys", `${name}.pem`), "-passin", `pass:${PASSPHRASE}`]);
  const [rootKeyPem, intermediateKeyPem] = [keyOf("root"), keyOf("intermediate")];
  const file = (name: string, content: string): string => {
    writeFileSync(join(project.directory, name), content, { mode: 0o600 });
    return join(project.directory, name);
  };
  const keys = { root: file("root.key", rootKeyPem), intermediate: file("intermediate.key", intermediateKeyPem) };
  const [rootPem, intermediatePem] = wish.byStep ? stepCa(project.directory, keys) : opensslCa(keys, wish);
  file("root.crt", rootPem);
  file("intermediate.crt", intermediatePem);
  return { project, rootPem, intermediatePem, rootKeyPem, intermediateKeyPem };
}

type KeyFiles = Readonly<Record<"root" | "intermediate", string>>;

function opensslCa(keys: KeyFiles, wish: ForeignWish): [string, string] {
  const { rootConstraints = "critical,CA:TRUE,pathlen:1", rootDays = 3650, intermediateDays = 3650 } = wish;
  const [rootKeyPem, intermediateKeyPem] = [keys.root, keys.intermediate].map((path) => readFileSync(path, "utf8")) as [
    string,
    string,
  ];
  const root = initToolConfig("Smallstep Root", rootKeyPem, `basicConstraints=${rootConstraints}`);
  const { certificatePem: rootPem } = requestCa(root, rootKeyPem, "-days", String(rootDays));
  const rootFile = `${keys.root}.crt`;
  writeFileSync(rootFile, rootPem);
  const issuer = ["-CA", rootFile, "-CAkey", keys.root];
  const below = initToolConfig("Smallstep Intermediate", intermediateKeyPem, PATH_LENGTH_0);
  const days = ["-days", String(intermediateDays)];
  return [rootPem, requestCa(below, intermediateKeyPem, ...issuer, ...days).certificatePem];
}

function stepCa(directory: string, keys: KeyFiles): [string, string] {
  const create = (name: string, profile: string, key: string, ...others: readonly string[]): string => {
    const path = join(directory, `${profile}.crt`);
    const args = ["certificate", "create", name, path, "--profile", profile, "--key", key, ...others];
    runTool("env", ["-u", "STEP_CA", findTool("step") ?? "step", ...args]); // step reads that variable as an option
    return readFileSync(path, "utf8");
  };
  const root = create("Smallstep Root", "root-ca", keys.root);
  const issuer = ["--ca", join(directory, "root-ca.crt"), "--ca-key", keys.root];
  return [root, create("Smallstep Intermediate", "intermediate-ca", keys.intermediate, ...issuer)];
}

/** Sets the settings that adopt both certificates. */
export async function adoptBoth(project: WorldProject, changes: object = {}): Promise<void> {
  await project.setConfigObject("kms-pki:rootAdopt", { certificate: "root.crt", ...changes });
  await project.setConfigObject("kms-pki:intermediateAdopt", { certificate: "intermediate.crt", ...changes });
}
