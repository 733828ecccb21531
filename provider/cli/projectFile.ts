import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootDirectory } from "../words/rootDirectory";

/** A project's Pulumi.yaml. */
interface ProjectFile {
  /** Absolute. */
  readonly path: string;
  /** The project's name, under which a backend stores its stacks; undefined if no line begins with it. */
  readonly name: string | undefined;
  /** The language of its program: `nodejs`, `yaml`, `python`, `go` and so on; undefined if it is not found. */
  readonly runtime: string | undefined;
}

/**
 * Reads the Pulumi.yaml of a project; undefined if there is none.
 *
 * @param cwd the folder of the project, or one below it, absolute
 */
export function readProjectFile(cwd: string): ProjectFile | undefined {
  const [path] = ["Pulumi.yaml", "Pulumi.yml"].map((name) => join(rootDirectory(cwd), name)).filter(existsSync);
  if (path === undefined) {
    return undefined;
  }
  const text = readFileSync(path, "utf8");
  const [, name] = /^name:[ \t]*["']?([\w.-]+)/m.exec(text) ?? [];
  const [, runtime] = /^runtime:\s*(?:\{\s*)?(?:name:[ \t]*)?["']?(\w+)["']?(?:[\s,}]|$)/m.exec(text) ?? [];
  return { path, name, runtime };
}
