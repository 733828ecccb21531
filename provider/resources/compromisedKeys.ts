import { getMonitor } from "../pulumi";
import type { CompromisedKey } from "../inputs/withdrawal";
import { endOfTurn } from "./turn";

/** By the engine's monitor, which is different in each run. */
const found = new WeakMap<object, Promise<readonly CompromisedKey[]>[]>();

/** Remembers keys that are compromised, as the last run recorded them. They must not depend on what this run makes. */
export function addCompromisedKeys(keys: Promise<readonly CompromisedKey[]>): void {
  const monitor: object = getMonitor() ?? found;
  found.set(monitor, [...(found.get(monitor) ?? []), keys]);
}

/**
 * The compromised keys that the program has declared in this turn of the event loop or before, for the provider, which
 * alone sees every name of a key. Undefined, and then not given to it, if there are none.
 */
export async function compromisedKeys(): Promise<readonly CompromisedKey[] | undefined> {
  await endOfTurn().catch(() => undefined); // its refusal is reported elsewhere
  const keys = await Promise.all(found.get(getMonitor() ?? found) ?? []);
  return keys.length === 0 ? undefined : keys.flat();
}
