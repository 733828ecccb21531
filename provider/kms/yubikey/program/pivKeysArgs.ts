import type { Input, Unwrap } from "@pulumi/pulumi";
import type { KeyRole } from "../../../authority/keyNames";
import type { PinPolicy, TouchPolicy } from "../../../piv/pivAlgorithms";
import type { Slot } from "../../../piv/slots";

/** The settings of keys in a YubiKey. */
export interface PivKeysArgs {
  /**
   * The serial number, as printed on the device. Without it there must be one YubiKey alone when the authority is made, which
   * is the one from then on. Also in ca.json, by which step-ca finds it among others.
   */
  serial?: Input<number | undefined>;
  /**
   * The slots by key. Default: `root` in `9a`, `intermediate` in `9c`. SSH keys have none by default. A change replaces. A key
   * that is rotated has a list with a slot for each generation that may exist at a time; the next generation takes the next
   * one that is free, and a longer list changes no key. Which keys have slots must be known; the slots may be Outputs.
   */
  slots?: Readonly<Partial<Record<KeyRole, Input<Slot | readonly Input<Slot>[]> | undefined>>> | undefined;
  /** When the device wants the PIN for a signature: `always` (default), `once` in a session, `never`. Fixed with the keys. */
  pinPolicy?: Input<PinPolicy | undefined>;
  /** When it wants to be touched: `never` (default), `always`, `cached` (15 seconds). Fixed with the keys. */
  touchPolicy?: Input<TouchPolicy | undefined>;
  /** Slots in which a key is made although they hold one, which is then lost for good. Take it out after the `up`. */
  overwrite?: Input<readonly Input<Slot>[] | undefined>;
  /** Keys that are in the device already, by their slots: used as they are, their certificates replaced. Take it out after the `up`. */
  adopt?: Readonly<Partial<Record<KeyRole, Input<Slot> | undefined>>> | undefined;
  /**
   * Whether destroying the keys deletes them, and their certificates, from the device. Default false. A change updates. For
   * keys that are rotated `deleteRetiredKeys` counts instead.
   */
  deleteKeys?: Input<boolean | undefined>;
  /**
   * The certificates, as PEM, that the device's attestation of each new key must lead to: Yubico's root, and with it all
   * intermediates from firmware 5.7.4 on. The device's own chain is checked before a key is made.
   */
  attestationRootPem?: Input<string | undefined>;
}

/** The settings of `PivKeys` as they are known. */
export type KnownPivSettings = Unwrap<PivKeysArgs>;
