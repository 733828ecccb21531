import { PkiError } from "../errors";
import type { Urn } from "./pluginResource";

/**
 * Reads a URN: `urn:pulumi:STACK::PROJECT::PARENT-TYPE$TYPE::NAME`.
 *
 * @throws PkiError `INPUT_INVALID`
 */
export function parseUrn(urn: string): Urn {
  const [, , types = "", ...name] = urn.split("::");
  const type = types.split("$").at(-1) ?? "";
  if (!urn.startsWith("urn:pulumi:") || type === "" || name.length === 0) {
    throw new PkiError(
      "INPUT_INVALID",
      `"${urn.slice(0, 200)}" is not the URN of a resource`,
      "Run it through Pulumi's engine",
    );
  }
  return { urn, type, name: name.join("::") };
}
