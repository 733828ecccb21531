import { isJsonObject, type JsonObject } from "../../stepca/jsonObject";

/** What the text of a ca.json says; empty if there is none, or it is no JSON object. */
export function configIn(text = "{}"): JsonObject {
  try {
    const config: unknown = JSON.parse(text);
    return isJsonObject(config) ? config : {};
  } catch {
    return {};
  }
}

/** A ca.json as text. */
export function caConfigText(config: JsonObject): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}
