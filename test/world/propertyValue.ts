import { isDeepStrictEqual } from "node:util";

/** A resource's properties as the SDK and the engine exchange them: secrets and unknowns are marked. */
export type Properties = Readonly<Record<string, unknown>>;

/** The placeholder for an unknown value in a preview. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** Marks a value as secret. */
function secret(value: unknown): unknown {
  return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

/** Whether a value is marked as secret, as a whole. */
function isSecret(value: unknown): boolean {
  return isObject(value) && value[SIGNATURE] === SECRET;
}

/** Properties as the SDK sent them, with output values resolved. */
export function received(value: unknown): unknown {
  if (isObject(value) && value[SIGNATURE] === OUTPUT) {
    const content = "value" in value ? received(value["value"]) : UNKNOWN;
    return value["secret"] === true ? secret(content) : content;
  }
  return mapped(value, received);
}

/** Without the marks of secrets, for a provider that does not support them. */
export function revealed(value: unknown): unknown {
  return isSecret(value) ? revealed((value as Properties)["value"]) : mapped(value, revealed);
}

/** {@link revealed} properties. */
export function revealedProperties(properties: Properties): Properties {
  return revealed(properties) as Properties;
}

/** A provider's answer, with values marked as secret if they were secret in the inputs or are declared so. */
export function withSecrets(answer: Properties, inputs: Properties, declared: readonly string[]): Properties {
  return Object.fromEntries(
    Object.entries(answer).map(([name, value]) => [
      name,
      declared.includes(name) ? secret(value) : markedLike(value, inputs[name]),
    ]),
  );
}

/** Whether two values are the same, secret or not. */
export function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(revealed(one), revealed(other));
}

function markedLike(value: unknown, input: unknown): unknown {
  if (isSecret(input)) {
    return secret(value);
  }
  return isObject(value) && isObject(input) ? withSecrets(value, input, []) : value;
}

function mapped(value: unknown, map: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(map);
  }
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, map(each)])) : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
