import { randomBytes } from "node:crypto";
import { behaves } from "./behaviour";
import { picked, type Properties, UNKNOWN } from "./properties";
import { defaults, difference, importedInputs, previewed, type ResourceKind } from "./resourceKind";

/** A resource provider. */
export interface Plugin {
  /** The package, such as `aws`. */
  readonly name: string;
  readonly version: string;
  /** By type token, such as `aws:kms/key:Key`. */
  readonly kinds: Readonly<Record<string, ResourceKind>>;
  /** Takes the provider's configuration. */
  readonly configure: (configuration: Properties) => void;
}

/** The program's inputs for a resource, and its known state. */
export interface Comparison {
  readonly oldInputs: Properties;
  /** The recorded properties. */
  readonly olds: Properties;
  readonly news: Properties;
  readonly ignored: readonly string[];
}

/** The answers of a plugin as plain values, without the protocol. */
export class PluginHandler {
  readonly #plugin: Plugin;

  constructor(plugin: Plugin) {
    this.#plugin = plugin;
  }

  /** Completes inputs, and reports their problems by name. */
  check(urn: string, olds: Properties, news: Properties): { inputs: Properties; failures: [string, string][] } {
    const kind = this.#kindOf(urn);
    const inputs: Record<string, unknown> = { ...defaults(kind), ...news };
    if (kind.autoname !== undefined && inputs["name"] === undefined && inputs["namePrefix"] === undefined) {
      const random = randomBytes(4).toString("hex").slice(0, 7);
      inputs["name"] = olds["name"] ?? kind.autoname(nameOf(urn), random);
    }
    const failures = Object.entries(kind.problems?.(inputs) ?? {}).filter(([property]) => inputs[property] !== UNKNOWN);
    return { inputs, failures };
  }

  /** Reports the differences, and which of them replace the resource. */
  async diff(
    urn: string,
    { oldInputs, olds, news, ignored }: Comparison,
  ): Promise<{ changed: string[]; replacing: string[]; deletesFirst: boolean }> {
    const kind = this.#kindOf(urn);
    const found = difference(kind, olds, oldInputs, { ...(await kind.implied?.()), ...news });
    const counted = (names: readonly string[]): string[] => names.filter((name) => !ignored.includes(name));
    const replacing = counted(found.replacing);
    const deletesFirst = replacing.length > 0 && found.deletesFirst && behaves("deletesBeforeReplace");
    return { changed: counted(found.changed), replacing, deletesFirst };
  }

  /** Makes the resource; in a preview, only returns the values that will be known. */
  async create(urn: string, properties: Properties, preview: boolean): Promise<{ id?: string; state: Properties }> {
    const kind = this.#kindOf(urn);
    const inputs = { ...(await kind.implied?.()), ...properties };
    return preview ? { state: previewed(kind, inputs) } : kind.create(inputs);
  }

  /** @returns undefined if it is gone */
  async read(
    urn: string,
    id: string,
    inputs: Properties,
    properties: Properties,
  ): Promise<{ id: string; inputs: Properties; state: Properties } | undefined> {
    const kind = this.#kindOf(urn);
    const found = await kind.read(id, properties);
    if (found === undefined) {
      return undefined;
    }
    // Properties that the program set get their real values; the others stay unset.
    const real =
      Object.keys(inputs).length === 0
        ? importedInputs(kind, found.state)
        : { ...inputs, ...picked(found.state, Object.keys(inputs)) };
    return { ...found, inputs: real };
  }

  async update(urn: string, id: string, olds: Properties, news: Properties, preview: boolean): Promise<Properties> {
    return preview ? { ...olds, ...news } : this.#kindOf(urn).update(id, olds, news);
  }

  async delete(urn: string, id: string, properties: Properties): Promise<void> {
    await this.#kindOf(urn).delete(id, properties);
  }

  #kindOf(urn: string): ResourceKind {
    const type = typeOf(urn);
    const kind = this.#plugin.kinds[type];
    if (kind === undefined) {
      throw new Error(`the ${this.#plugin.name} plugin of the tests has no type ${type}`);
    }
    return kind;
  }
}

// urn:pulumi:<stack>::<project>::<type of the parent>$<type>::<name>
function typeOf(urn: string): string {
  return urn.split("::")[2]?.split("$").at(-1) ?? "";
}

function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
