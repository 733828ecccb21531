import { createUrn, type CustomResourceOptions, type Input, type Output } from "../../../pulumi";
import { checkAlgorithm } from "../../../inputs/algorithm";
import { checkSwitch, checkText } from "../../../inputs/form";
import { givenArgs, withDefault } from "../../../resources/knownInputs";
import { LifecycleResource } from "../../../resources/lifecycleResource";
import { checkAuthorityId, ownerOf, settledParentUrn } from "../../../resources/parentUrn";
import type { SigningKey } from "../../../resources/signingKey";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { type Algorithm, DEFAULT_ALGORITHM } from "../../algorithms";
import { resourceType } from "../../resourceType";
import { checkAdoptedUri, checkLabel, checkNoTokenPin } from "../pkcs11Checks";

/** The settings of a {@link Pkcs11Key}. */
export interface Pkcs11KeyArgs {
  /**
   * The module and the token, as in `kms.uri` of ca.json: `pkcs11:module-path=/usr/lib/softhsm/libsofthsm2.so;token=ca`. Another
   * token (`token`, `serial` or `slot-id`) replaces the key; another path of the module updates the resource.
   */
  kms: Input<string>;
  /** The label of the key (CKA_LABEL). Default: the resource's name. A change replaces the key. */
  label?: Input<string | undefined>;
  /**
   * Default `ECDSA_P256`. The token must have its mechanisms (`ALGORITHM_UNSUPPORTED`), and step-ca signs with all but `ED25519`. A
   * change replaces the key.
   */
  algorithm?: Input<Algorithm | undefined>;
  /**
   * The URI of an existing key in the token, with its id and its label: `pkcs11:id=0a1b;object=root`. The key is used unchanged,
   * and never deleted. The value counts when the resource is created.
   */
  adopt?: Input<string | undefined>;
  /** Deletes the key from the token when the resource is deleted. Default false. A change updates the resource. */
  deleteKey?: Input<boolean | undefined>;
  /**
   * The id of the key's authority, from `AuthorityId`. The key's CKA_ID begins with a mark that is derived from it, so that a later
   * run finds the key that a killed run made, and no other authority claims it. Default: the resource's URN, which two checkouts
   * of one project share. The value counts when the resource is created.
   */
  authorityId?: Input<string | undefined>;
  /** Marks that earlier runs of this resource may have left under other names. A component sets them. */
  formerOwners?: Input<string[] | undefined>;
}

const ARGUMENTS = argumentNames<Pkcs11KeyArgs>({
  kms: true,
  label: true,
  algorithm: true,
  adopt: true,
  deleteKey: true,
  authorityId: true,
  formerOwners: true,
});

/**
 * A signing key that a PKCS#11 token makes. It never leaves the token: it is sensitive, not extractable, and can only sign.
 *
 * The PIN (`KMS_PKI_TOKEN_PIN_FILE`, `KMS_PKI_TOKEN_PIN`, `kms-pki:tokenPinFile`, secret `kms-pki:tokenPin`) is not an input. A
 * label in use is refused (`KEY_EXISTS`). `pulumi refresh` reports a missing or different key, and `up` then fails
 * (`KEY_NOT_FOUND`, `KEY_CHANGED`). A wrong PIN is tried once per run, and never as the last try (`PIN_REJECTED`, `PIN_LAST_TRY`).
 * Destroying the resource keeps the key unless `deleteKey` is set.
 *
 * @example
 * ```ts
 * import { Pkcs11Key } from "pulumi-kms-pki/pkcs11";
 *
 * const kms = "pkcs11:module-path=/usr/lib/softhsm/libsofthsm2.so;token=ca";
 * const key = new Pkcs11Key("root", { kms, algorithm: "ECDSA_P384" }, { protect: true });
 * export const publicKey = key.publicKeyPem;
 * ```
 */
export class Pkcs11Key extends LifecycleResource implements SigningKey {
  /** `pkcs11:id=...;object=root`; the label of a replacement is `root-2`, and so on. */
  declare readonly uri: Output<string>;
  declare readonly kms: Output<string>;
  declare readonly algorithm: Output<Algorithm>;
  /** SPKI PEM. */
  declare readonly publicKeyPem: Output<string>;
  /** The serial number of the token. */
  declare readonly serial: Output<string>;
  /** `present`, or what a refresh found: `missing`, `changed`. */
  declare readonly status: Output<"present" | "missing" | "changed">;

  /** @throws PkiError `INPUT_INVALID`, with all problems */
  constructor(name: string, args: Pkcs11KeyArgs, opts?: CustomResourceOptions) {
    const given = givenArgs(args);
    super(
      "pkcs11Key",
      "Pkcs11Key",
      name,
      {
        kms: given.kms,
        label: withDefault(given.label, name),
        algorithm: withDefault(given.algorithm, DEFAULT_ALGORITHM),
        adopt: given.adopt,
        deleteKey: withDefault(given.deleteKey, false),
        owner: ownerOf(createUrn(name, resourceType("Pkcs11Key"), settledParentUrn(opts)), given.authorityId),
        formerOwners: given.formerOwners,
        uri: undefined,
        publicKeyPem: undefined,
        serial: undefined,
        isForeign: undefined,
        status: undefined,
      },
      (plain) => [
        ...checkArgumentNames(given, ARGUMENTS),
        ...checkAuthorityId(given.authorityId),
        ...checkText(plain["kms"], "kms"),
        ...checkNoTokenPin(plain["kms"]),
        ...checkSwitch(plain["deleteKey"], "deleteKey"),
        ...checkLabel(plain["label"], "label"),
        ...checkAlgorithm(plain["algorithm"], "algorithm"),
        ...checkAdoptedUri(plain["adopt"], "adopt"),
      ],
      opts,
    );
  }
}
