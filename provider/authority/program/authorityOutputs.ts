import { all, type Output, output } from "@pulumi/pulumi";
import type { Attestations } from "../../keySources/attestations";
import type { KeySources } from "./authorityArgs";

/** An output that an authority does not have. */
export const NOTHING = output(undefined);

/**
 * Has properties left out where a component is put out. The SDK writes a component in an output of the stack as an object of its
 * enumerable properties: resources among them would be written there whole.
 */
export function hideFromOutputs<Component extends object>(
  component: Component,
  names: readonly (keyof Component)[],
): void {
  for (const name of names) {
    Object.defineProperty(component, name, { value: component[name], enumerable: false });
  }
}

/** What of a component is put out and is there, but for its URN. */
export function outputsOf(component: object): Record<string, Output<unknown>> {
  const isThere = ([name, value]: [string, unknown]): boolean =>
    !name.startsWith("__") && name !== "urn" && value !== NOTHING;
  return Object.fromEntries(Object.entries(component).filter(isThere));
}

/** What the hardware says of the keys that its sources have declared. */
export function attestationsFrom({ root, intermediate, ssh }: KeySources): Output<Attestations | undefined> {
  const given = [...new Set([root, intermediate, ssh])].flatMap((source) =>
    source?.attestations === undefined ? [] : [source.attestations],
  );
  return given.length === 0 ? NOTHING : all(given).apply((each) => Object.assign({}, ...each) as Attestations);
}
