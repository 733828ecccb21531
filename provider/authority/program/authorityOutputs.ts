import { all, type Output, output } from "../../pulumi";
import type { Attestations } from "../../keySources/attestations";
import type { KeySources } from "./authorityArgs";

/** An output that an authority does not have. */
export const NOTHING = output(undefined);

/**
 * Hides properties when a component is a stack output. The SDK writes such a component as an object of its enumerable
 * properties, and would write resources among them in full.
 */
export function hideFromOutputs<Component extends object>(
  component: Component,
  names: readonly (keyof Component)[],
): void {
  for (const name of names) {
    Object.defineProperty(component, name, { value: component[name], enumerable: false });
  }
}

/** The outputs that a component has, except its URN. */
export function outputsOf(component: object): Record<string, Output<unknown>> {
  const isThere = ([name, value]: [string, unknown]): boolean =>
    !name.startsWith("__") && name !== "urn" && value !== NOTHING;
  return Object.fromEntries(Object.entries(component).filter(isThere));
}

/** The hardware's attestations of the keys that the sources have declared. */
export function attestationsFrom({ root, intermediate, ssh }: KeySources): Output<Attestations | undefined> {
  const given = [...new Set([root, intermediate, ssh])].flatMap((source) =>
    source?.attestations === undefined ? [] : [source.attestations],
  );
  return given.length === 0 ? NOTHING : all(given).apply((each) => Object.assign({}, ...each) as Attestations);
}
