import type { Input, Unwrap } from "../../../pulumi";
import type { KeyRole } from "../../../authority/keyNames";
import type { PinPolicy, TouchPolicy } from "../../../piv/pivAlgorithms";
import type { Slot } from "../../../piv/slots";

/** The settings of keys in a YubiKey. */
export interface PivKeysArgs {
  /**
   * The serial number, as printed on the device. Without it, exactly one YubiKey must be plugged in when the authority
   * is made, and the authority keeps using that one. It is also in ca.json, where it tells step-ca which YubiKey to
   * use.
   */
  serial?: Input<number | undefined>;
  /**
   * The slots by key. Default: `root` in `9a`, `intermediate` in `9c`. SSH keys have none by default. A change replaces
   * the key. For a rotated key, list a slot for each generation that may exist at a time. The next generation takes the
   * next free one, and a longer list changes no key. Which keys have slots must be known; the slots may be Outputs.
   */
  slots?: Readonly<Partial<Record<KeyRole, Input<Slot | readonly Input<Slot>[]> | undefined>>> | undefined;
  /**
   * When the device requires the PIN for a signature: `always` (default), `once` in a session, `never`. Fixed with the keys.
   */
  pinPolicy?: Input<PinPolicy | undefined>;
  /** When the device requires a touch: `never` (default), `always`, `cached` (15 seconds). Fixed with the keys. */
  touchPolicy?: Input<TouchPolicy | undefined>;
  /** Slots that may be overwritten. The key in them is then lost for good. Remove this after the `up`. */
  overwrite?: Input<readonly Input<Slot>[] | undefined>;
  /**
   * Keys that are already in the device, by their slots. They are used as they are, and their certificates are
   * replaced. Remove this after the `up`.
   */
  adopt?: Readonly<Partial<Record<KeyRole, Input<Slot> | undefined>>> | undefined;
  /**
   * Deletes the keys and their certificates from the device when they are destroyed. Default false. A change updates
   * the resources. For rotated keys, `deleteRetiredKeys` counts instead.
   */
  deleteKeys?: Input<boolean | undefined>;
  /**
   * The certificates, as PEM, that the device's attestation of each new key must lead to: Yubico's root, and from
   * firmware 5.7.4 on also all of its intermediates. The device's own chain is checked before a key is made.
   */
  attestationRootPem?: Input<string | undefined>;
}

/** The settings of `PivKeys`, as far as they are known. */
export type KnownPivSettings = Unwrap<PivKeysArgs>;
