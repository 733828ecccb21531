import { PkiError, systemCode } from "../errors";

/**
 * Imports an optional package.
 *
 * @param what the feature that needs it
 * @throws PkiError `BACKEND_NOT_INSTALLED`, which says what to install
 */
export async function installed<Module>(
  what: string,
  packageName: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    if (!["MODULE_NOT_FOUND", "ERR_MODULE_NOT_FOUND"].includes(systemCode(cause) ?? "")) {
      throw cause;
    }
    throw new PkiError(
      "BACKEND_NOT_INSTALLED",
      `${what} needs the package ${packageName}, which is not installed`,
      `npm install ${packageName}`,
      { cause },
    );
  }
}
