import { isDeepStrictEqual } from "node:util";
import { defined, type Properties, UNKNOWN } from "./properties";

/** How an input is treated. */
export interface Input {
  /** The value when the program sets none. */
  readonly default?: unknown;
  /** A change replaces the resource: any, or one from an old value to a new one. */
  readonly replaces?: true | ((old: unknown, wanted: unknown) => boolean);
  /** When the program sets none, the service chooses, and whatever it chose is no difference. */
  readonly chosenByService?: true;
  /** Whether two values mean the same; without it, equal ones do. */
  readonly same?: (old: unknown, wanted: unknown) => boolean;
}

/** A type of resources, such as a key. */
export interface ResourceKind {
  readonly inputs: Readonly<Record<string, Input>>;
  /** Outputs that are not inputs. */
  readonly outputs: readonly string[];
  /** The `name` when the program sets none, made of the resource's own and something random. */
  readonly autoname?: (name: string, random: string) => string;
  /** Inputs that follow from the provider's configuration when the program sets none. */
  readonly implied?: () => Promise<Properties>;
  /** What is wrong with inputs, by their names. */
  readonly problems?: (inputs: Properties) => Readonly<Record<string, string>>;
  readonly create: (inputs: Properties) => Promise<{ readonly id: string; readonly state: Properties }>;
  /**
   * What there is, or undefined when it is gone.
   *
   * @param state the recorded properties, which are kept where the service does not tell; empty for an import
   */
  readonly read: (
    id: string,
    state: Properties,
  ) => Promise<{ readonly id: string; readonly state: Properties } | undefined>;
  readonly update: (id: string, old: Properties, wanted: Properties) => Promise<Properties>;
  readonly delete: (id: string, state: Properties) => Promise<void>;
}

/** What differs, and what of that replaces the resource. */
export interface Difference {
  readonly changed: readonly string[];
  readonly replacing: readonly string[];
  /** Whether the old one must go first: its name was chosen by the program, and is the new one's, too. */
  readonly deletesFirst: boolean;
}

/** Compares what is recorded with what a program wants. */
export function difference(
  kind: ResourceKind,
  state: Properties,
  oldInputs: Properties,
  wanted: Properties,
): Difference {
  const oldOf = (name: string): unknown => (name in state ? state[name] : oldInputs[name]);
  const changed = Object.entries(kind.inputs)
    .filter(([name, input]) => {
      const isChosen = input.chosenByService === true && wanted[name] === undefined;
      return !isChosen && !isSame(input, oldOf(name) ?? input.default, wanted[name]);
    })
    .map(([name]) => name);
  const replacing = changed.filter((name) => {
    const { replaces } = kind.inputs[name] ?? {};
    return typeof replaces === "function" ? replaces(oldOf(name), wanted[name]) : replaces === true;
  });
  return { changed, replacing, deletesFirst: replacing.length > 0 && keepsName(kind, oldInputs, wanted) };
}

/** The bridge knows names that it made itself; here they are known by their random end. */
function keepsName({ autoname }: ResourceKind, oldInputs: Properties, { name }: Properties): boolean {
  return (
    autoname !== undefined && name !== undefined && name === oldInputs["name"] && !/-[0-9a-f]{7}$/.test(name as string)
  );
}

/** The inputs of a program that sets none. */
export function defaults(kind: ResourceKind): Properties {
  return defined(Object.fromEntries(Object.entries(kind.inputs).map(([name, input]) => [name, input.default])));
}

/** What a preview of a creation knows. */
export function previewed(kind: ResourceKind, inputs: Properties): Properties {
  const chosen = Object.entries(kind.inputs).flatMap(([name, input]) => (input.chosenByService === true ? [name] : []));
  return { ...Object.fromEntries([...chosen, ...kind.outputs].map((name) => [name, UNKNOWN])), ...inputs };
}

/** The inputs with which a program describes what was imported. */
export function importedInputs(kind: ResourceKind, state: Properties): Properties {
  return Object.fromEntries(
    Object.keys(kind.inputs).flatMap((name) => (isEmpty(state[name]) ? [] : [[name, state[name]]])),
  );
}

function isSame(input: Input, old: unknown, wanted: unknown): boolean {
  return isDeepStrictEqual(old, wanted) || (isEmpty(old) && isEmpty(wanted)) || input.same?.(old, wanted) === true;
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === "" ||
    (typeof value === "object" && value !== null && Object.keys(value).length === 0)
  );
}
