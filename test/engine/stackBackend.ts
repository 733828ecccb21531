import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StateResource } from "./project";

/** What marks a secret in a state. */
const SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d";

interface Deployment {
  readonly resources?: readonly StateResource[];
  readonly pending_operations?: readonly unknown[];
}

interface Checkpoint {
  readonly version: number;
  readonly checkpoint: { readonly stack: string; readonly latest?: Deployment };
}

/** The folder of Pulumi's file backend, with the state of a stack, read and written without the CLI. */
export class StackBackend {
  readonly #folder: string;
  readonly #project: string;
  readonly #stack: string;

  constructor(folder: string, project: string, stack: string) {
    this.#folder = folder;
    this.#project = project;
    this.#stack = stack;
  }

  /** Makes the stack as the CLI has made it for another project. */
  copyFrom(template: StackBackend): void {
    mkdirSync(join(this.#file, ".."), { recursive: true });
    cpSync(join(template.#folder, ".pulumi", "meta.yaml"), join(this.#folder, ".pulumi", "meta.yaml"));
    const { checkpoint, ...rest } = template.#read();
    this.#write({ ...rest, checkpoint: { ...checkpoint, stack: `organization/${this.#project}/${this.#stack}` } });
  }

  /** The state, as `pulumi stack export` has it. Secrets are encrypted. */
  get deployment(): Deployment {
    return this.#read().checkpoint.latest ?? {};
  }

  /** What `pulumi stack export` writes. */
  get exported(): string {
    const { version, checkpoint } = this.#read();
    return JSON.stringify({ version, deployment: checkpoint.latest });
  }

  /** What the program exported; undefined when a secret is among it, which the CLI alone decrypts. */
  get outputs(): Readonly<Record<string, unknown>> | undefined {
    const { resources = [] } = this.deployment;
    const outputs = resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
    return JSON.stringify(outputs).includes(SECRET_SIGNATURE) ? undefined : outputs;
  }

  /** Puts other resources into the state. */
  replaceResources(resources: readonly StateResource[]): void {
    const state = this.#read();
    const latest = { ...state.checkpoint.latest, resources };
    this.#write({ ...state, checkpoint: { ...state.checkpoint, latest } });
  }

  /**
   * Pulumi's file backend writes a state in one piece, but not the file of its attributes beside it: a kill at that very
   * moment leaves that empty, and the CLI then says `EOF`. Without it the state is read as it is.
   */
  removeEmptyAttributes(): void {
    const folder = join(this.#folder, ".pulumi");
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      const path = join(folder, file);
      if (file.endsWith(".attrs") && statSync(path).size === 0) {
        rmSync(path);
      }
    }
  }

  get #file(): string {
    return join(this.#folder, ".pulumi", "stacks", this.#project, `${this.#stack}.json`);
  }

  #read(): Checkpoint {
    return JSON.parse(readFileSync(this.#file, "utf8")) as Checkpoint;
  }

  /** The attributes beside the file hold its checksum. The CLI does without them. */
  #write(state: Checkpoint): void {
    writeFileSync(this.#file, JSON.stringify(state));
    rmSync(`${this.#file}.attrs`, { force: true });
  }
}
