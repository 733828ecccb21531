import type { Input } from "../pulumi";
import { chainNameConstraints } from "../x509/certificateNameConstraints";
import type { NameConstraints } from "../x509/nameConstraints";
import type { CertificateArgs } from "./certificateArgs";
import { derived } from "./knownInputs";

/**
 * The name constraints of a CA and of those above it. Undefined, and then not recorded, if there are none. The provider
 * sees only the issuer's own certificate, so the others come with it.
 */
export type ConstraintsAbove = Input<readonly NameConstraints[] | undefined>;

/** The constraints of a declared CA and of those above it. */
export function constraintsBelow(own: CertificateArgs["nameConstraints"], above: ConstraintsAbove): ConstraintsAbove {
  return derived({ own, above }, (known) => {
    const all = [known.own, ...(known.above ?? [])].flatMap((each) => each ?? []);
    return all.length === 0 ? undefined : all;
  });
}

/** The constraints in certificates that the program gives. */
export function constraintsInChain(...pems: readonly Input<string | undefined>[]): ConstraintsAbove {
  return derived(pems, (texts) => {
    const all = texts.flatMap((text) => (typeof text === "string" ? chainNameConstraints(text) : []));
    return all.length === 0 ? undefined : all;
  });
}

/** The constraints of two origins, such as those of a certificate and those of the program. */
export function constraintsTogether(one: ConstraintsAbove, other: ConstraintsAbove): ConstraintsAbove {
  return derived({ one, other }, (known) => {
    const all = [...(known.one ?? []), ...(known.other ?? [])];
    return all.length === 0 ? undefined : all;
  });
}
