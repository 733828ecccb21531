import { invalid, type Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** Checks a boolean. Like the other checks here, it accepts omitted and unknown values. */
export function checkSwitch(value: unknown, property: string): Problem[] {
  return isOpen(value) || typeof value === "boolean"
    ? []
    : [invalid(property, `${JSON.stringify(value)} is not true or false`, "Give true or false")];
}

/** Checks a text. */
export function checkText(value: unknown, property: string): Problem[] {
  return isOpen(value) || typeof value === "string" ? [] : [invalid(property, "it is not a string", "Give a string")];
}

/** Checks an object with named fields. */
export function checkObject(value: unknown, property: string): Problem[] {
  return isOpen(value) || (typeof value === "object" && !Array.isArray(value))
    ? []
    : [invalid(property, "it is not an object", "Write it as an object with named fields")];
}

/** Checks a number. */
export function checkNumber(value: unknown, property: string): Problem[] {
  return isOpen(value) || (typeof value === "number" && !Number.isNaN(value))
    ? []
    : [invalid(property, "it is not a number", "Give a number")];
}

/** Checks a list of strings. */
export function checkTexts(value: unknown, property: string): Problem[] {
  return isOpen(value) || (Array.isArray(value) && value.every((item) => typeof item === "string"))
    ? []
    : [invalid(property, "it is not a list of strings", "Write it as a list of strings")];
}

/** Checks an object whose fields are texts. */
export function checkTextFields(value: unknown, property: string): Problem[] {
  const problems = checkObject(value, property);
  return isOpen(value) || problems.length > 0
    ? problems
    : Object.entries(value).flatMap(([name, field]: [string, unknown]) =>
        field === null
          ? [invalid(`${property}.${name}`, "it is null", "Omit it, or give a string")]
          : checkText(field, `${property}.${name}`),
      );
}

/** Checks each of some arguments by the form that it must have. */
export function checkForms<Args extends object>(
  args: Args,
  forms: { readonly [Name in keyof Args]?: (value: unknown, property: string) => Problem[] },
  path: string,
): Problem[] {
  return Object.entries(args).flatMap(([name, value]: [string, unknown]) =>
    Object.hasOwn(forms, name) ? (forms[name as keyof Args]?.(value, `${path}.${name}`) ?? []) : [],
  );
}

function isOpen(value: unknown): value is undefined | null | typeof UNKNOWN {
  return value === undefined || value === null || value === UNKNOWN;
}
