import { createRequire } from "node:module";
import { PkiError } from "../errors";
import { createContext, type Context } from "../lifecycle/context";
import type * as resources from "./pluginResource";
import type * as types from "./resourceTypes";
import { PACKAGE } from "./schema";
import { type Properties, revealedProperties } from "./wire";
import { UNKNOWN } from "../words/unknown";

// The engine's first questions are about the plugin, and many of its processes hear no others.
const load = createRequire(__filename);

/** What all resources of one plugin process share: the provider's configuration, and one connection to each KMS. */
export class PluginProcess {
  #configuration: Properties = {};
  #provider: string | undefined;
  /** The engine's address. */
  engine: string;
  readonly #context: Context = createContext(
    (key) => this.#setting(key),
    () => process.cwd(),
  );
  readonly #resources = new Map<string, resources.PluginResource>();

  constructor(engine: string) {
    this.engine = engine;
  }

  /**
   * Takes the provider's configuration. What a preview does not know yet counts as left out.
   *
   * @param provider `<URN>::<id>` of the provider's resource, if it has one
   */
  configure(configuration: Properties, provider: string | undefined): void {
    this.#provider = provider;
    const known = Object.entries(revealedProperties(configuration)).filter(([, value]) => value !== UNKNOWN);
    this.#configuration = Object.fromEntries(known);
  }

  /**
   * The type of a resource.
   *
   * @throws PkiError `INPUT_INVALID`
   */
  resource({ type }: resources.Urn): resources.PluginResource {
    const name = type.split(":").at(-1) ?? "";
    const known = this.#resources.get(name);
    if (known !== undefined) {
      return known;
    }
    const { RESOURCE_TYPES } = load("./resourceTypes") as typeof types;
    const served =
      type.startsWith(`${PACKAGE}:`) && Object.hasOwn(RESOURCE_TYPES, name) ? RESOURCE_TYPES[name] : undefined;
    if (served === undefined) {
      throw new PkiError(
        "INPUT_INVALID",
        `the plugin of ${PACKAGE} has no resource of the type "${type}"`,
        `Use one of ${Object.keys(RESOURCE_TYPES).join(", ")}`,
      );
    }
    const { PluginResource } = load("./pluginResource") as typeof resources;
    const made = new PluginResource(served, this.#context);
    this.#resources.set(name, made);
    return made;
  }

  get configuration(): Properties {
    return this.#configuration;
  }

  /** See {@link configure}. */
  get provider(): string | undefined {
    return this.#provider;
  }

  #setting(key: string): string | undefined {
    const value = this.#configuration[key.replace(`${PACKAGE}:`, "")];
    return typeof value === "number" ? String(value) : typeof value === "string" ? value : undefined;
  }
}
