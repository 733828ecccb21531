import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StateResource } from "./project";

/** The mark of a secret in a state. */
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

  /** Makes the stack as the CLI made it for another project. */
  copyFrom(template: StackBackend): void {
    mkdirSync(join(this.#file, ".."), { recursive: true });
    cpSync(join(template.#folder, ".pulumi", "meta.yaml"), join(this.#folder, ".pulumi", "meta.yaml"));
    const { checkpoint, ...rest } = template.#read();
    this.#write({ ...rest, checkpoint: { ...checkpoint, stack: `organization/${this.#project}/${this.#stack}` } });
  }

  /** The state as in `pulumi stack export`, with encrypted secrets. */
  get deployment(): Deployment {
    return this.#read().checkpoint.latest ?? {};
  }

  /** The output of `pulumi stack export`. */
  get exported(): string {
    const { version, checkpoint } = this.#read();
    return JSON.stringify({ version, deployment: checkpoint.latest });
  }

  /** The program's outputs; undefined if they contain a secret, which only the CLI can decrypt. */
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

  get #file(): string {
    return join(this.#folder, ".pulumi", "stacks", this.#project, `${this.#stack}.json`);
  }

  #read(): Checkpoint {
    return JSON.parse(readFileSync(this.#file, "utf8")) as Checkpoint;
  }

  /** The attribute file contains the checksum of the state. The CLI works without it. */
  #write(state: Checkpoint): void {
    writeFileSync(this.#file, JSON.stringify(state));
    rmSync(`${this.#file}.attrs`, { force: true });
  }
}
