import type { Input, Output } from "@pulumi/pulumi";
import type { Algorithm } from "../kms/algorithms";

/** A key that can sign, wherever it lives. Every key resource of this package is one. */
export interface SigningKey {
  /** The key's URI, as step-ca spells it. */
  readonly uri: Output<string>;
  /** What it signs with. */
  readonly algorithm: Output<Algorithm>;
  /** Its public half, as SPKI PEM. */
  readonly publicKeyPem: Output<string>;
}

/** A {@link SigningKey}, or the same three facts given by hand. */
export interface SigningKeyInput {
  readonly uri: Input<string>;
  readonly algorithm: Input<Algorithm>;
  readonly publicKeyPem: Input<string>;
}
