import { join, resolve } from "node:path";
import { makePrivateDirectory, PRIVATE_FILE_MODE } from "../files";
import { rootDirectory } from "../words/rootDirectory";
import { fingerprintSha256 } from "../x509/certificate";
import { exportedAuthority, refuseBroken } from "./authorityExport";
import { containerFiles } from "./containerFiles";
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
  { directory: given, project, environment }: Pick<ExportSettings, "directory" | "project" | "environment">,
  cwd: string,
): Promise<{ path: string; notes: readonly string[] }> {
  refuseBroken(outputs);
  const { caConfig, root } = outputs;
  const files = await containerFiles(
    caConfig,
    chartPlacement(caConfig),
    rootDirectory(resolve(cwd, project)),
    environment,
  );
  const { text, notes } = helmValues(exportedAuthority(outputs), files, fingerprintSha256(root.certificate));
  const directory = resolve(cwd, given);
  const planned = await planFile(join(directory, VALUES_FILE), text, PRIVATE_FILE_MODE);
  try {
    await makePrivateDirectory(directory);
  } catch (cause) {
    throw fileUnusable(directory, cause);
  }
  await writePlannedFile(planned);
  return { path: join(given, VALUES_FILE), notes };
}
