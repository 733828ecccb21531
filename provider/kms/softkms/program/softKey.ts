import { createUrn, type CustomResourceOptions, type Input, output, type Output } from "../../../pulumi";
import { checkAlgorithm } from "../../../inputs/algorithm";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { checkAdoptedFile, checkEncryption, checkSoftKeyName } from "../softKeyChecks";
import { type Algorithm, DEFAULT_ALGORITHM } from "../../algorithms";
import { resourceType } from "../../resourceType";
import { givenArgs, withDefault } from "../../../resources/knownInputs";
import { LifecycleResource } from "../../../resources/lifecycleResource";
import { checkAuthorityId, ownerOf, settledParentUrn } from "../../../resources/parentUrn";
import type { SigningKey } from "../../../resources/signingKey";

/** The settings of a {@link SoftKey}. */
export interface SoftKeyArgs {
  /** The file's name without its extension `.pem`. Default: the resource's name. A change replaces the key. */
  name?: Input<string | undefined>;
  /**
   * The folder, relative to the folder of Pulumi.yaml. It is made with mode 0700. Default `keys`. A change replaces the key.
   */
  directory?: Input<string | undefined>;
  /** Default `ECDSA_P256`. A change replaces the key. */
  algorithm?: Input<Algorithm | undefined>;
  /**
   * `passphrase` (default): encrypted PKCS#8 under the passphrase of the config or the environment. `none`: a key that
   * anyone who can read the file can use. A change replaces the key.
   */
  encryption?: Input<"passphrase" | "none" | undefined>;
  /**
   * The path or URI of a key file that exists, in any format that this package reads. It becomes the resource's key as it is, and is
   * never changed or deleted. It counts when the key is made; you may remove it afterwards.
   */
  adopt?: Input<string | undefined>;
  /**
   * Deletes the file when the resource is deleted. Default true. With false the file stays, marked as released, so that no
   * resource takes it for its own. A change updates the resource.
   */
  deleteKey?: Input<boolean | undefined>;
  /**
   * The id of the key's authority, from {@link AuthorityId}. The file states it with the resource's URN. It
   * distinguishes a key that a killed run of this program made from another checkout's key. Without it, two checkouts
   * of the same project and stack that share a folder mistake each other's keys for their own. The value only matters
   * when the resource is created.
   */
  authorityId?: Input<string | undefined>;
  /** Marks that earlier runs of this resource may have left in a file, under other names. A component gives them. */
  formerOwners?: Input<string[] | undefined>;
}

const ARGUMENTS = argumentNames<SoftKeyArgs>({
  name: true,
  directory: true,
  algorithm: true,
  encryption: true,
  adopt: true,
  deleteKey: true,
  authorityId: true,
  formerOwners: true,
});

/**
 * A signing key in a PEM file, made and used by this package and read by step-ca's `softkms`.
 *
 * The private key is only in the file. Neither the state nor the engine sees it. An existing file is never overwritten
 * (`KEY_EXISTS`). `pulumi refresh` reports a file that is gone or holds another key. `up` then fails (`KEY_NOT_FOUND`,
 * `KEY_CHANGED`) and makes no new key. Destroying the resource deletes the file, unless `deleteKey` is false.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 *
 * const key = new pki.SoftKey("root", { algorithm: "ECDSA_P384" }, { protect: true });
 * export const publicKey = key.publicKeyPem;
 * ```
 */
export class SoftKey extends LifecycleResource implements SigningKey {
  /** `softkms:path=keys/root.pem`; a replacement's file is `root-2.pem`, and so on. */
  declare readonly uri: Output<string>;
  declare readonly algorithm: Output<Algorithm>;
  /** SPKI PEM. */
  declare readonly publicKeyPem: Output<string>;
  /** The SHA-256 of the file, in hex. It shows drift without the passphrase. */
  declare readonly fileSha256: Output<string>;
  /** `present`, or what a refresh found: `missing`, `changed`. */
  declare readonly status: Output<"present" | "missing" | "changed">;

  /** Undefined: a key file needs only its URI. */
  readonly kms = output<string | undefined>(undefined);

  /** @throws PkiError `INPUT_INVALID`, with all problems */
  constructor(name: string, args: SoftKeyArgs = {}, opts?: CustomResourceOptions) {
    const given = givenArgs(args);
    super(
      "softKey",
      "SoftKey",
      name,
      {
        name: withDefault(given.name, name),
        directory: withDefault(given.directory, "keys"),
        algorithm: withDefault(given.algorithm, DEFAULT_ALGORITHM),
        encryption: withDefault(given.encryption, "passphrase"),
        adopt: given.adopt,
        deleteKey: given.deleteKey,
        owner: ownerOf(createUrn(name, resourceType("SoftKey"), settledParentUrn(opts)), given.authorityId),
        formerOwners: given.formerOwners,
        uri: undefined,
        publicKeyPem: undefined,
        fileSha256: undefined,
        status: undefined,
      },
      (plain) => [
        ...checkArgumentNames(given, ARGUMENTS),
        ...checkAuthorityId(given.authorityId),
        ...checkSoftKeyName(plain["name"], "name"),
        ...checkAlgorithm(plain["algorithm"], "algorithm"),
        ...checkEncryption(plain["encryption"], "encryption"),
        ...checkAdoptedFile(plain["adopt"], "adopt"),
      ],
      opts,
    );
  }
}
