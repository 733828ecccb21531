import { isDeepStrictEqual } from "node:util";
import { applyEdits, type Node, type ParseError, parseTree } from "jsonc-parser";
import { PkiError } from "../errors";

/**
 * A JSON text in which single values can be set. Every other byte stays: spaces, line ends, the order of fields, and
 * numbers longer than JavaScript's.
 */
export class JsonDocument {
  #text: string;
  readonly #name: string;

  /**
   * @param name of the file, for messages
   * @throws PkiError `CONFIG_INVALID` if the text is not a JSON object. The message never quotes the text.
   */
  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
    const errors: ParseError[] = [];
    const tree = parseTree(text, errors, { disallowComments: true });
    const [error] = errors;
    if (error !== undefined || !isJson(text)) {
      throw this.#invalid(error === undefined ? "is not JSON" : `is not JSON at ${position(text, error.offset)}`);
    }
    if (tree?.type !== "object") {
      throw this.#invalid("is not a JSON object");
    }
  }

  get text(): string {
    return this.#text;
  }

  /** The value at a path of field names; undefined if there is none. */
  get(path: readonly string[]): unknown {
    let node: Node | undefined = parseTree(this.#text);
    for (const name of path) {
      node = node?.type === "object" ? valueOf(this.#property(node, name)) : undefined;
    }
    return node === undefined ? undefined : this.#read(node);
  }

  /**
   * Sets the value at a path of field names. Missing objects on the path are added as last fields, in the style of the
   * preceding field.
   *
   * @throws PkiError `CONFIG_INVALID` if a field occurs twice, or holds something other than a required object
   */
  set(path: readonly string[], value: unknown): void {
    let parent = parseTree(this.#text);
    for (const [depth, name] of path.entries()) {
      if (parent === undefined) {
        return;
      }
      const rest = path.slice(depth + 1);
      const property = this.#property(parent, name);
      const node = valueOf(property);
      if (property === undefined || node === undefined) {
        this.#insert(parent, name, nest(rest, value));
        return;
      }
      if (rest.length === 0 || node.type === "null") {
        this.#replace(node, nest(rest, value), this.#gapBefore(parent, property));
        return;
      }
      if (node.type !== "object") {
        throw this.#invalid(`has a field "${name}" that is not an object`);
      }
      parent = node;
    }
  }

  /**
   * Removes a field, with its comma and white space. Ignores a missing field.
   *
   * @throws PkiError `CONFIG_INVALID` if the field occurs twice
   */
  remove(path: readonly string[]): void {
    const name = path.at(-1) ?? "";
    let parent = parseTree(this.#text);
    for (const step of path.slice(0, -1)) {
      parent = parent === undefined ? undefined : valueOf(this.#property(parent, step));
    }
    const property = parent?.type === "object" ? this.#property(parent, name) : undefined;
    if (parent === undefined || property === undefined) {
      return;
    }
    const siblings = parent.children ?? [];
    const index = siblings.indexOf(property);
    const [before, after] = [siblings[index - 1], siblings[index + 1]];
    const begin = before === undefined ? property.offset : end(before);
    const stop = before === undefined && after !== undefined ? after.offset : end(property);
    this.#edit(begin, stop - begin, "");
  }

  #replace(node: Node, value: unknown, gap: string): void {
    if (!isDeepStrictEqual(this.#read(node), value)) {
      this.#edit(node.offset, node.length, this.#render(value, gap));
    }
  }

  #insert(parent: Node, name: string, value: unknown): void {
    const last = parent.children?.at(-1);
    const lastValue = valueOf(last);
    const lastKey = last?.children?.[0];
    if (last === undefined || lastValue === undefined || lastKey === undefined) {
      this.#edit(parent.offset + 1, 0, `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
      return;
    }
    const gap = this.#gapBefore(parent, last);
    const colon = this.#text.slice(end(lastKey), lastValue.offset);
    this.#edit(end(last), 0, `,${gap}${JSON.stringify(name)}${colon}${this.#render(value, gap)}`);
  }

  #edit(offset: number, length: number, content: string): void {
    this.#text = applyEdits(this.#text, [{ offset, length, content }]);
  }

  /**
   * Finds a field. Go ignores the case of field names and uses the last of two, so a field that occurs twice is refused.
   */
  #property(parent: Node, name: string): Node | undefined {
    const [property, second] = (parent.children ?? []).filter(
      ({ children }) => String(children?.[0]?.value).toLowerCase() === name.toLowerCase(),
    );
    if (second !== undefined) {
      throw this.#invalid(`has the field "${name}" twice`);
    }
    return property;
  }

  /** The white space before a field. */
  #gapBefore(parent: Node, property: Node): string {
    const before = parent.children?.[parent.children.indexOf(property) - 1];
    return this.#text
      .slice(before === undefined ? parent.offset + 1 : end(before), property.offset)
      .replace(/^\s*,/, "");
  }

  /** A value as JSON: on separate lines if the preceding field begins a line, otherwise on one line. */
  #render(value: unknown, gap: string): string {
    const [lineEnd] = /\r?\n/.exec(gap) ?? [];
    if (lineEnd === undefined) {
      return JSON.stringify(value);
    }
    const indentation = gap.slice(gap.lastIndexOf("\n") + 1);
    return JSON.stringify(value, null, this.#indentationUnit()).replaceAll("\n", lineEnd + indentation);
  }

  #indentationUnit(): string {
    const root = parseTree(this.#text);
    const first = root?.children?.[0];
    const gap = root === undefined || first === undefined ? "" : this.#gapBefore(root, first);
    return gap.includes("\n") ? gap.slice(gap.lastIndexOf("\n") + 1) : "  ";
  }

  #read(node: Node): unknown {
    return JSON.parse(this.#text.slice(node.offset, end(node))) as unknown;
  }

  #invalid(reason: string): PkiError {
    return new PkiError("CONFIG_INVALID", `"${this.#name}" ${reason}`, "Correct the file; it was not touched");
  }
}

function valueOf(property: Node | undefined): Node | undefined {
  return property?.children?.[1];
}

function end(node: Node): number {
  return node.offset + node.length;
}

function nest(path: readonly string[], value: unknown): unknown {
  return path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function position(text: string, offset: number): string {
  const lines = text.slice(0, offset).split("\n");
  return `line ${String(lines.length)}, column ${String((lines.at(-1)?.length ?? 0) + 1)}`;
}
