import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { KmsStack } from "./kmsStack";
import { PulumiProject, type Run } from "./project";
import { killedAt, PRELOAD } from "./providerCalls";

/** A stack with its keys in files, whose provider's calls are recorded. */
export class KeyFileStack implements KmsStack {
  readonly stepCaEnvironment = {};

  private constructor(readonly project: PulumiProject) {
    project.setEnvironment({ NODE_OPTIONS: `--require=${PRELOAD}`, PROVIDER_CALLS_FILE: this.#callsFile });
  }

  /** The root stack. */
  static async rootStack(config: Readonly<Record<string, string>> = {}): Promise<KeyFileStack> {
    return new KeyFileStack(await PulumiProject.rootStack(config));
  }

  /** A copy of the stack. */
  copy(): KeyFileStack {
    return new KeyFileStack(this.project.copy());
  }

  get calls(): readonly string[] {
    return existsSync(this.#callsFile) ? readFileSync(this.#callsFile, "utf8").split("\n").filter(Boolean) : [];
  }

  clear(): void {
    rmSync(this.#callsFile, { force: true });
  }

  /** With `:continue` after the moment, the provider continues when the engine is dead. */
  killedAt(args: readonly string[], at: string): Promise<Run> {
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
