import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { NamedFile } from "../authority/exportedFiles";
import type { JsonObject } from "../stepca/jsonObject";
import { rootDirectory } from "../words/rootDirectory";
import { keyFiles, localPlacement, placeCaConfig, prefixPlacement, secretFileOf } from "./caConfigPlacement";
import { containerFiles } from "./containerFiles";
import type { ExportSettings } from "./exportSettings";
import { withDatabaseUrl } from "./databaseUrl";
import { KUSTOMIZE_PLACEMENT } from "./kustomization";

/** A ca.json for the host or the container of an export. */
interface PlacedConfig {
  readonly config: JsonObject;
  /** The key files that are exported as well, because a container has no other way to them. */
  readonly keys: readonly NamedFile[];
  /** Notes for a person. */
  readonly notes: readonly string[];
}

const PASSPHRASE_NOTE =
  "step-ca needs the passphrase of the key files: mount a Secret with it, as docs/kubernetes.md does with step-ca-passphrase";

/**
 * Places a ca.json where an export is for.
 *
 * @param directory the folder for the files, absolute
 * @param cwd the current folder, absolute
 * @throws PkiError `CONFIG_INVALID`, `FILE_UNUSABLE`, `KEY_URI_INVALID`, `SECRET_MISSING`
 */
export async function placedConfig(
  config: JsonObject,
  { project, prefix, kustomize, environment }: ExportSettings,
  directory: string,
  cwd: string,
): Promise<PlacedConfig> {
  const folder = rootDirectory(resolve(cwd, project));
  if (kustomize === true) {
    const files = await containerFiles(config, KUSTOMIZE_PLACEMENT, folder, environment);
    return { ...files, notes: [...files.notes, ...(files.keys.length > 0 ? [PASSPHRASE_NOTE] : [])] };
  }
  const local = localPlacement(directory, folder);
  const placement = prefix === undefined ? local : prefixPlacement(prefix);
  const files = keyFiles(config, local, placement).map((file) => ({ ...file, what: "key file" }));
  const pin = secretFileOf(config);
  if (pin !== undefined) {
    // Without it, step-ca tries the factory PIN of a YubiKey and uses up one of three tries.
    files.push({ source: local.projectFile(pin), target: placement.projectFile(pin), what: "PIN file" });
  }
  return {
    keys: [],
    config: placeCaConfig(withDatabaseUrl(config, { environment, rootDirectory: folder }), placement),
    notes:
      prefix === undefined
        ? files
            .filter(({ source }) => !existsSync(source))
            .map(({ source, what }) => `there is no ${what} "${source}" here`)
        : files
            .filter(({ source, target }) => source !== target)
            .map(({ source, target }) => `on the other host, "${source}" must be copied to "${target}"`),
  };
}
