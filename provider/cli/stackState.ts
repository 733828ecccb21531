import { PkiError } from "../errors";
import { withPresentTypes } from "../kms/resourceType";
import { type RecordedResource, RecordedStack } from "../kms/recordedStack";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { runPulumi, type StackChoice } from "./pulumiQuestion";
import type { Shell } from "./shell";

const QUESTION = {
  command: ["stack", "export"],
  name: "pulumi stack export",
  code: "OUTPUTS_UNREADABLE",
  instead: "omit --check",
} as const;

/**
 * Reads the state of a stack from Pulumi.
 *
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export async function readStackState(choice: StackChoice, shell: Shell): Promise<RecordedStack> {
  return parseStackState(await runPulumi(QUESTION, choice, shell));
}

/**
 * Reads the output of `pulumi stack export`.
 *
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export function parseStackState(text: string): RecordedStack {
  const resources = resourcesIn(text).map(readResource);
  const prefix = /^urn:pulumi:.*?::.*?::/.exec(resources[0]?.urn ?? "")?.[0];
  if (prefix === undefined) {
    throw new PkiError("OUTPUTS_UNREADABLE", `${QUESTION.name} returned no resources`, "Run pulumi up first");
  }
  return new RecordedStack(prefix, resources);
}

function resourcesIn(text: string): JsonObject[] {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch {
    state = undefined; // the parser's own message would quote the text
  }
  const deployment = isJsonObject(state) ? state["deployment"] : undefined;
  const resources = isJsonObject(deployment) ? deployment["resources"] : undefined;
  return Array.isArray(resources) ? resources.filter(isJsonObject) : [];
}

function readResource({ urn, outputs }: JsonObject): RecordedResource {
  const text = withPresentTypes(String(urn));
  const types = text.split("::")[2] ?? "";
  return {
    urn: text,
    type: types.slice(types.lastIndexOf("$") + 1),
    name: text.split("::").slice(3).join("::"),
    outputs: isJsonObject(outputs) ? outputs : {},
  };
}
