import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, PkiError } from "../errors";
import { isJsonObject } from "../stepca/jsonObject";
import { runPulumi, type StackChoice } from "./pulumiQuestion";
import type { Shell } from "./shell";

/** Where a rotation is declared. */
export interface RotationSource extends StackChoice {
  /** A file that holds the rotation as JSON, or `-` for standard input, instead of the stack's config. */
  readonly file?: string;
}

/** The key of the stack's config, an object. */
const CONFIG_KEY = "kms-pki:rotation";

const QUESTION = {
  command: ["config", "--json"],
  name: "pulumi config",
  code: "CONFIG_UNREADABLE",
  instead: "give the rotation as a file with --schedule",
} as const;

/**
 * Reads a rotation as it was written, unchecked.
 *
 * @throws PkiError `CONFIG_UNREADABLE`
 */
export async function readRotationSource(source: RotationSource, shell: Shell): Promise<unknown> {
  const { file } = source;
  if (file !== undefined) {
    return parse(file === "-" ? await shell.stdin() : await read(resolve(shell.cwd, file), file), `"${file}"`);
  }
  const config = parse(await runPulumi(QUESTION, source, shell), QUESTION.name);
  const entry = isJsonObject(config) ? config[CONFIG_KEY] : undefined;
  if (!isJsonObject(entry)) {
    throw new PkiError(
      "CONFIG_UNREADABLE",
      `the config of the stack has no ${CONFIG_KEY}`,
      "Choose a stack with --stack, set it as kms-pki plan --help shows, or give it as a file with --schedule",
    );
  }
  return entry["objectValue"] ?? parse(String(entry["value"]), CONFIG_KEY);
}

async function read(path: string, given: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new PkiError(
      "CONFIG_UNREADABLE",
      `the rotation cannot be read from "${given}": ${messageOf(cause)}`,
      "Name a file that holds the rotation as JSON",
      { cause },
    );
  }
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PkiError("CONFIG_UNREADABLE", `${where} gave no JSON`, "Write the rotation as a JSON object");
  }
}
