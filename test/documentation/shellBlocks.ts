import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../engine/project";

/** Commands that a document tells its reader to run. */
export interface ShellBlock {
  /** Relative to the checkout. */
  readonly file: string;
  /** The lines between the fences, without the margin of a list. */
  readonly text: string;
}

/** The API reference, which `make docs` generates from doc comments. */
const GENERATED = join("docs", "api");

/** Every file with instructions for readers. */
export function documents(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(join(CHECKOUT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".md") && !file.includes("node_modules"))
      .map((file) => join(folder, file))
      .filter((file) => !file.startsWith(GENERATED));
  const top = readdirSync(CHECKOUT).filter((file) => file.endsWith(".md"));
  return [...top, ...below("docs"), ...below("examples")].sort();
}

/** All blocks of commands in the documents, in their order. */
export function shellBlocks(): ShellBlock[] {
  return documents().flatMap((file) => {
    const text = readFileSync(join(CHECKOUT, file), "utf8");
    return [...text.matchAll(/^( *)```(?:sh|bash|console)\n([\s\S]*?)^\1```$/gm)].map(
      ([, margin = "", block = ""]) => ({
        file,
        text: block.replaceAll(new RegExp(`^${margin}`, "gm"), ""),
      }),
    );
  });
}

/**
 * The only block of a document that contains these words.
 *
 * @param values the values for words that the reader replaces, such as `ID`
 */
export function shellBlock(file: string, words: string, values: Readonly<Record<string, string>> = {}): string {
  const found = shellBlocks().filter((block) => block.file === file && block.text.includes(words));
  const [block] = found;
  if (block === undefined || found.length > 1) {
    throw new Error(`${String(found.length)} blocks of ${file} hold "${words}"`);
  }
  return Object.entries(values).reduce(
    (text, [word, value]) => text.replaceAll(new RegExp(`\\b${word}\\b`, "g"), () => value),
    block.text,
  );
}
