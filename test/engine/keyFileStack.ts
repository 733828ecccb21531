import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { KmsStack } from "./kmsStack";
import { PulumiProject, type Run } from "./project";
import { killedAt, PRELOAD } from "./providerCalls";
import type { StackProject } from "./stackProject";

/** A stack with its keys in files, whose provider's calls are recorded. */
export class KeyFileStack<Project extends StackProject = PulumiProject> implements KmsStack<Project> {
  readonly stepCaEnvironment = {};

  private constructor(readonly project: Project) {
    project.setEnvironment({ NODE_OPTIONS: `--require=${PRELOAD}`, PROVIDER_CALLS_FILE: this.#callsFile });
  }

  /** The root stack. */
  static async rootStack(config: Readonly<Record<string, string>> = {}): Promise<KeyFileStack> {
    return KeyFileStack.over(await PulumiProject.rootStack(config));
  }

  /** Any project. */
  static over<Project extends StackProject>(project: Project): KeyFileStack<Project> {
    return new KeyFileStack(project);
  }

  /** A copy of the stack. */
  copy(this: KeyFileStack): KeyFileStack {
    return new KeyFileStack(this.project.copy());
  }

  get calls(): readonly string[] {
    return existsSync(this.#callsFile) ? readFileSync(this.#callsFile, "utf8").split("\n").filter(Boolean) : [];
  }

  clear(): void {
    rmSync(this.#callsFile, { force: true });
  }

  /** With `:continue` after the moment, the provider continues when the engine is dead. */
  killedAt(this: KeyFileStack, args: readonly string[], at: string): Promise<Run> {
    return killedAt(this.project, args, at);
  }

  liveKeys(): Promise<string[]> {
    const folder = join(this.project.directory, "keys");
    const files = existsSync(folder) ? readdirSync(folder).sort() : [];
    return Promise.resolve(files.map((file) => `softkms:path=keys/${file}`));
  }

  stop(): Promise<void> {
    this.project.remove();
    return Promise.resolve();
  }

  get #callsFile(): string {
    return join(this.project.scratch, "calls");
  }
}
