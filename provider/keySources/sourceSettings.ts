import type { KeySource } from "./keySource";
import type { Unwrap } from "../pulumi";
import { givenArgs, plainValues, settledValues } from "../resources/knownInputs";
import { hasUnknown } from "../words/unknown";

/** The settings of a key source, some of which may be known only later. */
export class SourceSettings<Args extends object> {
  /** Whether none of them is an Output or a Promise. */
  readonly isKnownAtOnce: boolean;
  /** The settings once each is known. A value that a preview does not know is `UNKNOWN`, whatever its type. */
  readonly settled: Promise<Unwrap<Args>>;
  #known: Unwrap<Args>;

  constructor(args: Args) {
    this.#known = givenArgs(plainValues(args)) as Unwrap<Args>;
    this.isKnownAtOnce = !hasUnknown(this.#known);
    this.settled = this.#settle(args);
  }

  /** The settings as far as they are known by now. An unknown value is `UNKNOWN`, whatever its type. */
  get known(): Unwrap<Args> {
    return this.#known;
  }

  async #settle(args: Args): Promise<Unwrap<Args>> {
    if (!this.isKnownAtOnce) {
      this.#known = givenArgs<object>(await settledValues(args)) as Unwrap<Args>;
    }
    return this.#known;
  }
}

/** The settings of a source that name keys which exist. */
interface NamedKeys {
  readonly existing?: unknown;
  readonly adopt?: unknown;
}

/** Tells whether settings name an existing key, to use it or to adopt it. */
export function namesKeyIn(settings: () => NamedKeys): NonNullable<KeySource["namesKey"]> {
  return (key) =>
    [settings().existing, settings().adopt].some(
      (keys) => typeof keys === "object" && keys !== null && new Map(Object.entries(keys)).get(key) !== undefined,
    );
}
