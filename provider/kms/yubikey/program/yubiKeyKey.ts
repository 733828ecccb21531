import { createUrn, type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { checkPinPolicy, checkPivAlgorithm, checkSlot, checkTouchPolicy } from "../yubiKeyChecks";
import { type Algorithm, DEFAULT_ALGORITHM } from "../../algorithms";
import type { SlotUse } from "../slotClaim";
import type { PinPolicy, TouchPolicy } from "../../../piv/pivAlgorithms";
import type { Slot } from "../../../piv/slots";
import { YUBIKEY_PEM_INPUTS } from "../yubiKeyPemInputs";
import { LifecycleResource, resourceType } from "../../../resources/lifecycleResource";
import { ownerOf, settledParentUrn } from "../../../resources/parentUrn";
import type { SigningKey } from "../../../resources/signingKey";

/** The settings of a {@link YubiKeyKey}. */
export interface YubiKeyKeyArgs {
  /** The PIV slot: `9a`, `9c`, `9d`, `9e`, or `82` to `95` (SP 800-73-4, part 1, table 4b). A change replaces the key. */
  slot: Input<Slot>;
  /** The device, as {@link YubiKey.kms} gives it. The only one that is plugged in by default. A change replaces the key. */
  kms?: Input<string>;
  /**
   * `ECDSA_P256` (default), `ECDSA_P384`, `RSA_2048_PKCS1`; from firmware 5.7 on also `RSA_3072_PKCS1`, `RSA_4096_PKCS1` and
   * `ED25519`. A change in the same slot is refused (`KEY_EXISTS`) unless `use` is `overwrite`; then it replaces the key.
   */
  algorithm?: Input<Algorithm>;
  /** When the device wants the PIN for a signature: `always` (default), `once` in a session, `never`. Fixed with the key. */
  pinPolicy?: Input<PinPolicy>;
  /** When it wants to be touched: `never` (default), `always`, `cached` (for 15 seconds). Fixed with the key. */
  touchPolicy?: Input<TouchPolicy>;
  /**
   * What to do with a slot that holds a key or a certificate. `new` (default): fail with `KEY_EXISTS`. `adopt`: use its
   * key. `overwrite`: make a key all the same, by which the other is lost for good. It counts when the resource is created.
   */
  use?: Input<SlotUse>;
  /** Whether the key is deleted from the device when the resource is. Default false. A change updates. */
  deleteKey?: Input<boolean>;
  /**
   * Certificates as PEM: Yubico's root, and from firmware 5.7.4 on all of its intermediates, too. With them, a key is refused
   * (`ATTESTATION_REJECTED`) unless the device's attestation leads to the root. It counts when the resource is created.
   */
  attestationRootPem?: Input<string>;
  /**
   * The id of the authority that the key is of, as `AuthorityId` gives it: the slot's mark bears it beside the resource's URN
   * while the key is made. Without it two checkouts with one project and stack that share a device take a key that a killed
   * run of the other made for one of their own. It counts when the resource is created.
   */
  authorityId?: Input<string>;
  /** The marks that earlier runs of this resource may have left in the slot, under other names. A component gives them. */
  formerOwners?: Input<string[] | undefined>;
}

const ARGUMENTS = argumentNames<YubiKeyKeyArgs>({
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
 * A signing key that a YubiKey makes in one of its PIV slots, and never gives away.
 *
 * PIN (`KMS_PKI_PIN_FILE`, `KMS_PKI_PIN`, `kms-pki:pinFile`, secret `kms-pki:pin`) and management key
 * (`KMS_PKI_MANAGEMENT_KEY_FILE` and so on) are no inputs. A slot that is in use is never overwritten in silence
 * (`KEY_EXISTS`); a key that is gone or another is reported by `pulumi refresh`, and `up` fails (`KEY_NOT_FOUND`,
 * `KEY_CHANGED`). A wrong PIN is tried once a run, and never as the last try (`PIN_REJECTED`, `PIN_LAST_TRY`).
 * Destroying the resource keeps the key unless `deleteKey` is set.
 *
 * @example
 * ```ts
 * import { YubiKeyKey } from "pulumi-kms-pki/yubikey";
 *
 * const key = new YubiKeyKey("root", { slot: "9a", algorithm: "ECDSA_P384" }, { protect: true });
 * export const publicKey = key.publicKeyPem;
 * ```
 */
export class YubiKeyKey extends LifecycleResource implements SigningKey {
  /** `yubikey:slot-id=9a`. */
  declare readonly uri: Output<string>;
  declare readonly kms: Output<string>;
  declare readonly algorithm: Output<Algorithm>;
  /** SPKI PEM. */
  declare readonly publicKeyPem: Output<string>;
  /** The serial number of the device; absent for one (before firmware 5) that does not tell. */
  declare readonly serial: Output<number | undefined>;
  /** The version of the device's firmware when the key was made, such as `5.7.1`. */
  declare readonly firmware: Output<string>;
  /**
   * What the device says of the key, as JSON: `format` `YUBICO_PIV_ATTESTATION`, and `content`, which is in base64 the
   * attestation and its intermediate as PEM. Absent for a key that was not made in the device.
   */
  declare readonly attestation: Output<string | undefined>;
  /** `present`, or what a refresh found: `missing`, `changed`. */
  declare readonly status: Output<"present" | "missing" | "changed">;

  /** @throws PkiError `INPUT_INVALID`, with everything that is wrong */
  constructor(name: string, args: YubiKeyKeyArgs, options?: CustomResourceOptions) {
    super(
      "yubiKeyKey",
      "YubiKeyKey",
      name,
      {
        slot: args.slot,
        kms: args.kms ?? "yubikey:",
        algorithm: args.algorithm ?? DEFAULT_ALGORITHM,
        pinPolicy: args.pinPolicy ?? "always",
        touchPolicy: args.touchPolicy ?? "never",
        use: args.use ?? "new",
        deleteKey: args.deleteKey ?? false,
        attestationRootPem: args.attestationRootPem,
        owner: yubiKeyKeyOwner(name, args.authorityId, options),
        formerOwners: args.formerOwners,
        uri: undefined,
        publicKeyPem: undefined,
        serial: undefined,
        firmware: undefined,
        attestation: undefined,
        status: undefined,
      },
      (plain) => [
        ...checkArgumentNames(args, ARGUMENTS),
        ...checkSlot(plain["slot"], "slot"),
        ...checkPivAlgorithm(plain["algorithm"], "algorithm"),
        ...checkPinPolicy(plain["pinPolicy"], "pinPolicy"),
        ...checkTouchPolicy(plain["touchPolicy"], "touchPolicy"),
      ],
      options,
      YUBIKEY_PEM_INPUTS.yubiKeyKey,
    );
  }
}

/** What the slot of a {@link YubiKeyKey} is marked with, whether it is declared or not. */
export function yubiKeyKeyOwner(
  name: string,
  authorityId: Input<string> | undefined,
  options: CustomResourceOptions | undefined,
): Output<string> {
  return ownerOf(createUrn(name, resourceType("YubiKeyKey"), settledParentUrn(options)), authorityId);
}
