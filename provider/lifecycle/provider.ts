import type { Problem } from "../words/problem";
import { forgetArgumentNaming } from "../words/argumentNaming";
import { describeProblem } from "../words/problem";
import type { ConfigReader, Context } from "./context";
import { createContext } from "./context";
import { exitWithEngine } from "./engineWatch";
import { failure, forgetSaid } from "./failure";

/** The result of `diff`. */
export interface Difference {
  readonly changes: boolean;
  /** The properties that require a replacement. */
  readonly replaces?: readonly string[];
}

/** The result of `check`: the completed inputs, and the problems with them. */
export interface Checked<Inputs> {
  readonly inputs: Inputs;
  readonly problems: readonly Problem[];
}

/**
 * The lifecycle of one resource type, in the engine's order. `State` is the outputs in the stack's state: all that
 * `diff` learns about the past. Only `check` and `diff` receive values that a preview does not know yet.
 */
export interface Lifecycle<Inputs extends object, State extends object> {
  check(olds: Partial<Inputs>, news: Inputs): Checked<Inputs> | Promise<Checked<Inputs>>;
  diff(state: State, news: Inputs): Difference | Promise<Difference>;
  create(inputs: Inputs): Promise<{ id: string; state: State }>;
  /** Reads the real thing. If it is gone or changed, a status is recorded, which `diff` reports. */
  read(state: State): Promise<State>;
  /**
   * The same for a resource that a program may get by its id and not declare: its state is then what the program says of it.
   */
  readById?(id: string, state: State): Promise<State>;
  update(state: State, news: Inputs): Promise<State>;
  delete(state: State): Promise<void>;
}

/**
 * The shape that the SDK's dynamic provider process calls (`@pulumi/pulumi/cmd/dynamic-provider`). Declared here and
 * tested against the real SDK, because it is a convention rather than an interface.
 */
export interface DynamicProvider {
  configure(request: { config: { get: ConfigReader } }): void;
  check(olds: object, news: object): Promise<{ inputs: object; failures: { property: string; reason: string }[] }>;
  diff(id: string, olds: object, news: object): Promise<{ changes: boolean; replaces: string[] }>;
  create(inputs: object): Promise<{ id: string; outs: object }>;
  read(id: string, props: object): Promise<{ id: string; props: object }>;
  update(id: string, olds: object, news: object): Promise<{ outs: object }>;
  delete(id: string, props: object): Promise<void>;
}

let readConfig: ConfigReader = () => undefined;
let context: Context | undefined;

/** The context that all resource types share, and with it one connection to each KMS. */
function sharedContext(): Context {
  if (context === undefined) {
    exitWithEngine(process.argv[2]);
    context = createContext(
      (key) => readConfig(key),
      () => process.cwd(),
    );
  }
  return context;
}

/**
 * Forgets everything that this process has learned and printed, like a new process. An engine that shares one process
 * with its providers calls this before it calls {@link dynamicProvider} for another run.
 */
export function forgetRun(): void {
  context = undefined;
  readConfig = () => undefined;
  forgetSaid();
  forgetArgumentNaming();
}

/** Makes a lifecycle callable by the SDK. */
export function dynamicProvider<Inputs extends object, State extends object>(
  lifecycle: (context: Context) => Lifecycle<Inputs, State>,
): DynamicProvider {
  const own = lifecycle(sharedContext());
  // The engine's objects come from our own program; check validates them before anything else sees them.
  const inputsOf = (value: object): Inputs => withoutProvider(value) as Inputs;
  const stateOf = (value: object): State => withoutProvider(value) as State;
  return {
    // Synchronous, because on refresh and destroy the SDK does not wait for it.
    configure: ({ config }) => {
      readConfig = (key) => config.get(key);
    },
    check: (olds, news) =>
      withoutStack(async () => {
        const { inputs, problems } = await own.check(inputsOf(olds), inputsOf(news));
        const failures = problems.map((problem) => ({ property: problem.property, reason: describeProblem(problem) }));
        return { inputs, failures };
      }),
    diff: (_id, olds, news) =>
      withoutStack(async () => {
        const { changes, replaces } = await own.diff(stateOf(olds), inputsOf(news));
        return { changes: changes || isOfPlugin(olds), replaces: [...(replaces ?? [])] };
      }),
    create: (inputs) =>
      withoutStack(async () => {
        const { id, state } = await own.create(inputsOf(inputs));
        return { id, outs: state };
      }),
    read: (id, props) =>
      withoutStack(async () => {
        const state = stateOf(props);
        return { id, props: await (own.readById === undefined ? own.read(state) : own.readById(id, state)) };
      }),
    update: (_id, olds, news) =>
      withoutStack(async () => {
        const [state, inputs] = [stateOf(olds), inputsOf(news)];
        const onlyMoves = isOfPlugin(olds) && !(await own.diff(state, inputs)).changes;
        return { outs: onlyMoves ? state : await own.update(state, inputs) };
      }),
    delete: (_id, props) => withoutStack(() => own.delete(stateOf(props))),
  };
}

/**
 * Whether the plugin recorded a resource. The SDK finds the provider of a resource in its record, so an update must add it, even if
 * nothing else changes.
 */
function isOfPlugin(olds: object): boolean {
  return !("__provider" in olds);
}

function withoutProvider(properties: object): object {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => name !== "__provider"));
}

/** Removes the stack of an error. The SDK would print it, but a person needs only the message. */
async function withoutStack<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw failure(cause);
  }
}
