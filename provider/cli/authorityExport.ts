import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PkiError } from "../errors";
import { makePrivateDirectory } from "../files";
import { rootDirectory } from "../inputs/rootDirectory";
import { CERTIFICATE_FILES, type JsonObject } from "../stepca/config";
import { attestationFile, KEY_ROLES, type KeyRole } from "./attestation";
import { localPlacement, placeCaConfig, prefixPlacement, softKeyFiles } from "./caConfigPlacement";
import { isSignedBy } from "./certificateChain";
import { refuseOtherAuthority } from "./existingAuthority";
import type { AuthorityOutputs } from "./outputs";
import { CA_CONFIG_FILE, planMergedConfig, planNewConfig } from "./plannedConfig";
import { fileUnusable, planFile, type PlannedFile, writePlannedFile } from "./plannedFile";

/** How an authority is exported. Paths may be relative to the current folder. */
export interface ExportSettings {
  /** The folder that the files go to. */
  readonly directory: string;
  /** The folder of the Pulumi project, or one below it. */
  readonly project: string;
  /** The folder that ca.json shall name, when it is for another host. */
  readonly prefix?: string;
  /** An existing ca.json that is changed, instead of a new one. */
  readonly merge?: string;
  /** Whether certificates of another authority are replaced. */
  readonly force: boolean;
}

/** The files of an exported authority, their paths as the user wrote them. */
export interface ExportedFiles {
  readonly root: string;
  readonly intermediate: string;
  readonly sshUser: string;
  readonly sshHost: string;
  /** Of the keys that have one. */
  readonly attestations: Readonly<Partial<Record<KeyRole, string>>>;
  readonly caConfig: string;
}

const SSH_FILES = { user: "ssh_user_ca_key.pub", host: "ssh_host_ca_key.pub" } as const;

/**
 * Writes an authority's certificates, SSH public keys, attestations and, last, ca.json. Everything is checked before the first file
 * is written, and each file is written whole or not at all.
 *
 * @param cwd the current folder, absolute
 * @returns the files, and what a person should know
 * @throws PkiError `CA_MISMATCH`, `CONFIG_INVALID`, `FILE_UNUSABLE`, `KEY_URI_INVALID`
 */
export async function exportAuthority(
  outputs: AuthorityOutputs,
  settings: ExportSettings,
  cwd: string,
): Promise<{ files: ExportedFiles; notes: string[] }> {
  const { root, intermediate, ssh, attestations } = outputs;
  const directory = resolve(cwd, settings.directory);
  if (!isSignedBy(intermediate.certificate, root.certificate.publicKey)) {
    throw new PkiError(
      "CA_MISMATCH",
      "the stack's intermediate certificate is not signed by its root; nothing was written",
      "Run pulumi up until the two belong together",
    );
  }
  if (!settings.force) {
    await refuseOtherAuthority(directory, settings.directory, outputs);
  }
  const plan = (name: string, content: string | Buffer): Promise<PlannedFile> =>
    planFile(join(directory, name), content);
  const planned = [
    await plan(CERTIFICATE_FILES.root, root.certificatePem),
    await plan(CERTIFICATE_FILES.crt, intermediate.certificatePem),
  ];
  if (ssh !== undefined) {
    planned.push(await plan(SSH_FILES.user, `${ssh.user.publicKey.line}\n`));
    planned.push(await plan(SSH_FILES.host, `${ssh.host.publicKey.line}\n`));
  }
  for (const role of KEY_ROLES) {
    const attestation = attestations[role];
    if (attestation !== undefined) {
      planned.push(await plan(attestationFile(role), attestation.content));
    }
  }
  const { config, notes } = placedConfig(outputs.caConfig, settings, directory, cwd);
  const caConfig =
    settings.merge === undefined
      ? await planNewConfig(config, directory)
      : await planMergedConfig(config, resolve(cwd, settings.merge), settings.merge);

  try {
    await makePrivateDirectory(directory);
  } catch (cause) {
    throw fileUnusable(directory, cause);
  }
  for (const file of [...planned, caConfig.file]) {
    await writePlannedFile(file);
  }
  const shown = (name: string): string => join(settings.directory, name);
  const leftFiles = (names: readonly string[], why: string): string[] =>
    names
      .filter((name) => existsSync(join(directory, name)))
      .map((name) => `"${shown(name)}" was left as it is; ${why}`);
  const isAttested = (role: KeyRole): boolean => attestations[role] !== undefined;
  return {
    files: {
      root: shown(CERTIFICATE_FILES.root),
      intermediate: shown(CERTIFICATE_FILES.crt),
      sshUser: shown(SSH_FILES.user),
      sshHost: shown(SSH_FILES.host),
      attestations: Object.fromEntries(
        KEY_ROLES.filter(isAttested).map((role) => [role, shown(attestationFile(role))]),
      ),
      caConfig: settings.merge ?? shown(CA_CONFIG_FILE),
    },
    notes: [
      ...notes,
      ...caConfig.notes,
      ...(ssh === undefined ? leftFiles(Object.values(SSH_FILES), "this CA has no SSH keys") : []),
      ...KEY_ROLES.filter((role) => !isAttested(role)).flatMap((role) =>
        leftFiles([attestationFile(role)], `this CA has no attestation of its key ${role}`),
      ),
    ],
  };
}

function placedConfig(
  config: JsonObject,
  { project, prefix }: ExportSettings,
  directory: string,
  cwd: string,
): { config: JsonObject; notes: string[] } {
  const local = localPlacement(directory, rootDirectory(resolve(cwd, project)));
  const placement = prefix === undefined ? local : prefixPlacement(prefix);
  const keys = softKeyFiles(config, local, placement);
  return {
    config: placeCaConfig(config, placement),
    notes:
      prefix === undefined
        ? keys.filter(({ source }) => !existsSync(source)).map(({ source }) => `there is no key file "${source}" here`)
        : keys
            .filter(({ source, target }) => source !== target)
            .map(({ source, target }) => `on the other host, "${source}" must be copied to "${target}"`),
  };
}
