import type { DatabaseArgs } from "../provider";
import { optional } from "./settings";

/** The arguments of the database, by the settings that they come from. */
export const DATABASE_SETTINGS: Readonly<Record<keyof DatabaseArgs, string>> = {
  type: "databaseType",
  name: "databaseName",
  url: "databaseUrl",
  urlFile: "databaseUrlFile",
  urlEnvironment: "databaseUrlEnvironment",
};

/** The database of the stack, if a setting names one. The component checks it. */
export function database(): DatabaseArgs | undefined {
  const given = Object.entries(DATABASE_SETTINGS)
    .map(([argument, setting]) => [argument, optional(setting)] as const)
    .filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : (Object.fromEntries(given) as unknown as DatabaseArgs);
}
