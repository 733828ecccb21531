import { createUrn, type CustomResourceOptions, type Input, type Output } from "../../../pulumi";
import { checkText } from "../../../inputs/form";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { checkPinPolicy, checkPivAlgorithm, checkSlot, checkTouchPolicy } from "../yubiKeyChecks";
import { type Algorithm, DEFAULT_ALGORITHM } from "../../algorithms";
import type { SlotUse } from "../slotClaim";
import type { PinPolicy, TouchPolicy } from "../../../piv/pivAlgorithms";
import type { Slot } from "../../../piv/slots";
import { YUBIKEY_PEM_INPUTS } from "../yubiKeyPemInputs";
import { resourceType } from "../../resourceType";
import { givenArgs, withDefault } from "../../../resources/knownInputs";
import { LifecycleResource } from "../../../resources/lifecycleResource";
import { checkAuthorityId, ownerOf, settledParentUrn } from "../../../resources/parentUrn";
import type { SigningKey } from "../../../resources/signingKey";

/** The settings of a {@link PivKey}. */
export interface PivKeyArgs {
  /**
   * The PIV slot: `9a`, `9c`, `9d`, `9e`, or `82` to `95` (SP 800-73-4, part 1, table 4b). A change replaces the key.
   */
  slot: Input<Slot>;
  /** The device, from {@link YubiKey.kms}. Default: the only one that is plugged in. A change replaces the key. */
  kms?: Input<string | undefined>;
  /**
   * `ECDSA_P256` (default), `ECDSA_P384`, `RSA_2048_PKCS1`; from firmware 5.7 on also `RSA_3072_PKCS1`, `RSA_4096_PKCS1` and
   * `ED25519`. A change in the same slot is refused (`KEY_EXISTS`) unless `use` is `overwrite`; then it replaces the key.
   */
  algorithm?: Input<Algorithm | undefined>;
  /** When the device requires the PIN for a signature: `always` (default), `once` in a session, `never`. Fixed with the key. */
  pinPolicy?: Input<PinPolicy | undefined>;
  /** When the device requires a touch: `never` (default), `always`, `cached` (for 15 seconds). Fixed with the key. */
  touchPolicy?: Input<TouchPolicy | undefined>;
  /**
   * What to do with a slot that holds a key or a certificate. `new` (default) fails with `KEY_EXISTS`. `adopt` uses its key.
   * `overwrite` makes a new key, and the old one is lost for good. The value only matters when the resource is created.
   */
  use?: Input<SlotUse | undefined>;
  /** Deletes the key from the device when the resource is deleted. Default false. A change updates the resource. */
  deleteKey?: Input<boolean | undefined>;
  /**
   * Certificates as PEM: Yubico's root, and from firmware 5.7.4 on all of its intermediates as well. A key is then refused
   * (`ATTESTATION_REJECTED`) unless the device's attestation leads to the root. The value only matters when the
   * resource is created.
   */
  attestationRootPem?: Input<string | undefined>;
  /**
   * The id of the key's authority, from `AuthorityId`. The slot's mark states it with the resource's URN while the key
   * is made. Without it, two checkouts of the same project and stack that share a device mistake a key from the other's
   * killed run for their own. The value only matters when the resource is created.
   */
  authorityId?: Input<string | undefined>;
  /** Marks that earlier runs of this resource may have left in the slot, under other names. A component gives them. */
  formerOwners?: Input<string[] | undefined>;
}

const ARGUMENTS = argumentNames<PivKeyArgs>({
  slot: true,
  kms: true,
  algorithm: true,
  pinPolicy: true,
  touchPolicy: true,
  use: true,
  deleteKey: true,
  attestationRootPem: true,
  authorityId: true,
  formerOwners: true,
});

/**
 * A signing key that a YubiKey makes in one of its PIV slots. It never leaves the device.
 *
 * PIN (`KMS_PKI_PIN_FILE`, `KMS_PKI_PIN`, `kms-pki:pinFile`, secret `kms-pki:pin`) and management key
 * (`KMS_PKI_MANAGEMENT_KEY_FILE` and so on) are not inputs. A slot in use is never overwritten unless you say so
 * (`KEY_EXISTS`). `pulumi refresh` reports a key that is gone or changed, and `up` then fails (`KEY_NOT_FOUND`,
 * `KEY_CHANGED`). A wrong PIN uses one try per run, and never the last one (`PIN_REJECTED`, `PIN_LAST_TRY`). Destroying
 * the resource keeps the key unless `deleteKey` is set.
 *
 * @example
 * ```ts
 * import { PivKey } from "pulumi-kms-pki/yubikey";
 *
 * const key = new PivKey("root", { slot: "9a", algorithm: "ECDSA_P384" }, { protect: true });
 * export const publicKey = key.publicKeyPem;
 * ```
 */
export class PivKey extends LifecycleResource implements SigningKey {
  /** `yubikey:slot-id=9a`. */
  declare readonly uri: Output<string>;
  declare readonly kms: Output<string>;
  declare readonly algorithm: Output<Algorithm>;
  /** SPKI PEM. */
  declare readonly publicKeyPem: Output<string>;
  /** The serial number of the device. Undefined for a device before firmware 5 that does not report it. */
  declare readonly serial: Output<number | undefined>;
  /** The version of the device's firmware when the key was made, such as `5.7.1`. */
  declare readonly firmware: Output<string>;
  /**
   * The device's attestation of the key, as JSON: `format` is `YUBICO_PIV_ATTESTATION`, and `content` is the
   * attestation and its intermediate as PEM, in base64. Undefined for a key that was not made in the device.
   */
  declare readonly attestation: Output<string | undefined>;
  /** `present`, or what a refresh found: `missing`, `changed`. */
  declare readonly status: Output<"present" | "missing" | "changed">;

  /** @throws PkiError `INPUT_INVALID`, with all problems */
  constructor(name: string, args: PivKeyArgs, opts?: CustomResourceOptions) {
    const given = givenArgs(args);
    super(
      "pivKey",
      "PivKey",
      name,
      {
        slot: given.slot,
        kms: withDefault(given.kms, "yubikey:"),
        algorithm: withDefault(given.algorithm, DEFAULT_ALGORITHM),
        pinPolicy: withDefault(given.pinPolicy, "always"),
        touchPolicy: withDefault(given.touchPolicy, "never"),
        use: withDefault(given.use, "new"),
        deleteKey: withDefault(given.deleteKey, false),
        attestationRootPem: given.attestationRootPem,
        owner: pivKeyOwner(name, given.authorityId, opts),
        formerOwners: given.formerOwners,
        uri: undefined,
        publicKeyPem: undefined,
        serial: undefined,
        firmware: undefined,
        attestation: undefined,
        status: undefined,
      },
      (plain) => [
        ...checkArgumentNames(given, ARGUMENTS),
        ...checkAuthorityId(given.authorityId),
        ...checkSlot(plain["slot"], "slot"),
        ...checkText(plain["kms"], "kms"),
        ...checkPivAlgorithm(plain["algorithm"], "algorithm"),
        ...checkPinPolicy(plain["pinPolicy"], "pinPolicy"),
        ...checkTouchPolicy(plain["touchPolicy"], "touchPolicy"),
      ],
      opts,
      YUBIKEY_PEM_INPUTS.pivKey,
    );
  }
}

/** The mark in the slot of a {@link PivKey}, whether or not the key is declared. */
export function pivKeyOwner(
  name: string,
  authorityId: Input<string | undefined>,
  opts: CustomResourceOptions | undefined,
): Output<string> {
  return ownerOf(createUrn(name, resourceType("PivKey"), settledParentUrn(opts)), authorityId);
}
