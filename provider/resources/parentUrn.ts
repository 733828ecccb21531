import type { CustomResourceOptions } from "@pulumi/pulumi";

/** A parent's URN as a mere value: as an output it would make a key wait for all children of its parent, itself too. */
export function settledParentUrn(options: CustomResourceOptions | undefined): Promise<string> | undefined {
  const parent = options?.parent;
  return parent === undefined
    ? undefined
    : new Promise((resolve) => {
        parent.urn.apply(resolve);
      });
}
