import type { Input, Unwrap } from "../../../pulumi";
import type { KeyName } from "../../../authority/keyNames";

/** The settings of keys in a PKCS#11 token. */
export interface Pkcs11KeysArgs {
  /**
   * The library of the module: a path, or a name that the system's loader finds. Default: `p11-kit-proxy.so`, which stands for all
   * modules that p11-kit knows. A change updates the keys' resources.
   */
  modulePath?: Input<string | undefined>;
  /** The path of the module on step-ca's host, for ca.json, if it differs. Default: `modulePath`. */
  stepCaModulePath?: Input<string | undefined>;
  /** The label of the token. Give exactly one of `token`, `serial` and `slotId`. A change replaces the keys. */
  token?: Input<string | undefined>;
  /** The serial number of the token. */
  serial?: Input<string | undefined>;
  /** The number of the token's slot. Some modules, such as SoftHSM, give a token another number when it is initialized. */
  slotId?: Input<number | undefined>;
  /** The prefix of the keys' labels: `PREFIX-root` and so on. Default: the authority's name. A change replaces the keys. */
  labelPrefix?: Input<string | undefined>;
  /** Stores the certificates beside their keys. Default false: step-ca does not need them there. */
  storeCertificates?: boolean | undefined;
  /**
   * Existing keys in the token, by their URIs with id and label, such as `pkcs11:id=0a1b;object=root`. They are used unchanged, and
   * never deleted. Remove them from here after the `up`.
   */
  adopt?: Readonly<Partial<Record<KeyName, Input<string> | undefined>>> | undefined;
  /**
   * Whether destroying the keys deletes them, and their certificates, from the token. Default false. A change updates. For keys
   * that are rotated `deleteRetiredKeys` counts instead.
   */
  deleteKeys?: Input<boolean | undefined>;
}

/** The known settings of `Pkcs11Keys`. */
export type KnownPkcs11Settings = Unwrap<Pkcs11KeysArgs>;
