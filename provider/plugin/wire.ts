import { UNKNOWN } from "../words/unknown";
import { type JavaScriptValue, Struct } from "./protocol";

/** Properties as the engine sends them: a secret is marked, a value that a preview does not know is `UNKNOWN`. */
export type Properties = Readonly<Record<string, unknown>>;

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** The properties of a message. A null field counts as left out. */
export function fromStruct(struct: Struct | undefined): Properties {
  return struct === undefined ? {} : (withoutNulls(struct.toJavaScript()) as Properties);
}

/** The message of properties. What is undefined is left out. */
export function toStruct(properties: Properties): Struct {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, JavaScriptValue>);
}

/** Marks a value as secret. */
export function sealed(value: unknown): unknown {
  return value === undefined || isSealed(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** Whether a value is marked as secret, as a whole. */
export function isSealed(value: unknown): value is { readonly value: unknown } {
  return isObject(value) && value[SIGNATURE] === SECRET;
}

/** Whether a value, or anything in it, is marked as secret. */
export function holdsSealed(value: unknown): boolean {
  return typeof value === "object" && value !== null && (isSealed(value) || Object.values(value).some(holdsSealed));
}

/** What a function makes of a value. A secret stays one, and an unknown value stays unknown. */
export function changed(value: unknown, change: (value: unknown) => unknown): unknown {
  if (isSealed(value)) {
    return sealed(changed(value.value, change));
  }
  return value === UNKNOWN || value === undefined ? value : change(value);
}

/** A value without the marks of secrets. */
export function revealed(value: unknown): unknown {
  return isSealed(value) ? revealed(value.value) : mapped(value, revealed);
}

/** Properties without the marks of secrets. */
export function revealedProperties(properties: Properties): Properties {
  return revealed(properties) as Properties;
}

/** A value with the marks of another one that says the same. A list that holds a secret is secret as a whole. */
function sealedLike(value: unknown, model: unknown): unknown {
  if (isSealed(model) || (Array.isArray(model) && holdsSealed(model))) {
    return sealed(value);
  }
  return isObject(value) && isObject(model) ? sealedLikeProperties(value, model) : value;
}

/** Properties with the marks of others of the same names. */
export function sealedLikeProperties(properties: Properties, model: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      name,
      sealedLike(value, Object.hasOwn(model, name) ? model[name] : undefined),
    ]),
  );
}

/** Applies a function to the items of a list or the fields of an object. Any other value stays. */
export function mapped(value: unknown, map: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(map);
  }
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, map(each)])) : value;
}

/** Properties without those that are undefined. */
export function withoutAbsent(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
}

/** Whether a value is an object with fields. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutNulls);
  }
  if (isObject(value) && value["__pulumiUnknown"] === true) {
    return UNKNOWN; // the SDK's form of it, for an input that must be known
  }
  return isObject(value)
    ? Object.fromEntries(
        Object.entries(value).flatMap(([name, each]) => (each === null ? [] : [[name, withoutNulls(each)]])),
      )
    : value;
}
