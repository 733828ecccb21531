import { PkiError } from "../errors";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { exportingLine } from "./programLines";

/** Where the outputs of a stack come from, for messages. */
export interface OutputsOrigin {
  /** A command, or a file. */
  readonly name: string;
  /** The language of the project's program, as Pulumi.yaml names it. */
  readonly runtime?: string | undefined;
}

/**
 * Reads the outputs of a stack by name. Its messages name outputs but never quote their values, because some are secret.
 */
export class OutputReader {
  readonly #outputs: JsonObject;
  readonly #origin: OutputsOrigin;
  readonly #path: string;

  /**
   * @param origin for messages
   * @param path of an object among them, for messages
   */
  constructor(outputs: JsonObject, origin: OutputsOrigin, path = "") {
    this.#outputs = outputs;
    this.#origin = origin;
    this.#path = path;
  }

  /** The name of the output that this reads; undefined for the outputs of the stack. */
  get name(): string | undefined {
    return this.#path === "" ? undefined : this.#path.replace(/\.$/, "");
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#outputs, name) && this.#outputs[name] !== null;
  }

  require(names: readonly string[]): void {
    const missing = names.filter((name) => !this.has(name));
    if (missing.length > 0) {
      throw unreadable(
        `${this.#origin.name} returned no ${this.#named(missing)}`,
        `Have the program export the authority${exportingLine(this.#origin.runtime)}, and run pulumi up`,
      );
    }
    const hidden = names.filter((name) => this.#outputs[name] === "[secret]");
    if (hidden.length > 0) {
      throw unreadable(
        `${this.#origin.name} hid ${this.#named(hidden)}`,
        "Give pulumi stack output the option --show-secrets",
      );
    }
  }

  text(name: string): string {
    const value = this.#outputs[name];
    if (typeof value !== "string" || value === "") {
      throw this.refused(name, "is not a string");
    }
    return value;
  }

  object(name: string): JsonObject {
    const value = this.#outputs[name];
    if (!isJsonObject(value)) {
      throw this.refused(name, "is not an object");
    }
    return value;
  }

  /** A reader for an object. */
  within(name: string): OutputReader {
    this.require([name]); // it may be hidden
    return new OutputReader(this.object(name), this.#origin, `${this.#path}${name}.`);
  }

  /** Readers for the objects of a list; empty if there is no such output. */
  list(name: string): OutputReader[] {
    if (!this.has(name)) {
      return [];
    }
    this.require([name]); // it may be hidden
    const value = this.#outputs[name];
    if (!Array.isArray(value) || !value.every(isJsonObject)) {
      throw this.refused(name, "is not a list of objects");
    }
    return value.map((item, at) => new OutputReader(item, this.#origin, `${this.#path}${name}[${String(at)}].`));
  }

  /** Reads a list of strings. */
  texts(name: string): string[] {
    const value = this.#outputs[name];
    if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
      throw this.refused(name, "is not a list of strings");
    }
    return value;
  }

  flag(name: string): boolean {
    const value = this.#outputs[name];
    if (typeof value !== "boolean") {
      throw this.refused(name, "is not true or false");
    }
    return value;
  }

  number(name: string): number {
    const value = this.#outputs[name];
    if (typeof value !== "number") {
      throw this.refused(name, "is not a number");
    }
    return value;
  }

  /**
   * Reads an output with a reader, which receives the output's name and returns undefined or throws for an unreadable value.
   */
  read<T>(name: string, wanted: string, reader: (text: string, name: string) => T | undefined): T {
    const text = this.text(name);
    let value: T | undefined;
    try {
      value = reader(text, `output "${this.#path}${name}"`);
    } catch (error) {
      if (error instanceof PkiError && error.code === "PRIVATE_KEY_GIVEN") {
        throw error; // a value that an older version recorded, until pulumi up runs with a clean file
      }
      value = undefined;
    }
    if (value === undefined) {
      throw this.refused(name, `is not ${wanted}`);
    }
    return value;
  }

  refused(name: string, reason: string): PkiError {
    return unreadable(
      `output "${this.#path}${name}" of ${this.#origin.name} ${reason}`,
      "Have the program export it unchanged from CertificateAuthority or the key source, and run pulumi up",
    );
  }

  #named(names: readonly string[]): string {
    return names.map((name) => this.#path + name).join(", ");
  }
}

/**
 * Reads a JSON object.
 *
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export function readObject(text: string, { name }: OutputsOrigin): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined; // the parser's own message would quote the text, including secrets
  }
  if (!isJsonObject(value)) {
    throw unreadable(
      `${name} returned no JSON object`,
      "The outputs come from pulumi stack output --json --show-secrets",
    );
  }
  return value;
}

function unreadable(reason: string, remedy: string): PkiError {
  return new PkiError("OUTPUTS_UNREADABLE", reason, remedy);
}
