import type { Problem } from "./problem";

/** The names of arguments, in the order in which a message lists them. */
export type ArgumentNames = readonly string[];

/** Lists the arguments of a type. The compiler refuses a list with a missing or an extra name. */
export function argumentNames<Args>(names: Readonly<Record<keyof Args, true>>): ArgumentNames {
  return Object.keys(names);
}

/**
 * Finds unknown arguments. Without this check, a misspelled name would silently leave a default in force. An
 * argument that is `undefined` counts as left out.
 *
 * @param args what the program gave; other checks refuse what is not an object
 * @param path where the object itself stands, such as `keys`; empty for the arguments of a resource
 */
export function checkArgumentNames(args: unknown, names: ArgumentNames, path = ""): Problem[] {
  if (typeof args !== "object" || args === null || Array.isArray(args)) {
    return [];
  }
  return Object.entries(args)
    .filter(([name, value]) => value !== undefined && !names.includes(name))
    .map(([name]) => ({
      code: "INPUT_INVALID",
      property: path === "" ? name : `${path}.${name}`,
      reason: "there is no such argument",
      remedy: `Remove it, or use one of ${names.join(", ")}`,
    }));
}
