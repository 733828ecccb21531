import { isDeepStrictEqual } from "node:util";
import { defined, type Properties, UNKNOWN } from "./properties";

/** How an input is treated. */
export interface Input {
  /** The default value. */
  readonly default?: unknown;
  /** A change replaces the resource: any, or one from an old value to a new one. */
  readonly replaces?: true | ((old: unknown, wanted: unknown) => boolean);
  /** If the program sets none, the service chooses one, and its choice is not a difference. */
  readonly chosenByService?: true;
  /** Whether two values mean the same. Default: if they are equal. */
  readonly same?: (old: unknown, wanted: unknown) => boolean;
}

/** A type of resources, such as a key. */
export interface ResourceKind {
  readonly inputs: Readonly<Record<string, Input>>;
  /** Outputs that are not inputs. */
  readonly outputs: readonly string[];
  /** The default `name`: the resource's own with a random suffix. */
  readonly autoname?: (name: string, random: string) => string;
  /** Inputs that default to the provider's configuration. */
  readonly implied?: () => Promise<Properties>;
  /** The problems of inputs, by name. */
  readonly problems?: (inputs: Properties) => Readonly<Record<string, string>>;
  readonly create: (inputs: Properties) => Promise<{ readonly id: string; readonly state: Properties }>;
  /**
   * The current state, or undefined if the resource is gone.
   *
   * @param state the recorded properties, which are kept if the service does not return them; empty for an import
   */
  readonly read: (
    id: string,
    state: Properties,
  ) => Promise<{ readonly id: string; readonly state: Properties } | undefined>;
  readonly update: (id: string, old: Properties, wanted: Properties) => Promise<Properties>;
  readonly delete: (id: string, state: Properties) => Promise<void>;
}

/** The differences, and which of them replace the resource. */
export interface Difference {
  readonly changed: readonly string[];
  readonly replacing: readonly string[];
  /** Whether the old one must be deleted first, because the program chose its name and the new one has the same. */
  readonly deletesFirst: boolean;
}

/** Compares the recorded state with the program's inputs. */
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

/** The bridge knows the names that it made. Here, they are recognized by their random suffix. */
function keepsName({ autoname }: ResourceKind, oldInputs: Properties, { name }: Properties): boolean {
  return (
    autoname !== undefined && name !== undefined && name === oldInputs["name"] && !/-[0-9a-f]{7}$/.test(name as string)
  );
}

/** The default inputs. */
export function defaults(kind: ResourceKind): Properties {
  return defined(Object.fromEntries(Object.entries(kind.inputs).map(([name, input]) => [name, input.default])));
}

/** The values that a preview of a creation knows. */
export function previewed(kind: ResourceKind, inputs: Properties): Properties {
  const chosen = Object.entries(kind.inputs).flatMap(([name, input]) => (input.chosenByService === true ? [name] : []));
  return { ...Object.fromEntries([...chosen, ...kind.outputs].map((name) => [name, UNKNOWN])), ...inputs };
}

/** The inputs that describe an imported resource. */
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
