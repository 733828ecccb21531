import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { CHECKOUT } from "../engine/project";

/** A link from a document to another file, or to a place in one. */
export interface RelativeLink {
  /** The document that contains it, relative to the checkout. */
  readonly from: string;
  /** As it is written. */
  readonly text: string;
  /** The file or folder that it leads to, relative to the checkout. */
  readonly path: string;
  /** The heading that it leads to. */
  readonly anchor: string | undefined;
}

/** The text of a document without code blocks, which contain no links or headings. */
function prose(file: string): string {
  return readFileSync(join(CHECKOUT, file), "utf8").replaceAll(/^( *)```[\s\S]*?^\1```$/gm, "");
}

/** All relative links of a document, including images. */
export function relativeLinks(file: string): RelativeLink[] {
  return [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((text) => {
      const [path = "", anchor] = text.split("#");
      return { from: file, text, path: path === "" ? file : normalize(join(dirname(file), path)), anchor };
    });
}

/** The anchors of a document's headings, as GitHub and npm make them. */
export function anchors(file: string): string[] {
  return [...prose(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}
