import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemCode } from "../errors";
import { isJsonObject } from "../stepca/jsonObject";

/** The endings of a state that is compressed. */
const COMPRESSED = [".gz", ".zst"];

/** A state that Pulumi keeps in files on this machine, in the CLI's layout. */
export class FileBackend {
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = join(directory, ".pulumi");
  }

  /**
   * The backend of an address; undefined if it is not a file backend.
   *
   * @param url as `pulumi whoami --json` prints it
   * @param cwd the folder that a relative address starts from, absolute
   * @param home the home folder, which Pulumi writes as `~`
   */
  static at(url: string, cwd: string, home: string): FileBackend | undefined {
    if (!url.startsWith("file://")) {
      return undefined;
    }
    const [path = ""] = url.slice("file://".length).split("?");
    return new FileBackend(
      resolve(
        cwd,
        path.replace(/^\/?~(?=\/|$)/, () => home),
      ),
    );
  }

  /**
   * The files of the locks of a stack.
   *
   * @param stack with or without `organization/project/` before it
   */
  locks(project: string, stack: string): string[] {
    return locksIn(this.#locksOf(project, bareName(stack)));
  }

  /** The files of the locks of all stacks of a project. */
  locksOfProject(project: string): string[] {
    return locksIn(this.#locksOf(project));
  }

  /**
   * The recorded deployment of a stack, as in `pulumi stack export`. Undefined if its state is compressed,
   * in another file, or not there.
   *
   * @param stack with or without `organization/project/` before it
   */
  deployment(project: string, stack: string): unknown {
    const file = join(this.#directory, "stacks", project, `${bareName(stack)}.json`);
    if (!existsSync(file) || COMPRESSED.some((extension) => existsSync(`${file}${extension}`))) {
      return undefined;
    }
    try {
      const state = JSON.parse(readFileSync(file, "utf8")) as unknown;
      return isJsonObject(state) && isJsonObject(state["checkpoint"]) ? state["checkpoint"]["latest"] : undefined;
    } catch {
      return undefined; // Pulumi says what is wrong with it
    }
  }

  /**
   * Removes the attribute files that a killed run left empty, and returns their paths. Pulumi writes its files
   * atomically, but not the attribute files beside them. It fails with `EOF` if one is empty, and works without it.
   */
  removeEmptyAttributes(project: string): string[] {
    const directories = [join(this.#directory, "stacks", project), this.#locksOf(project)];
    const empty = directories
      .flatMap((directory) => filesIn(directory).map((file) => join(directory, file)))
      .filter((path) => path.endsWith(".attrs") && statSync(path).size === 0);
    for (const path of empty) {
      rmSync(path, { force: true });
    }
    return empty;
  }

  #locksOf(...names: string[]): string {
    return join(this.#directory, "locks", "organization", ...names);
  }
}

/** Removes a file of a backend, and its attributes. It may be gone. */
export function removeFile(path: string): void {
  for (const file of [path, `${path}.attrs`]) {
    rmSync(file, { force: true });
  }
}

function bareName(stack: string): string {
  return stack.slice(stack.lastIndexOf("/") + 1);
}

function locksIn(directory: string): string[] {
  return filesIn(directory)
    .filter((file) => file.endsWith(".json"))
    .map((file) => join(directory, file));
}

function filesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { recursive: true, encoding: "utf8" });
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") {
      return [];
    }
    throw cause;
  }
}
