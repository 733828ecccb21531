import assert from "node:assert/strict";
import { it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import * as pki from "../../provider";
import type { ErrorCode } from "../../provider/errors";
import { UP } from "../engine/project";
import type { WorldProject } from "./worldProject";

/** An argument by a value that is good, and by one that is refused. */
export interface Example<Args> {
  readonly value: unknown;
  readonly wrong?: { readonly value: unknown; readonly code: ErrorCode; readonly property: string };
  /** Further arguments that this one needs. Undefined takes one out. */
  readonly beside?: { readonly [Name in keyof Args]?: unknown };
  /** Whether the program itself must know that it is given: `Input<T>`, where others are `Input<T | undefined>`. */
  readonly isKnownToBeGiven?: true;
  /** Whether its parts are Inputs and not the whole, as of what stands for a resource. */
  readonly isResource?: true;
}

/** An example of each argument of a resource or a component. The compiler wants all of them. */
export type Examples<Args> = Readonly<Record<keyof Required<Args> & string, Example<Args>>>;

/** What arguments are tried on. */
export interface Tried<Args> {
  readonly examples: Examples<Args>;
  /** Arguments that every one needs. */
  readonly base: { readonly [Name in keyof Args]?: unknown };
  readonly project: () => Promise<WorldProject>;
  /** Declares it, and returns outputs of the stack. */
  readonly declare: (args: Args) => Record<string, unknown>;
  /** Ends what belongs to the project. */
  readonly end?: (project: WorldProject) => Promise<void>;
}

/** How a value is given. */
type Form = (value: unknown) => unknown;

/** How many values there were that a preview did not know. */
let unknowns = 0;

const UNKNOWN_FORM = "a value that a preview does not know";

const FORMS: Readonly<Record<string, Form>> = {
  "an Output": (value) => pulumi.output(value),
  "a Promise": (value) => Promise.resolve(value),
  [UNKNOWN_FORM]: (value) => {
    unknowns += 1;
    return new pki.AuthorityId(`unknown-${String(unknowns)}`).authorityId.apply(() => value);
  },
};

/** Tries each argument in each form: the result is that of the plain value. */
export function triesInputs<Args>({ examples, base, project: start, declare, end }: Tried<Args>): void {
  const withProject = async (test: (project: WorldProject) => Promise<void>): Promise<void> => {
    const project = await start();
    try {
      await test(project);
    } finally {
      await end?.(project);
      project.remove();
    }
  };
  for (const [name, example] of Object.entries<Example<Args>>(examples)) {
    const run = (project: WorldProject, value: () => unknown): void => {
      project.runsProgram(() => declare({ ...base, ...example.beside, [name]: value() } as Args));
    };

    void it(`take ${name} in every form, whole and in parts, with one result`, () =>
      withProject(async (project) => {
        run(project, () => example.value);
        await project.up();
        const plain = await resultOf(project);
        for (const [what, form] of Object.entries(FORMS)) {
          for (const given of example.isResource === true ? [partsIn(form)] : [form, partsIn(form)]) {
            run(project, () => given(example.value));
            await project.up();
            assert.deepEqual(await resultOf(project), plain, what);
            const changed = project.steps.filter(({ operation, urn }) => operation !== "same" && !isUnknown(urn));
            assert.deepEqual(changed, [], what);
          }
        }
      }));

    if (example.isKnownToBeGiven !== true) {
      void it(`take ${name} as left out when it is undefined, in every form`, () =>
        withProject(async (project) => {
          run(project, () => undefined);
          await project.up();
          const plain = await resultOf(project);
          for (const [what, form] of Object.entries(FORMS)) {
            run(project, () => form(undefined));
            await project.up();
            assert.deepEqual(await resultOf(project), plain, what);
          }
        }));
    }

    const { wrong } = example;
    if (wrong !== undefined) {
      void it(`refuse ${name} in every form with ${wrong.code} for ${wrong.property}`, () =>
        withProject(async (project) => {
          const says = new RegExp(`${escaped(wrong.property)}[: ].*${wrong.code}: `);
          for (const [what, form] of Object.entries({ "a plain value": (value: unknown) => value, ...FORMS })) {
            run(project, () => partsIn(form)(wrong.value));
            if (what === UNKNOWN_FORM) {
              await project.succeed(["preview"]);
            }
            const { code, output } = await project.pulumi(UP);
            assert.notEqual(code, 0, what);
            assert.match(output, says, what);
          }
        }));
    }
  }
}

/** Gives the leaves of a value in a form, and not the whole. */
function partsIn(form: Form): Form {
  return (value) => {
    if (Array.isArray(value)) {
      return value.map(partsIn(form));
    }
    return typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, part]) => [name, partsIn(form)(part)]))
      : form(value);
  };
}

/** All that is recorded, but for what only the forms need. */
async function resultOf(project: WorldProject): Promise<object> {
  const { resources } = await project.state();
  return resources
    .filter(({ urn }) => !isUnknown(urn))
    .map(({ urn, inputs = {}, outputs = {} }) => ({ urn, inputs, outputs }))
    .sort((one, other) => (one.urn < other.urn ? -1 : 1));
}

function isUnknown(urn: string): boolean {
  return /::unknown-\d+$/.test(urn);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
