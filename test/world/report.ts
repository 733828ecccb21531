import { isSame, type Properties, revealed } from "./propertyValue";
import { nameOf, typeOf } from "./urn";

/** What happens to a resource in a run. */
export type Operation = "create" | "import" | "update" | "replace" | "delete" | "read" | "same";

/** One step of a run. */
export interface Step {
  readonly operation: Operation;
  readonly urn: string;
}

const SIGNS: Readonly<Record<Operation, string>> = {
  create: "+",
  import: "=",
  update: "~",
  replace: "+-",
  delete: "-",
  read: "~",
  same: " ",
};

const DONE: Readonly<Record<Operation, string>> = {
  create: "created",
  import: "imported",
  update: "updated",
  replace: "replaced",
  delete: "deleted",
  read: "updated",
  same: "unchanged",
};

/** The report of one run, in the words of the Pulumi CLI where tests look for them. */
export class Report {
  readonly steps: Step[] = [];
  readonly lines: string[] = [];
  readonly errors: string[] = [];

  constructor(
    readonly title: string,
    readonly preview: boolean,
    readonly diff: boolean,
  ) {
    this.lines.push(`${title}:`);
  }

  /** Whether something changes, or would change. */
  get hasChanges(): boolean {
    return this.steps.some(({ operation }) => !["same", "read"].includes(operation));
  }

  /** Reports a performed step, or a planned one. */
  step(operation: Operation, urn: string, before: Properties = {}, after: Properties = {}): void {
    this.steps.push({ operation, urn });
    if (operation !== "same" && operation !== "read") {
      const done = this.preview ? operation : DONE[operation];
      this.lines.push(` ${SIGNS[operation]}  ${typeOf(urn)} ${nameOf(urn)} ${done}`);
      if (this.diff) {
        this.lines.push(...differences(before, after));
      }
    }
  }

  /** Reports a message of the program or a provider. */
  say(text: string): void {
    this.lines.push(text);
  }

  /** Reports a failure of the run. */
  fail(message: string): void {
    this.errors.push(message);
    this.lines.push(`error: ${message}`);
  }

  /** The whole report, with the numbers of resources at the end. */
  toString(): string {
    return [...this.lines, "Resources:", ...this.#counts(), ""].join("\n");
  }

  #counts(): string[] {
    const operations = ["create", "import", "update", "replace", "delete", "same"] as const;
    return operations.flatMap((operation) => {
      const count = this.steps.filter((step) => step.operation === operation).length;
      const what = this.preview && operation !== "same" ? `to ${operation}` : DONE[operation];
      return count === 0 ? [] : [`    ${SIGNS[operation]} ${String(count)} ${what}`];
    });
  }
}

function differences(before: Properties, after: Properties): string[] {
  const names = Object.keys({ ...before, ...after }).filter(
    (name) => name in after && !name.startsWith("__") && !isSame(before[name], after[name]),
  );
  const shown = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(revealed(value)));
  return names.map((name) => `      ~ ${name}: ${shown(before[name])} => ${shown(after[name])}`);
}
