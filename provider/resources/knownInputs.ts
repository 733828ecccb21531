import { containsUnknowns, type Input, isUnknown, Output, output, type Unwrap } from "../pulumi";
import { hasUnknown, UNKNOWN } from "../words/unknown";

/** The SDK's internal methods of an output. */
interface OutputInside {
  readonly isKnown: Promise<boolean>;
  /** @param withUnknowns whether the value keeps its unknown parts, rather than being undefined as a whole */
  promise(withUnknowns: boolean): Promise<unknown>;
}

/** Inputs as checks see them. An Output or a Promise is unknown, as it is to the engine in a preview. */
export function plainValues(properties: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, plain(value)]));
}

/**
 * Inputs as checks see them once each has settled.
 *
 * @returns `UNKNOWN`, whatever the type, for a value that a preview does not know
 */
export async function settledValues<Values extends object>(properties: Values): Promise<Unwrap<Values>> {
  const entries = Object.entries(properties).map(
    async ([name, value]: [string, unknown]) => [name, await settled(value)] as const,
  );
  return Object.fromEntries(await Promise.all(entries)) as Unwrap<Values>;
}

/** The arguments that are given. A null, as a program without types may have it, counts as left out. */
export function givenArgs<Args extends object>(args: Args | null | undefined): Args {
  return Object.fromEntries(Object.entries(args ?? {}).filter(([, value]) => value !== null)) as Args;
}

/** An input, or a default if it is undefined. */
export function withDefault<Value>(input: Input<Value | undefined>, fallback: Value): Input<Value> {
  return isOutput(input)
    ? (output({ input, fallback }).apply((known) => known.input ?? known.fallback) as Output<Value>)
    : (input ?? fallback);
}

/**
 * Derives a value from an input. If the program knows the input, the value stays known, even in a preview that does not
 * know all inputs.
 */
export function derived<Given, Value>(input: Given, valueOf: (known: Unwrap<Given>) => Value): Value | Output<Value> {
  return hasUnknown(plain(input))
    ? output(input).apply((known): Value => valueOf(known))
    : valueOf(input as Unwrap<Given>);
}

/** Whether an input is known only later. */
export function isOutput<Value>(input: Input<Value>): input is Promise<Value> | Output<Value> {
  return Output.isInstance(input) || input instanceof Promise;
}

function plain(value: unknown): unknown {
  if (isOutput(value)) {
    return UNKNOWN;
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  return typeof value === "object" && value !== null ? plainValues(value) : value;
}

async function settled(value: unknown): Promise<unknown> {
  if (value instanceof Promise) {
    return settled(await value);
  }
  if (Output.isInstance(value)) {
    const { isKnown } = value as unknown as OutputInside;
    const known = await (value as unknown as OutputInside).promise(true);
    return (await isKnown) || containsUnknowns(known) ? settled(known) : UNKNOWN;
  }
  if (isUnknown(value)) {
    return UNKNOWN;
  }
  if (Array.isArray(value)) {
    return Promise.all(value.map(settled));
  }
  return typeof value === "object" && value !== null ? settledValues(value) : value;
}

/** A record with more entries. An unknown entry leaves the others known. */
export function withEntries<Value>(
  record: Input<Readonly<Record<string, Input<Value>>> | undefined>,
  entries: Readonly<Record<string, Input<Value>>>,
): Input<Record<string, Input<Value>>> {
  return isOutput(record)
    ? output({ record, entries }).apply(
        (all) => ({ ...(all.record as object | undefined), ...all.entries }) as Record<string, Input<Value>>,
      )
    : { ...record, ...entries };
}
