import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The file in the home folder where the CLI stores the selected stack of a project. */
export class StackSelection {
  readonly #file: string;
  readonly #backend: string;
  readonly #project: string;

  constructor({
    home,
    directory,
    project,
    backend,
  }: Readonly<Record<"home" | "directory" | "project" | "backend", string>>) {
    const path = join(realpathSync(directory), "Pulumi.yaml");
    const name = `${project}-${createHash("sha1").update(path).digest("hex")}-workspace.json`;
    this.#file = join(home, ".pulumi", "workspaces", name);
    this.#backend = backend;
    this.#project = project;
  }

  /** The name of the selected stack. */
  get stack(): string {
    const { stacks } = JSON.parse(readFileSync(this.#file, "utf8")) as { stacks: Record<string, string> };
    return stacks[this.#backend]?.split("/").at(-1) ?? "";
  }

  /** Selects a stack as `pulumi stack select` does. */
  select(stack: string): void {
    mkdirSync(dirname(this.#file), { recursive: true });
    const stacks = { [this.#backend]: `organization/${this.#project}/${stack}` };
    writeFileSync(this.#file, JSON.stringify({ stacks }), { mode: 0o600 });
  }

  /** Forgets the project. */
  remove(): void {
    rmSync(this.#file, { force: true });
  }
}
