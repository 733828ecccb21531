import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { PkiError } from "../errors";
import { runPulumi, type StackChoice } from "./pulumiQuestion";
import type { Shell } from "./shell";

/** The namespace of the root stack's settings. */
const NAMESPACE = "kms-pki:";

/**
 * Reads the config of a stack: the settings and the defaults of Pulumi.yaml, by their keys, as `pulumi config --json` shows them.
 * Values that are secret are absent.
 *
 * @param instead what the user can do without a Pulumi CLI
 * @throws PkiError `CONFIG_UNREADABLE`
 */
export async function readStackConfig(choice: StackChoice, instead: string, shell: Shell): Promise<JsonObject> {
  const question = {
    command: ["config", "--json"],
    name: "pulumi config",
    code: "CONFIG_UNREADABLE",
    instead,
  } as const;
  const text = await runPulumi(question, choice, shell);
  try {
    const config: unknown = JSON.parse(text);
    return isJsonObject(config) ? config : {};
  } catch {
    throw new PkiError("CONFIG_UNREADABLE", `${question.name} returned no JSON`, "Run it yourself to see why");
  }
}

/** The text of a setting; undefined if it is not set, or secret. */
export function settingIn(config: JsonObject, name: string): string | undefined {
  const entry = config[NAMESPACE + name];
  const value = isJsonObject(entry) ? entry["value"] : undefined;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/**
 * Sets settings of a stack, all at once, in plain text. A setting that is an object or a list is replaced as a whole.
 *
 * @param settings by their names without `kms-pki:`
 * @throws PkiError `CONFIG_UNREADABLE`
 */
export async function writeStackConfig(
  settings: Readonly<Record<string, unknown>>,
  choice: StackChoice,
  instead: string,
  shell: Shell,
): Promise<void> {
  const entries = Object.entries(settings).map(([name, value]) => [
    NAMESPACE + name,
    typeof value === "string" || typeof value === "boolean"
      ? { value: String(value) }
      : { value: JSON.stringify(value), objectValue: value },
  ]);
  const json = JSON.stringify(Object.fromEntries(entries));
  const question = {
    command: ["config", "set-all", "--json", json],
    name: "pulumi config set-all",
    code: "CONFIG_UNREADABLE",
    instead,
  } as const;
  await runPulumi(question, choice, shell);
}
