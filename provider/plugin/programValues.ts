import { containsUnknowns, type Input, isUnknown, Output, output, secret, unknown } from "../pulumi";
import { UNKNOWN } from "../words/unknown";
import { isObject, isSealed, mapped, type Properties, sealed } from "./wire";

/** The form of an argument that a program gives as a plain object: which of its parts may be Outputs. */
export type Form = { readonly [name: string]: Form } | "value";

/** The SDK's internal parts of an output. */
interface OutputInside {
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
  promise(withUnknowns: boolean): Promise<unknown>;
}

/** Arguments as a program has them: what is secret or not known yet is an Output. */
export function programArguments(args: Properties, forms: Readonly<Record<string, Form>>): Properties {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, programValue(value, forms[name] ?? "value")]),
  );
}

function programValue(value: unknown, form: Form): unknown {
  if (form !== "value" && (value === UNKNOWN || isSealed(value))) {
    return inParts(value, form);
  }
  if (value === UNKNOWN) {
    return output(unknown as unknown);
  }
  if (isSealed(value)) {
    return secret(programValue(value.value, "value"));
  }
  return form !== "value" && isObject(value)
    ? programArguments(value, form)
    : mapped(value, (each) => programValue(each, "value"));
}

/** An object whose parts are secret, or unknown, because the whole is. */
function inParts(value: unknown, form: Readonly<Record<string, Form>>): Properties {
  const whole = isSealed(value) ? value.value : value;
  const parts = whole === UNKNOWN ? Object.keys(form) : Object.keys(isObject(whole) ? whole : {});
  return Object.fromEntries(
    parts.map((name) => {
      const part = isObject(whole) ? whole[name] : UNKNOWN;
      return [name, programValue(isSealed(value) ? sealed(part) : part, form[name] ?? "value")];
    }),
  );
}

/** What a program declares, as the engine would receive it. */
export async function wireProperties(properties: object): Promise<Properties> {
  const entries = Object.entries(properties).map(
    async ([name, value]: [string, unknown]) => [name, await wireValue(value)] as const,
  );
  return Object.fromEntries((await Promise.all(entries)).filter(([, value]) => value !== undefined));
}

async function wireValue(value: Input<unknown>): Promise<unknown> {
  if (value instanceof Promise) {
    return wireValue(await value);
  }
  if (Output.isInstance(value)) {
    const inside = value as unknown as OutputInside;
    const [known, isKnown, isSecret] = await Promise.all([inside.promise(true), inside.isKnown, inside.isSecret]);
    const inner = isKnown || containsUnknowns(known) ? await wireValue(known) : UNKNOWN;
    return isSecret ? sealed(inner) : inner;
  }
  if (isUnknown(value)) {
    return UNKNOWN;
  }
  if (Array.isArray(value)) {
    return Promise.all(value.map((each: unknown) => wireValue(each)));
  }
  return isObject(value) ? wireProperties(value) : value;
}
