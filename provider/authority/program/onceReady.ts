import type { ComponentResourceOptions, Input, Resource } from "../../pulumi";

/** Registers the authority with the engine only when everything is known that must be known first. */
export function onceReady(
  reasons: readonly (Promise<unknown> | undefined)[],
  opts: ComponentResourceOptions = {},
): ComponentResourceOptions {
  const waiting = reasons.filter((reason) => reason !== undefined);
  if (waiting.length === 0) {
    return opts;
  }
  // Depends on nothing and takes a while.
  const ready = Promise.all(waiting).then((): Resource[] => []);
  return { ...opts, dependsOn: [opts.dependsOn ?? [], ready].flat() as Input<Resource>[] };
}
