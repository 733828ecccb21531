import assert from "node:assert/strict";
import { it } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import * as pki from "../../provider";
import type { ErrorCode } from "../../provider/errors";
import { UP } from "../engine/project";
import { WorldProject } from "./worldProject";

/** An argument with a valid value, and with a refused one. */
interface Example<Args> {
  readonly value: unknown;
  readonly wrong?: { readonly value: unknown; readonly code: ErrorCode; readonly property: string };
  /** Further arguments that this one needs. Undefined removes one. */
  readonly beside?: { readonly [Name in keyof Args]?: unknown };
  /** Whether the program itself must know that it is given: `Input<T>`, whereas others are `Input<T | undefined>`. */
  readonly isKnownToBeGiven?: true;
  /** Whether its parts are Inputs but not the whole, as for a reference to a resource. */
  readonly isResource?: true | undefined;
}

/** An example of each argument of a resource or a component. The compiler requires all of them. */
export type Examples<Args> = Readonly<Record<keyof Required<Args> & string, Example<Args>>>;

/** A project for trying arguments, with everything else that it needs. */
export interface TriedStack {
  readonly project: WorldProject;
  readonly stop: () => Promise<void>;
}

/** The resource or component under test. */
export interface Tried<Args> {
  readonly examples: Examples<Args>;
  /** Arguments that every case needs. */
  readonly base: { readonly [Name in keyof Args]?: unknown };
  readonly start: () => Promise<TriedStack>;
  /** Declares it, and returns outputs of the stack. */
  readonly declare: (args: Args) => Record<string, unknown>;
}

/** A project without further needs. */
export async function bareStack(prepare: (project: WorldProject) => void = () => undefined): Promise<TriedStack> {
  const project = await WorldProject.program("");
  prepare(project);
  return {
    project,
    stop: () => {
      project.remove();
      return Promise.resolve();
    },
  };
}

/** The form of a value. */
type Form = (value: unknown) => unknown;

/** The number of values that a preview did not know. */
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
export function triesInputs<Args>(tried: Tried<Args>): void {
  for (const [name, example] of Object.entries<Example<Args>>(tried.examples)) {
    const argsOf = (value: unknown): object => ({ ...tried.base, ...example.beside, [name]: value });
    void it(`accept ${name} in every form, whole and in parts, with one result`, () =>
      withProject(tried, (project, declare) =>
        isOneResult(project, (given) => declare(argsOf(given(example, example.value)))),
      ));
    if (example.isKnownToBeGiven !== true) {
      void it(`treat an undefined ${name} as left out, in every form`, () =>
        withProject(tried, (project, declare) =>
          isOneResult(project, (given) => declare(argsOf(given({ ...example, isResource: undefined }, undefined)))),
        ));
    }
  }
  refuseInputs(tried);
}

/** Tries all arguments at once, if each run is expensive. */
export function triesAllInputs<Args>(tried: Tried<Args>): void {
  const examples = Object.entries<Example<Args>>(tried.examples);
  void it("are accepted in every form, whole and in parts, with one result", () =>
    withProject(tried, (project, declare) =>
      isOneResult(project, (given) => {
        const values = examples
          .filter(([, { value }]) => value !== undefined)
          .map(([name, example]) => [name, given(example, example.value)]);
        return declare({ ...tried.base, ...(Object.fromEntries(values) as object) });
      }),
    ));
  void it("are treated as left out when undefined, in every form", () =>
    withProject(tried, (project, declare) =>
      isOneResult(project, (given) => {
        const values = examples.map(([name, example]) => [
          name,
          example.isKnownToBeGiven === true ? undefined : given({ ...example, isResource: undefined }, undefined),
        ]);
        return declare({ ...(Object.fromEntries(values) as object), ...tried.base });
      }),
    ));
  refuseInputs(tried);
}

/** Converts a value to the form of a run, as its argument allows. */
type Giving = (example: Pick<Example<unknown>, "isResource">, value: unknown) => unknown;

/** Runs a program with plain values, and then in all forms: nothing changes. */
async function isOneResult(project: WorldProject, program: (given: Giving) => unknown): Promise<void> {
  const run = async (given: Giving): Promise<object> => {
    project.runsProgram(() => program(given));
    await project.up();
    return resultOf(project);
  };
  const asItIs: Giving = (_example, value) => value;
  await run(asItIs); // a second run may complete the record of the first
  const plain = await run(asItIs);
  for (const [what, form] of Object.entries(FORMS)) {
    for (const whole of [true, false]) {
      const found = await run(({ isResource }, value) => (whole && isResource !== true ? form : partsIn(form))(value));
      assert.deepEqual(found, plain, what);
      const changed = project.steps.filter(({ operation, urn }) => operation !== "same" && !isUnknown(urn));
      assert.deepEqual(changed, [], what);
    }
  }
}

function refuseInputs<Args>(tried: Tried<Args>): void {
  for (const [name, { wrong, beside }] of Object.entries<Example<Args>>(tried.examples)) {
    if (wrong === undefined) {
      continue;
    }
    void it(`refuse ${name} in every form with ${wrong.code} for ${wrong.property}`, () =>
      withProject(tried, async (project, declare) => {
        const says = new RegExp(`${escaped(wrong.property)}[: ].*${wrong.code}: `);
        for (const [what, form] of Object.entries({ "a plain value": (value: unknown) => value, ...FORMS })) {
          project.runsProgram(() => declare({ ...tried.base, ...beside, [name]: partsIn(form)(wrong.value) }));
          if (what === UNKNOWN_FORM) {
            const preview = await project.pulumi(["preview"]);
            assert.ok(preview.code === 0 || says.test(preview.output), preview.output);
          }
          const { code, output } = await project.pulumi(UP);
          assert.notEqual(code, 0, what);
          assert.match(output, says, what);
        }
      }));
  }
}

async function withProject<Args>(
  { start, declare }: Tried<Args>,
  test: (project: WorldProject, declare: (args: object) => unknown) => Promise<void>,
): Promise<void> {
  const { project, stop } = await start();
  try {
    await test(project, (args) => declare(args as Args));
  } finally {
    await stop();
  }
}

/** Converts the leaves of a value to a form, but not the whole. */
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

/** The recorded state, without what only the forms need. */
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
