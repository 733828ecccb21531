import { readFile, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { PkiError } from "../errors";
import { PRIVATE_FILE_MODE } from "../files";
import { holdsDatabasePassword } from "../stepca/database";
import type { JsonObject } from "../stepca/jsonObject";
import { mergeCaConfig } from "./caConfigMerge";
import { caConfigText } from "./deploy/caConfigText";
import { JsonDocument } from "./jsonDocument";
import { fileUnusable, planFile, type PlannedFile } from "./plannedFile";

/** A ca.json that is about to be written. */
export interface PlannedConfig {
  readonly file: PlannedFile;
  /** Notes for a person. */
  readonly notes: readonly string[];
}

/** The permissions of everyone but the owner and the group of a file. */
const OTHERS = 0o007;

/** The name of step-ca's configuration. */
export const CA_CONFIG_FILE = "ca.json";

/**
 * Plans a ca.json whose whole content the stack decides.
 *
 * @param directory its folder, absolute
 * @throws PkiError `FILE_UNUSABLE`
 */
export async function planNewConfig(config: JsonObject, directory: string): Promise<PlannedConfig> {
  const file = await planFile(join(directory, CA_CONFIG_FILE), caConfigText(config), PRIVATE_FILE_MODE); // it may hold a PIN
  return {
    file,
    notes:
      file.change === "different"
        ? [`another ${CA_CONFIG_FILE} was replaced; --merge changes one and keeps what was set by hand`]
        : [],
  };
}

/**
 * Plans a change of an existing ca.json. It keeps its permissions, owner and access control list, and every byte that
 * the stack does not decide.
 *
 * @param path absolute
 * @param given the path as the user wrote it
 * @throws PkiError `CONFIG_INVALID`, `FILE_UNUSABLE`
 */
export async function planMergedConfig(config: JsonObject, path: string, given: string): Promise<PlannedConfig> {
  let target: string;
  let bytes: Buffer;
  try {
    target = await realpath(path); // a link stays a link
    bytes = await readFile(target);
  } catch (cause) {
    throw fileUnusable(path, cause);
  }
  if (holdsDatabasePassword(config) && ((await stat(target)).mode & OTHERS) !== 0) {
    throw new PkiError(
      "CONFIG_INVALID",
      `"${given}" is open to every user of this host, and the URL of the database holds a password`,
      `Run: chmod o= ${given}. The file was not touched`,
    );
  }
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes)) {
    throw new PkiError("CONFIG_INVALID", `"${given}" is not UTF-8`, "Correct the file; it was not touched");
  }
  const document = new JsonDocument(text, given);
  const notes = mergeCaConfig(document, config);
  return { file: await planFile(target, document.text), notes };
}
