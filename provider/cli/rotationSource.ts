import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { messageOf, PkiError } from "../errors";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { chooseAuthority } from "./authorityChoice";
import { readObject } from "./outputReader";
import { readOutputsText } from "./outputsSource";
import { runPulumi, type StackChoice } from "./pulumiQuestion";
import type { Shell } from "./shell";

/** The source of a rotation. */
export interface RotationSource extends StackChoice {
  /** The output that is the authority, instead of the stack's config. */
  readonly authority?: string;
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
 * Reads a rotation, unchecked.
 *
 * @throws PkiError `CONFIG_UNREADABLE`, `OUTPUTS_UNREADABLE`, `AUTHORITY_NOT_FOUND`, `AUTHORITY_AMBIGUOUS`
 */
export async function readRotationSource(source: RotationSource, shell: Shell): Promise<unknown> {
  const { file } = source;
  if (file !== undefined) {
    return parse(file === "-" ? await shell.stdin() : await read(resolve(shell.cwd, file), file), `"${file}"`);
  }
  const entry = source.authority === undefined ? await readConfig(source, shell) : undefined;
  return entry === undefined
    ? readAuthority(source, shell)
    : (entry["objectValue"] ?? parse(String(entry["value"]), CONFIG_KEY));
}

async function readConfig(source: RotationSource, shell: Shell): Promise<JsonObject | undefined> {
  const config = parse(await runPulumi(QUESTION, source, shell), QUESTION.name);
  const entry = isJsonObject(config) ? config[CONFIG_KEY] : undefined;
  return isJsonObject(entry) ? entry : undefined;
}

/** The rotation that a program has declared, from the outputs of its last `up`. */
async function readAuthority({ cwd, stack, authority }: RotationSource, shell: Shell): Promise<unknown> {
  const { text, from } = await readOutputsText({ cwd, ...(stack === undefined ? {} : { stack }) }, shell);
  const outputs = readObject(text, from);
  if (authority === undefined && Object.keys(outputs).length === 0) {
    throw noRotation(`the config of the stack has no ${CONFIG_KEY}, and the stack has no outputs`);
  }
  const chosen = chooseAuthority(outputs, from, authority);
  if (!chosen.has("rotation")) {
    throw noRotation(
      authority === undefined
        ? `the config of the stack has no ${CONFIG_KEY}, and its authority does not rotate`
        : `the authority "${authority}" does not rotate`,
    );
  }
  return chosen.object("rotation");
}

function noRotation(reason: string): PkiError {
  return new PkiError(
    "CONFIG_UNREADABLE",
    reason,
    "Choose a stack with --stack, set the rotation as kms-pki plan --help shows, or give it as a file with --schedule",
  );
}

async function read(path: string, given: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new PkiError(
      "CONFIG_UNREADABLE",
      `the rotation cannot be read from "${given}": ${messageOf(cause)}`,
      "Give a file that holds the rotation as JSON",
      { cause },
    );
  }
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new PkiError("CONFIG_UNREADABLE", `${where} returned no JSON`, "Write the rotation as a JSON object");
  }
}
