import { readFileSync, writeFileSync } from "node:fs";

/** Matches the settings as {@link StackSettings} writes them: JSON, which is YAML, on one line. */
const CONFIG_LINE = /^config: (\{.*\})\n/m;

/** Matches a part of a path: `name.part[0]["part.with.dots"]`. */
const PATH_PART = /\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g;

type Container = Record<string, unknown>;

/** The settings in the file of a stack, read and written without the CLI. */
export class StackSettings {
  readonly #file: string;
  readonly #project: string;

  constructor(file: string, project: string) {
    this.#file = file;
    this.#project = project;
  }

  /** Whether the file can be changed here. It cannot if the CLI, which writes other YAML, has set something in it. */
  get areOurs(): boolean {
    const text = this.#text;
    const [, settings = ""] = CONFIG_LINE.exec(text) ?? [];
    return settings === "" ? !/^config:/m.test(text) : isJson(settings);
  }

  /** Sets what `pulumi config set --path` sets. */
  set(path: string, value: string): void {
    const { name, parts } = pathOf(path);
    this.setValue(name, parts.length === 0 ? value : placed(this.#all[this.#qualified(name)], parts, value));
  }

  /** Sets a setting of any form. */
  setValue(name: string, value: unknown): void {
    this.#write({ ...this.#all, [this.#qualified(name)]: value });
  }

  /** Removes what `pulumi config rm` removes. */
  remove(name: string): void {
    const { [this.#qualified(name)]: _, ...others } = this.#all;
    this.#write(others);
  }

  /** The value of a setting; undefined if it has none. */
  get(name: string): unknown {
    return this.#all[this.#qualified(name)];
  }

  get #text(): string {
    return readFileSync(this.#file, "utf8");
  }

  get #all(): Readonly<Record<string, unknown>> {
    return JSON.parse(CONFIG_LINE.exec(this.#text)?.[1] ?? "{}") as Record<string, unknown>;
  }

  #write(settings: Readonly<Record<string, unknown>>): void {
    const others = this.#text.replace(CONFIG_LINE, "");
    writeFileSync(this.#file, `${others}config: ${JSON.stringify(settings)}\n`);
  }

  #qualified(name: string): string {
    return name.includes(":") ? name : `${this.#project}:${name}`;
  }
}

/** The name of a setting, and the path to a value inside it. */
function pathOf(path: string): { name: string; parts: (string | number)[] } {
  const [name = "", ...parts] = [...path.matchAll(PATH_PART)].map(([, quoted, index, plain = ""]) =>
    index === undefined ? (quoted ?? plain) : Number(index),
  );
  return { name: String(name), parts };
}

/** A copy of a value with another value at a path. */
function placed(value: unknown, [part, ...rest]: readonly (string | number)[], leaf: string): unknown {
  if (part === undefined) {
    return scalar(leaf);
  }
  const container = (typeof part === "number" ? [...((value ?? []) as unknown[])] : { ...(value ?? {}) }) as Container;
  container[part] = placed(container[part], rest, leaf);
  return container;
}

/** The type that the CLI gives to a value inside a setting. */
function scalar(text: string): unknown {
  if (text === "true" || text === "false") {
    return text === "true";
  }
  return /^(?:0|-?[1-9]\d*)$/.test(text) ? Number(text) : text;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
