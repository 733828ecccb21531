import { PkiError } from "../errors";
import { createContext, type Context } from "../lifecycle/context";
import { PluginResource, type Urn } from "./pluginResource";
import { RESOURCE_TYPES } from "./resourceTypes";
import { PACKAGE } from "./schema";

/** The resources that one plugin process serves. They share the provider's configuration, and one connection to each KMS. */
export class ServedResources {
  readonly #context: Context;
  readonly #resources = new Map<string, PluginResource>();

  /** @param setting reads a setting of the provider by its name with the namespace */
  constructor(setting: (key: string) => string | undefined) {
    this.#context = createContext(setting, () => process.cwd());
  }

  /**
   * The type of a resource.
   *
   * @throws PkiError `INPUT_INVALID`
   */
  of({ type }: Urn): PluginResource {
    const name = type.split(":").at(-1) ?? "";
    const known = this.#resources.get(name);
    if (known !== undefined) {
      return known;
    }
    const served =
      type.startsWith(`${PACKAGE}:`) && Object.hasOwn(RESOURCE_TYPES, name) ? RESOURCE_TYPES[name] : undefined;
    if (served === undefined) {
      throw new PkiError(
        "INPUT_INVALID",
        `the plugin of ${PACKAGE} has no resource of the type "${type}"`,
        `Use one of ${Object.keys(RESOURCE_TYPES).join(", ")}`,
      );
    }
    const made = new PluginResource(name, served, this.#context);
    this.#resources.set(name, made);
    return made;
  }
}
