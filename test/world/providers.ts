import { PluginHandler } from "../pulumiPlugin/handler";
import { PLUGINS } from "../pulumiPlugin/plugins";
import { revealedProperties, type Properties, UNKNOWN } from "./propertyValue";
import { dynamicProviderProcess, pluginProvider, type Provider, PROVIDERS_OWN } from "./provider";

const DYNAMIC = "pulumi-nodejs:dynamic/";
const PROVIDER_TYPE = "pulumi:providers:";

/** The providers of one run. Each run has new ones, as the engine starts new processes. */
export class Providers {
  readonly #config: Readonly<Record<string, string>>;
  readonly #dynamic: Provider;
  readonly #plugins = new Map<string, Promise<Provider>>();

  /** @param config the stack's config, for default providers */
  constructor(config: Readonly<Record<string, string>>) {
    this.#config = config;
    this.#dynamic = dynamicProviderProcess(config);
  }

  /**
   * The provider of a resource.
   *
   * @param reference `<URN>::<id>` of the provider's resource; undefined for a default one
   * @param inputsOf the declared inputs of that resource
   */
  of(type: string, reference: string | undefined, inputsOf: (urn: string) => Properties): Promise<Provider> {
    if (type.startsWith(PROVIDER_TYPE)) {
      return Promise.resolve(PROVIDERS_OWN);
    }
    if (type.startsWith(DYNAMIC)) {
      return Promise.resolve(this.#dynamic);
    }
    const [name = ""] = type.split(":");
    const urn = reference?.slice(0, reference.lastIndexOf("::"));
    const key = urn ?? name;
    const found = this.#plugins.get(key) ?? startPlugin(name, urn === undefined ? this.#configOf(name) : inputsOf(urn));
    this.#plugins.set(key, found);
    return found;
  }

  #configOf(name: string): Properties {
    const prefix = `${name}:`;
    const own = Object.entries(this.#config).filter(([key]) => key.startsWith(prefix));
    return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
  }
}

async function startPlugin(name: string, configuration: Properties): Promise<Provider> {
  const plugin = await PLUGINS[name]?.();
  if (plugin === undefined) {
    throw new Error(`the tests have no plugin for the package ${name}`);
  }
  // Unknown values are missing, as for the real plugins in a preview.
  const known = Object.entries(revealedProperties(configuration)).filter(([, value]) => value !== UNKNOWN);
  plugin.configure(Object.fromEntries(known));
  return pluginProvider(new PluginHandler(plugin));
}
