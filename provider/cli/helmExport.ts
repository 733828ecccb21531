import { join, resolve } from "node:path";
import { makePrivateDirectory, PRIVATE_FILE_MODE } from "../files";
import { rootDirectory } from "../words/rootDirectory";
import { fingerprintSha256 } from "../x509/certificate";
import { exportedAuthority, refuseBroken } from "./authorityExport";
import { containerFiles } from "./containerFiles";
import { refuseOtherValues } from "./existingAuthority";
import type { ExportSettings } from "./exportSettings";
import { chartPlacement } from "./helmChart";
import { helmValues } from "./helmValues";
import type { AuthorityOutputs } from "./outputs";
import { fileUnusable, planFile, writePlannedFile } from "./plannedFile";

/** The name of the exported file. */
const VALUES_FILE = "values.yaml";

/**
 * Writes the values of smallstep's chart for an authority.
 *
 * @param cwd the current folder, absolute
 * @returns the path of the values, as the user wrote the folder, and notes
 * @throws PkiError `CA_MISMATCH`, `CONFIG_INVALID`, `FILE_UNUSABLE`, `KEY_URI_INVALID`, `SECRET_MISSING`
 */
export async function exportHelmValues(
  outputs: AuthorityOutputs,
  {
    directory: given,
    project,
    force,
    environment,
  }: Pick<ExportSettings, "directory" | "project" | "force" | "environment">,
  cwd: string,
): Promise<{ path: string; notes: readonly string[] }> {
  refuseBroken(outputs);
  const [path, directory] = [join(given, VALUES_FILE), resolve(cwd, given)];
  if (!force) {
    await refuseOtherValues(join(directory, VALUES_FILE), path, outputs);
  }
  const { caConfig, root } = outputs;
  const files = await containerFiles(
    caConfig,
    chartPlacement(caConfig),
    rootDirectory(resolve(cwd, project)),
    environment,
  );
  const { text, notes } = helmValues(exportedAuthority(outputs), files, fingerprintSha256(root.certificate));
  const planned = await planFile(join(directory, VALUES_FILE), text, PRIVATE_FILE_MODE);
  try {
    await makePrivateDirectory(directory);
  } catch (cause) {
    throw fileUnusable(directory, cause);
  }
  await writePlannedFile(planned);
  return { path, notes };
}
