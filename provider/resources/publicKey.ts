import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import { checkAlgorithm } from "../inputs/algorithm";
import type { Algorithm } from "../kms/algorithms";
import { LifecycleResource } from "./lifecycleResource";
import type { SigningKey } from "./signingKey";

/** The settings of a {@link PublicKey}. */
export interface PublicKeyArgs {
  /** The key's URI, such as `softkms:path=keys/root.pem`. A change replaces the resource (not the key). */
  uri: Input<string>;
  /** What it signs with. For RSA keys PKCS#1 v1.5 unless said otherwise. A change replaces the resource. */
  algorithm?: Input<Algorithm>;
}

/**
 * A signing key that something else made. Its public half is read once, when the resource is created, and pinned: a
 * key that is gone or became another is reported by `pulumi refresh`, and `up` fails (`KEY_NOT_FOUND`, `KEY_CHANGED`)
 * rather than adopt it.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 *
 * const existing = new pki.PublicKey("root", { uri: "softkms:path=/etc/ca/root.pem" });
 * const root = new pki.Certificate("root", { key: existing, subject: { commonName: "Example Root" } });
 * ```
 */
export class PublicKey extends LifecycleResource implements SigningKey {
  declare readonly uri: Output<string>;
  /** As asked for, or as the key's type suggests. */
  declare readonly algorithm: Output<Algorithm>;
  /** SPKI PEM. */
  declare readonly publicKeyPem: Output<string>;
  /** `present`, or what a refresh found: `missing`, `changed`. */
  declare readonly status: Output<"present" | "missing" | "changed">;
  /** @throws PkiError `INPUT_INVALID` */
  constructor(name: string, args: PublicKeyArgs, options?: CustomResourceOptions) {
    super(
      "publicKey",
      "PublicKey",
      name,
      {
        uri: args.uri,
        algorithm: args.algorithm,
        publicKeyPem: undefined,
        status: undefined,
      },
      (plain) => checkAlgorithm(plain["algorithm"], "algorithm"),
      options,
    );
  }
}
