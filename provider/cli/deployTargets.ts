import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, PkiError } from "../errors";
import { isJsonObject } from "../stepca/jsonObject";
import { type HostSettings, readDeploySettings } from "./deploy/deploySettings";
import { JsonDocument } from "./jsonDocument";
import type { StackChoice } from "./pulumiQuestion";
import type { Shell } from "./shell";
import { readStackConfig } from "./stackConfig";

/** The setting with the hosts of step-ca. */
const CONFIG_KEY = "kms-pki:deploy";

/** The source of the hosts of step-ca. */
export interface TargetsSource extends StackChoice {
  /** A JSON file, instead of the stack's config. */
  readonly targets?: string;
}

/**
 * Reads the hosts of step-ca.
 *
 * @throws PkiError `CONFIG_UNREADABLE`, `INPUT_INVALID`
 */
export async function readTargets(source: TargetsSource, shell: Shell): Promise<HostSettings[]> {
  const { targets } = source;
  if (targets !== undefined) {
    return readDeploySettings(await readJson(resolve(shell.cwd, targets), targets), `"${targets}"`);
  }
  const entry = (await readStackConfig(source, "give the hosts as a file with --targets", shell))[CONFIG_KEY];
  const { objectValue: value, secret: isSecret } = isJsonObject(entry) ? entry : {};
  if (isSecret === true) {
    throw new PkiError(
      "CONFIG_UNREADABLE",
      `${CONFIG_KEY} is a secret, or has one in it`,
      "Set it without --secret. It needs none: ssh has the keys, and whatever command runs has its own secrets",
    );
  }
  if (value === undefined) {
    throw new PkiError(
      "CONFIG_UNREADABLE",
      `the config of the stack has no ${CONFIG_KEY}, or it is no object`,
      "Set the hosts of step-ca as kms-pki deploy --help shows, or give them as a file with --targets",
    );
  }
  return readDeploySettings(value, CONFIG_KEY);
}

async function readJson(path: string, given: string): Promise<unknown> {
  try {
    return new JsonDocument(await readFile(path, "utf8"), given).get([]);
  } catch (cause) {
    throw new PkiError(
      "CONFIG_UNREADABLE",
      `the hosts cannot be read from "${given}": ${cause instanceof PkiError ? cause.reason : messageOf(cause)}`,
      'Give a JSON file: { "hosts": [{ "directory": "/etc/step-ca", "url": "https://ca.example.com:9443" }] }',
      { cause },
    );
  }
}
