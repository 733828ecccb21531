import { all, type CustomResourceOptions, type Input, type Output } from "../pulumi";
import { checkText } from "../inputs/form";
import { ownerMark } from "../kms/ownerMark";
import type { Problem } from "../words/problem";
import { plainValues } from "./knownInputs";

/**
 * A parent's URN as a plain value. As an output, it would make a key wait for all children of its parent, including itself.
 */
export function settledParentUrn(opts: CustomResourceOptions | undefined): Promise<string> | undefined {
  const parent = opts?.parent;
  return parent === undefined
    ? undefined
    : new Promise((resolve) => {
        parent.urn.apply(resolve);
      });
}

/** The values that a key's mark holds. */
export function ownerOf(urn: Input<string>, authorityId: Input<string | undefined>): Output<string> {
  return all([urn, authorityId]).apply(([resource, id]) => ownerMark(resource, id));
}

/** Checks the id of an authority as far as it is known. */
export function checkAuthorityId(authorityId: Input<string | undefined>): Problem[] {
  return checkText(plainValues({ authorityId })["authorityId"], "authorityId");
}
