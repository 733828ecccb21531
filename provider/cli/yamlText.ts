import { isJsonObject } from "../stepca/jsonObject";

/** A field name that YAML reads as a text without quotes. */
const PLAIN_NAME = /^[A-Za-z_][\w./-]*$/;

/** Words that YAML 1.1 reads as something other than a text. */
const NOT_TEXT = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/**
 * A JSON value as YAML, with its fields in their order. Texts of several lines are blocks, and all others are in quotes, so no
 * reader takes one for a number or a date.
 */
export function yamlText(value: unknown): string {
  return `${lines(value).join("\n")}\n`;
}

function lines(value: unknown): string[] {
  if (Array.isArray(value) && value.length > 0) {
    return value.flatMap((item) => {
      const [first = "", ...rest] = lines(item);
      return [`- ${first}`, ...rest.map(indented)];
    });
  }
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([name, field]) => fieldLines(fieldName(name), field));
  }
  return [typeof value === "string" ? quoted(value) : JSON.stringify(value ?? null)];
}

function fieldLines(name: string, value: unknown): string[] {
  if (typeof value === "string" && isBlock(value)) {
    return [`${name}: ${value.endsWith("\n") ? "|" : "|-"}`, ...value.replace(/\n$/, "").split("\n").map(indented)];
  }
  const written = lines(value);
  const isNested = typeof value === "object" && value !== null && Object.keys(value).length > 0;
  return isNested ? [`${name}:`, ...written.map(indented)] : [`${name}: ${written.join("")}`];
}

/** Whether a text can be a block: it has several lines, none of which begins or ends with white space. */
function isBlock(text: string): boolean {
  return /\n./.test(text) && !/^\s|[^\S\n]\n|\n\n$|[^\n\x20-\x7e]/.test(text);
}

function fieldName(name: string): string {
  return PLAIN_NAME.test(name) && !NOT_TEXT.test(name) ? name : quoted(name);
}

/** In double quotes, with escapes for what YAML does not print or takes for the end of a line, and JSON leaves as it is. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function indented(line: string): string {
  return line === "" ? "" : `  ${line}`;
}
