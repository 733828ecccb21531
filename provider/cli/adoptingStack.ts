import { dirname, join } from "node:path";
import { PkiError } from "../errors";
import { makePrivateDirectory } from "../files";
import type { TakenSettings } from "../kms/takeover";
import type { JsonObject } from "../stepca/jsonObject";
import { fingerprintSha256, readCertificate } from "../x509/certificate";
import type { AdoptedAuthority } from "./adoptedAuthority";
import type { ImportedResource } from "./adoptedImports";
import { OutputReader, readObject } from "./outputReader";
import { readOutputsText } from "./outputsSource";
import { fileUnusable, planFile, writePlannedFile } from "./plannedFile";
import type { StackChoice } from "./pulumiQuestion";
import type { RunningCaCertificates } from "./runningCaCertificates";
import type { Shell } from "./shell";
import { settingIn, writeStackConfig } from "./stackConfig";

/** Settings that say where keys and certificates come from. One that is left from before would contradict the new ones. */
const ORIGINS = [
  "rootKms",
  "rootCertificate",
  "rootKey",
  "rootAdopt",
  "intermediateAdopt",
  "intermediateCertificates",
  "existing",
  "adopt",
];

const FILE_MODE = 0o644;

/**
 * Refuses a stack that cannot take over an authority: it is not the root stack, it has another authority, or a setting
 * contradicts.
 *
 * @param config as `pulumi config --json` shows it, with the defaults of Pulumi.yaml
 * @throws PkiError `CONFIG_INVALID`, `CA_MISMATCH`, `OUTPUTS_UNREADABLE`
 */
export async function checkStack(
  { above }: RunningCaCertificates,
  settings: TakenSettings,
  config: JsonObject,
  choice: StackChoice,
  shell: Shell,
): Promise<void> {
  if (settingIn(config, "kms") === undefined) {
    throw new PkiError(
      "CONFIG_INVALID",
      "the project is not the root stack of this package, which alone reads settings. Nothing was changed",
      "Run this in a clone of this package. For a program of your own, give --program (TypeScript) or --import FILE (any language)",
    );
  }
  const left = ORIGINS.filter((name) => !Object.hasOwn(settings, name) && settingIn(config, name) !== undefined);
  if (left.length > 0) {
    const names = left.map((name) => `kms-pki:${name}`);
    throw new PkiError(
      "CONFIG_INVALID",
      `${names.join(", ")} ${left.length === 1 ? "is" : "are"} set, and would contradict the new settings. Nothing was changed`,
      `Remove ${left.length === 1 ? "it" : "them"} (${names.map((name) => `pulumi config rm ${name}`).join(" && ")}), or choose a new stack`,
    );
  }
  const { text, from } = await readOutputsText(choice, shell);
  const outputs = new OutputReader(readObject(text, from), from);
  const root = above.at(-1);
  if (outputs.has("rootCertificate") && root !== undefined) {
    const present = outputs.read("rootCertificate", "a certificate in PEM", readCertificate);
    if (!present.publicKey.equals(root.publicKey)) {
      throw new PkiError(
        "CA_MISMATCH",
        `the stack has another authority, whose root has the fingerprint ${fingerprintSha256(present)}. Nothing was changed`,
        "Take over this one with a new stack: pulumi stack select --create NAME",
      );
    }
  }
}

/**
 * Copies the certificates into the project, and sets the settings.
 *
 * @throws PkiError `FILE_UNUSABLE`, `CONFIG_UNREADABLE`
 */
export async function writeStack(
  authority: AdoptedAuthority,
  settings: TakenSettings,
  { project, choice, instead }: { readonly project: string; readonly choice: StackChoice; readonly instead: string },
  shell: Shell,
): Promise<void> {
  await writeCertificates(authority, project);
  await writeStackConfig(settings, choice, instead, shell);
}

/**
 * Writes the file that `pulumi import --file` reads.
 *
 * @throws PkiError `FILE_UNUSABLE`
 */
export async function writeImports(path: string, resources: readonly ImportedResource[]): Promise<void> {
  await writePlannedFile(await planFile(path, `${JSON.stringify({ resources }, null, 2)}\n`, FILE_MODE));
}

/**
 * Copies the certificates into the project.
 *
 * @throws PkiError `FILE_UNUSABLE`
 */
export async function writeCertificates({ root, intermediate }: AdoptedAuthority, project: string): Promise<void> {
  for (const { file, pem } of root === undefined ? [intermediate] : [root, intermediate]) {
    const path = join(project, file);
    try {
      await makePrivateDirectory(dirname(path));
    } catch (cause) {
      throw fileUnusable(dirname(path), cause);
    }
    await writePlannedFile(await planFile(path, pem, FILE_MODE));
  }
}
