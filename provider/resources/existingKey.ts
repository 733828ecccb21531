import type { CustomResourceOptions, Input, Output } from "../pulumi";
import { checkAlgorithm } from "../inputs/algorithm";
import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import { checkKeyUri, checkNoPin } from "../inputs/keyUri";
import type { Algorithm } from "../kms/algorithms";
import type { KeyStatus } from "../lifecycle/existingKey";
import { PEM_INPUTS } from "../inputs/pem";
import { givenArgs } from "./knownInputs";
import { LifecycleResource } from "./lifecycleResource";
import type { SigningKey } from "./signingKey";

/** The settings of an {@link ExistingKey}. */
export interface ExistingKeyArgs {
  /**
   * The key's URI, such as `softkms:path=keys/root.pem`. For AWS KMS, the key's id, ARN, alias or alias ARN, alone or as
   * `awskms:key-id=NAME`. For Cloud KMS, a version `projects/.../cryptoKeyVersions/N`, alone or after `cloudkms:`. A change
   * replaces the resource (not the key).
   */
  uri: Input<string>;
  /** The algorithm that the key signs with. Default for RSA keys: PKCS#1 v1.5. A change replaces the resource. */
  algorithm?: Input<Algorithm | undefined>;
  /**
   * How to reach the key's KMS, as in `kms.uri` of ca.json: `awskms:region=us-east-1;profile=ca`. Default: as the KMS's own SDK
   * finds it. A change updates the record.
   */
  kms?: Input<string | undefined>;
  /**
   * A certificate, as PEM, that the key must belong to (`ISSUER_KEY_MISMATCH`), such as that of a CA that is to sign. A change
   * updates the record.
   */
  certificatePem?: Input<string | undefined>;
}

const ARGUMENTS = argumentNames<ExistingKeyArgs>({ uri: true, algorithm: true, kms: true, certificatePem: true });

/**
 * An existing signing key. Its public key is read once, when the resource is created, and pinned. `pulumi refresh`
 * reports a key that is gone, disabled, scheduled for deletion or changed (an alias that points elsewhere). `up` then
 * fails (`KEY_NOT_FOUND`, `KEY_DISABLED`, `KEY_PENDING_DELETION`, `KEY_CHANGED`) and never uses another key.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 *
 * const existing = new pki.ExistingKey("root", { uri: "softkms:path=/etc/ca/root.pem" });
 * const root = new pki.Certificate("root", { key: existing, subject: { commonName: "Example Root" } });
 * ```
 */
export class ExistingKey extends LifecycleResource implements SigningKey {
  /**
   * The canonical URI by which step-ca finds the key: `awskms:key-id=<uuid>` or `projects/...`, whatever name you gave.
   */
  declare readonly uri: Output<string>;
  /** The algorithm in the arguments, or the default one of the key's type. */
  declare readonly algorithm: Output<Algorithm>;
  /** SPKI PEM. */
  declare readonly publicKeyPem: Output<string>;
  declare readonly kms: Output<string | undefined>;
  /** The KMS's own full name of the key, such as an ARN; undefined for a file. */
  declare readonly resourceName: Output<string | undefined>;
  /**
   * The hardware's attestation of the key, as JSON: `format`, and `content` in base64. Undefined for a key in software.
   */
  declare readonly attestation: Output<string | undefined>;
  /** `present`, or what a refresh found: `missing`, `changed`, `disabled`, `pendingDeletion`. */
  declare readonly status: Output<KeyStatus>;
  readonly givenUri: Input<string>;

  /** @throws PkiError `INPUT_INVALID` */
  constructor(name: string, args: ExistingKeyArgs, opts?: CustomResourceOptions) {
    const given = givenArgs(args);
    super(
      "existingKey",
      "ExistingKey",
      name,
      {
        uri: given.uri,
        algorithm: given.algorithm,
        kms: given.kms,
        certificatePem: given.certificatePem,
        resourceName: undefined,
        attestation: undefined,
        publicKeyPem: undefined,
        status: undefined,
      },
      (plain) => [
        ...checkArgumentNames(given, ARGUMENTS),
        ...checkAlgorithm(plain["algorithm"], "algorithm"),
        ...checkKeyUri(plain["uri"], "uri"),
        ...checkNoPin(plain["uri"]),
        ...checkNoPin(plain["kms"]),
      ],
      opts,
      PEM_INPUTS.existingKey,
    );
    this.givenUri = given.uri;
  }
}
