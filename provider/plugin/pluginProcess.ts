import { createRequire } from "node:module";
import { PkiError } from "../errors";
import { UNKNOWN } from "../words/unknown";
import type { PluginResource, Urn } from "./pluginResource";
import { PACKAGE } from "./schema";
import type * as served from "./servedResources";
import { type Properties, revealedProperties } from "./wire";

// The engine's first questions are about the plugin, and many of its processes hear no others.
const load = createRequire(__filename);

/** What a plugin process knows: the provider's configuration, and its resources. */
export class PluginProcess {
  #configuration: Properties = {};
  #provider: string | undefined;
  #resources: served.ServedResources | undefined;
  #isCanceled = false;
  /** The engine's address. */
  engine: string;

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

  /** Begins nothing more that reaches a KMS. What runs ends by itself, so that the engine can record it. */
  cancel(): void {
    this.#isCanceled = true;
  }

  /**
   * Requires that the run goes on.
   *
   * @throws PkiError `CANCELED`
   */
  requireRun(): void {
    if (this.#isCanceled) {
      throw new PkiError("CANCELED", "the run was canceled before this began, and nothing was made", "Run again");
    }
  }

  /**
   * The type of a resource.
   *
   * @throws PkiError `INPUT_INVALID`
   */
  resource(urn: Urn): PluginResource {
    if (this.#resources === undefined) {
      const { ServedResources } = load("./servedResources") as typeof served;
      this.#resources = new ServedResources((key) => this.#setting(key));
    }
    return this.#resources.of(urn);
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
