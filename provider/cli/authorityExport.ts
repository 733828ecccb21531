import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PkiError } from "../errors";
import { makePrivateDirectory } from "../files";
import { CERTIFICATE_FILES } from "../stepca/config";
import {
  type ExportedAuthority,
  exportedFiles,
  requestFile,
  rootFile,
  SSH_FILES,
  TRUST_FILES,
} from "../authority/exportedFiles";
import { KEY_ROLES, type KeyRole } from "../authority/keyNames";
import { attestationFile, attestationFiles, unusedAttestationFiles } from "./attestation";
import { examine } from "./certificateExamination";
import { refuseOtherAuthority, refuseOtherKustomization } from "./existingAuthority";
import type { ExportSettings } from "./exportSettings";
import type { GenerationState } from "../rotation/generation";
import type { Generation, Generations } from "./generations";
import { kustomization } from "./kustomization";
import type { AuthorityOutputs, WaitingAuthority } from "./outputs";
import { placedConfig } from "./placedConfig";
import { CA_CONFIG_FILE, planMergedConfig, planNewConfig } from "./plannedConfig";
import { fileUnusable, planFile, type PlannedFile, writePlannedFile } from "./plannedFile";

/**
 * Writes the requests of an authority that an issuer elsewhere has not answered yet. There is nothing else to export.
 *
 * @returns the paths, as the user wrote the folder
 * @throws PkiError `FILE_UNUSABLE`
 */
export async function exportRequests(
  { waitsFor }: WaitingAuthority,
  given: string,
  cwd: string,
): Promise<{ readonly name: string; readonly path: string }[]> {
  const directory = resolve(cwd, given);
  const files = waitsFor.map(requestFile);
  const planned = await Promise.all(files.map(({ name, content }) => planFile(join(directory, name), content)));
  try {
    await makePrivateDirectory(directory);
  } catch (cause) {
    throw fileUnusable(directory, cause);
  }
  for (const file of planned) {
    await writePlannedFile(file);
  }
  return waitsFor.map((request) => ({ name: request.name, path: join(given, requestFile(request).name) }));
}

/** The files of an exported authority, their paths as the user wrote them. */
export interface ExportedFiles {
  readonly root: string;
  readonly intermediate: string;
  /** The roots of generations other than the active one. */
  readonly otherRoots: readonly { readonly state: GenerationState; readonly path: string }[];
  /** The revocation lists, in DER. */
  readonly lists: readonly { readonly name: string; readonly path: string }[];
  readonly sshUser: string;
  readonly sshHost: string;
  /** The attestation files of the keys that have one. */
  readonly attestations: Readonly<Partial<Record<KeyRole, string>>>;
  readonly caConfig: string;
}

/**
 * Writes an authority's certificates, SSH public keys, attestations and ca.json. Everything is checked before the first file
 * is written, and each file is written whole or not at all.
 *
 * The files that the new ca.json names are written before it. Files that only people read, or that an older ca.json may
 * name, are written after it. So at every moment the current ca.json finds everything that it needs, and a restarted
 * step-ca keeps running.
 *
 * @param cwd the current folder, absolute
 * @returns the files, and notes for a person
 * @throws PkiError `CA_MISMATCH`, `CONFIG_INVALID`, `FILE_UNUSABLE`, `KEY_URI_INVALID`, `SECRET_MISSING`
 */
export async function exportAuthority(
  outputs: AuthorityOutputs,
  settings: ExportSettings,
  cwd: string,
): Promise<{ files: ExportedFiles; notes: string[] }> {
  const { attestations } = outputs;
  const directory = resolve(cwd, settings.directory);
  refuseBroken(outputs);
  if (!settings.force) {
    await refuseOtherAuthority(directory, settings.directory, outputs);
  }
  const plan = (name: string, content: string | Buffer): Promise<PlannedFile> =>
    planFile(join(directory, name), content);
  const exported = exportedAuthority(outputs);
  const { before, after } = exportedFiles(exported, [outputs.caConfig["root"], outputs.caConfig["crt"]].flat());
  const planned = await Promise.all(before.map(({ name, content }) => plan(name, content)));
  for (const role of KEY_ROLES) {
    const attestation = attestations[role];
    for (const { name, content } of attestation === undefined ? [] : attestationFiles(role, attestation)) {
      planned.push(await plan(name, content));
    }
  }
  const following = await Promise.all(after.map(({ name, content }) => plan(name, content)));
  const { config, notes, keys } = await placedConfig(outputs.caConfig, settings, directory, cwd);
  if (settings.kustomize === true) {
    if (!settings.force) {
      await refuseOtherKustomization(directory, settings.directory, keys);
    }
    const certificates = [...new Set([...before.map(({ name }) => name), ...Object.values(CERTIFICATE_FILES)])];
    const secrets = [CA_CONFIG_FILE, ...keys.map(({ name }) => name)];
    for (const { name, content } of [...keys, kustomization(certificates, secrets)]) {
      planned.push(await plan(name, content));
    }
  }
  const caConfig =
    settings.merge === undefined
      ? await planNewConfig(config, directory)
      : await planMergedConfig(config, resolve(cwd, settings.merge), settings.merge);

  try {
    await makePrivateDirectory(directory);
  } catch (cause) {
    throw fileUnusable(directory, cause);
  }
  const inPlace: string[] = [];
  for (const file of [...planned, caConfig.file, ...following]) {
    if (await writePlannedFile(file)) {
      inPlace.push(`"${file.path}" was written in place, to keep its owner and its access control list`);
    }
  }
  return {
    files: filesOf(outputs, settings),
    notes: [
      ...[...notes, ...caConfig.notes, ...inPlace],
      ...leftFiles(outputs, exported)
        .filter(({ name }) => existsSync(join(directory, name)))
        .map(({ name, why }) => `"${join(settings.directory, name)}" was left as it is; ${why}`),
    ],
  };
}

function filesOf(
  { attestations, generations, revocationLists }: AuthorityOutputs,
  { directory, merge }: ExportSettings,
): ExportedFiles {
  const shown = (name: string): string => join(directory, name);
  return {
    root: shown(CERTIFICATE_FILES.root),
    intermediate: shown(CERTIFICATE_FILES.crt),
    otherRoots: generations.roots.slice(1).map(({ state = "published", certificatePem }) => ({
      state,
      path: shown(rootFile(certificatePem).name),
    })),
    lists: revocationLists.map(({ name, file }) => ({ name, path: shown(file) })),
    sshUser: shown(SSH_FILES.user),
    sshHost: shown(SSH_FILES.host),
    attestations: Object.fromEntries(
      KEY_ROLES.filter((role) => attestations[role] !== undefined).map((role) => [role, shown(attestationFile(role))]),
    ),
    caConfig: merge ?? shown(CA_CONFIG_FILE),
  };
}

/** The files of other exports that an authority does not write, and why not. */
function leftFiles(
  { ssh, attestations }: AuthorityOutputs,
  exported: ExportedAuthority,
): { readonly name: string; readonly why: string }[] {
  const left = (names: readonly string[], why: string): { name: string; why: string }[] =>
    names.map((name) => ({ name, why }));
  return [
    ...(ssh === undefined ? left(Object.values(SSH_FILES), "this CA has no SSH keys") : []),
    ...(exported.ssh?.isRotated === true
      ? []
      : left(Object.values(TRUST_FILES), "the SSH keys of this CA do not rotate")),
    ...KEY_ROLES.flatMap((role) =>
      left(
        unusedAttestationFiles(role, attestations[role]),
        `this CA has no ${attestations[role] === undefined ? "attestation" : "such certificates"} of its key ${role}`,
      ),
    ),
  ];
}

/**
 * Refuses an authority whose certificates or lists do not verify.
 *
 * @throws PkiError `CA_MISMATCH`
 */
export function refuseBroken({ generations, revocationLists }: AuthorityOutputs): void {
  const broken = [
    ...examine(generations).map(({ name, problem }) => ({ what: `${name} certificate`, problem })),
    ...revocationLists.map(({ name, problem }) => ({ what: `revocation list of ${name}`, problem })),
  ].find(({ problem }) => problem !== undefined);
  if (broken !== undefined) {
    throw new PkiError(
      "CA_MISMATCH",
      `the stack's ${broken.what} is broken: ${String(broken.problem)}. Nothing was written`,
      "Run pulumi up, without --target, until kms-pki status finds the certificates in order",
    );
  }
}

/** What an export writes of an authority, from its outputs. */
export function exportedAuthority(outputs: AuthorityOutputs): ExportedAuthority {
  const { intermediate, ssh, generations, revocationLists } = outputs;
  const { roots, intermediateBundlePem, sshUserKeys, sshHostKeys } = generations;
  const isRotated = (each: readonly Generation[]): boolean => each.some(({ generation }) => generation !== undefined);
  const lines = (keys: Generations["sshUserKeys"]): string[] => keys.map(({ publicKey }) => publicKey.line);
  return {
    isRotated: isRotated(roots),
    roots: roots.map(({ certificatePem }) => certificatePem),
    bundle: intermediateBundlePem ?? intermediate.certificatePem,
    ssh: ssh && {
      isRotated: isRotated([...sshUserKeys, ...sshHostKeys]),
      user: lines(sshUserKeys),
      host: lines(sshHostKeys),
    },
    lists: revocationLists.map(({ file, pem }) => ({ file, pem })),
    requests: outputs.requests,
  };
}
