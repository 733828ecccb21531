import type { CustomResourceOptions, Input, Output } from "@pulumi/pulumi";
import { checkAlgorithm } from "../inputs/algorithm";
import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import { checkNoPin } from "../inputs/keyUri";
import type { Algorithm } from "../kms/algorithms";
import type { KeyStatus } from "../lifecycle/publicKey";
import { PEM_INPUTS } from "../inputs/pem";
import { LifecycleResource } from "./lifecycleResource";
import type { SigningKey } from "./signingKey";

/** The settings of a {@link PublicKey}. */
export interface PublicKeyArgs {
  /**
   * The key's URI, such as `softkms:path=keys/root.pem`. A key of AWS KMS by its id, ARN, alias or alias ARN, by itself
   * or as `awskms:key-id=NAME`; a version of Cloud KMS as `projects/.../cryptoKeyVersions/N`, by itself or after
   * `cloudkms:`. A change replaces the resource (not the key).
   */
  uri: Input<string>;
  /** What it signs with. For RSA keys PKCS#1 v1.5 unless said otherwise. A change replaces the resource. */
  algorithm?: Input<Algorithm>;
  /**
   * How the key's KMS is reached, as in `kms.uri` of ca.json: `awskms:region=us-east-1;profile=ca`. As the KMS's own SDK
   * finds it by default. A change updates the record.
   */
  kms?: Input<string>;
  /**
   * A certificate, as PEM, that the key must belong to (`ISSUER_KEY_MISMATCH`): that of a CA which shall sign. A change
   * updates the record.
   */
  certificatePem?: Input<string>;
}

const ARGUMENTS = argumentNames<PublicKeyArgs>({ uri: true, algorithm: true, kms: true, certificatePem: true });

/**
 * A signing key that something else made. Its public half is read once, when the resource is created, and pinned: a
 * key that is gone, disabled, about to be deleted or became another (an alias that points elsewhere) is reported by
 * `pulumi refresh`, and `up` fails (`KEY_NOT_FOUND`, `KEY_DISABLED`, `KEY_PENDING_DELETION`, `KEY_CHANGED`) rather than
 * adopt another.
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
  /** The one URI by which step-ca finds the key: `awskms:key-id=<uuid>` or `projects/...` whatever it was named by. */
  declare readonly uri: Output<string>;
  /** As asked for, or as the key's type suggests. */
  declare readonly algorithm: Output<Algorithm>;
  /** SPKI PEM. */
  declare readonly publicKeyPem: Output<string>;
  declare readonly kms: Output<string | undefined>;
  /** The KMS's own full name of the key, such as an ARN; absent for a file. */
  declare readonly resourceName: Output<string | undefined>;
  /** What the KMS's hardware says of the key, as JSON: `format`, and `content` in base64. Absent for a key in software. */
  declare readonly attestation: Output<string | undefined>;
  /** `present`, or what a refresh found: `missing`, `changed`, `disabled`, `pendingDeletion`. */
  declare readonly status: Output<KeyStatus>;
  readonly givenUri: Input<string>;

  /** @throws PkiError `INPUT_INVALID` */
  constructor(name: string, args: PublicKeyArgs, options?: CustomResourceOptions) {
    super(
      "publicKey",
      "PublicKey",
      name,
      {
        uri: args.uri,
        algorithm: args.algorithm,
        kms: args.kms,
        certificatePem: args.certificatePem,
        resourceName: undefined,
        attestation: undefined,
        publicKeyPem: undefined,
        status: undefined,
      },
      (plain) => [
        ...checkArgumentNames(args, ARGUMENTS),
        ...checkAlgorithm(plain["algorithm"], "algorithm"),
        ...checkNoPin(plain["uri"]),
        ...checkNoPin(plain["kms"]),
      ],
      options,
      PEM_INPUTS.publicKey,
    );
    this.givenUri = args.uri;
  }
}
