import type { Input } from "../pulumi";
import { invalid, type Problem } from "../words/problem";
import { isOutput } from "./knownInputs";

/** A certificate that exists and becomes a resource. */
export interface AdoptedCertificateArgs {
  /**
   * The certificate as PEM. Its key must be the declared key (`ADOPTED_KEY_MISMATCH`), and the declared issuer must have issued it
   * (`ADOPTED_ISSUER_MISMATCH`). What follows it in the text is dropped. Another certificate than the recorded one is refused
   * (`ADOPTED_CERTIFICATE_CHANGED`).
   */
  certificatePem: Input<string>;
  /**
   * Has a new certificate take its place, once, if it says anything otherwise than the program. The key identifier stays, and so
   * does the name, octet by octet, unless the program declares another. Default false: each run shows what differs and changes
   * nothing.
   */
  reissue?: Input<boolean | undefined>;
}

/** Refuses a certificate to adopt that is an Output as a whole. */
export function checkAdoptKnown(adopt: unknown, property: string): Problem[] {
  return isOutput(adopt)
    ? [
        invalid(
          property,
          "it is an Output, but it must be known whether there is a certificate",
          "Give { certificatePem }, whose fields may be Outputs",
        ),
      ]
    : [];
}
