import { readdirSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { systemCode } from "../errors";

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
    return locksIn(this.#locksOf(project, stack.split("/").pop() ?? stack));
  }

  /** The files of the locks of all stacks of a project. */
  locksOfProject(project: string): string[] {
    return locksIn(this.#locksOf(project));
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
