import { invalid, type Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** Checks what is to be true or false. Like the others here, it passes what is left out or not known yet. */
export function checkSwitch(value: unknown, property: string): Problem[] {
  return isOpen(value) || typeof value === "boolean"
    ? []
    : [invalid(property, `${JSON.stringify(value)} is not true or false`, "Give true or false")];
}

/** Checks a text. */
export function checkText(value: unknown, property: string): Problem[] {
  return isOpen(value) || typeof value === "string" ? [] : [invalid(property, "it is not a text", "Give a string")];
}

/** Checks an object with named fields. */
export function checkObject(value: unknown, property: string): Problem[] {
  return isOpen(value) || (typeof value === "object" && !Array.isArray(value))
    ? []
    : [invalid(property, "it is not an object", "Write it as an object with named fields")];
}

function isOpen(value: unknown): value is undefined | null | typeof UNKNOWN {
  return value === undefined || value === null || value === UNKNOWN;
}
