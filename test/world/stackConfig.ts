import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { load } = createRequire(require.resolve("@pulumi/pulumi"))("js-yaml") as { load: (text: string) => unknown };

/** The settings of a stack, as in its file and as `pulumi config set --path` changes them. */
export class StackConfig {
  readonly #defaults: Readonly<Record<string, unknown>>;
  readonly #values: Record<string, unknown> = {};

  /** @param directory the folder of `Pulumi.yaml`, which contains the defaults */
  constructor(directory: string) {
    const { name, config = {} } = load(readFileSync(join(directory, "Pulumi.yaml"), "utf8")) as {
      name: string;
      config?: Readonly<Record<string, { readonly default?: unknown }>>;
    };
    this.#defaults = Object.fromEntries(
      Object.entries(config).map(([key, setting]) => [`${name}:${key}`, setting.default]),
    );
  }

  /** Sets a value by its path: `kms-pki:algorithm`, `kms-pki:dnsNames[0]`, `kms-pki:adopt.root-g1`. */
  set(path: string, value: string): void {
    const [key = "", ...steps] = stepsOf(path);
    this.#values[key] = steps.length === 0 ? value : within(this.#values[key], steps, scalar(value));
  }

  setObject(key: string, value: object | string): void {
    this.#values[key] = structuredClone(value);
  }

  /** Takes the values of another stack of the same project. */
  takeAll(from: StackConfig): void {
    Object.assign(this.#values, structuredClone(from.#values));
  }

  /** Removes a value by its path. */
  remove(path: string): void {
    const [key = "", ...steps] = stepsOf(path);
    const container = steps
      .slice(0, -1)
      .reduce((value, step) => (value as Record<string, unknown>)[step], this.#values[key]);
    const [holder, name] = steps.length === 0 ? [this.#values, key] : [container, steps.at(-1) ?? ""];
    if (typeof holder === "object" && holder !== null) {
      Reflect.deleteProperty(holder, name);
    }
  }

  /** The settings as the program gets them: all strings, with JSON for other values. */
  get values(): Record<string, string> {
    const all = Object.entries({ ...this.#defaults, ...this.#values });
    return Object.fromEntries(
      all.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    );
  }
}

// kms-pki:adopt.root-g1 -> kms-pki:adopt, root-g1
function stepsOf(path: string): string[] {
  return path.split(/[.[\]]+/).filter((step) => step !== "");
}

function within(before: unknown, [step = "", ...rest]: readonly string[], value: unknown): unknown {
  const container = (before ?? (/^\d+$/.test(step) ? [] : {})) as Record<string, unknown>;
  container[step] = rest.length === 0 ? value : within(container[step], rest, value);
  return container;
}

/** In objects and lists, the CLI distinguishes booleans and numbers from strings. */
function scalar(value: string): unknown {
  return value === "true" || value === "false" || /^(?:0|[1-9]\d*)$/.test(value) ? JSON.parse(value) : value;
}
