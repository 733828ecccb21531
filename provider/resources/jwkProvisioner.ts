import type { CustomResourceOptions, Input, Output } from "../pulumi";
import { checkProvisionerName } from "../inputs/stepca";
import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import { givenArgs, withDefault } from "./knownInputs";
import { LifecycleResource } from "./lifecycleResource";

/** The settings of a {@link JwkProvisioner}. */
export interface JwkProvisionerArgs {
  /** The provisioner's name in ca.json. Default: the resource's name. A change keeps the key. */
  provisioner?: Input<string | undefined>;
}

const ARGUMENTS = argumentNames<JwkProvisionerArgs>({ provisioner: true });

/**
 * The key pair of a JWK provisioner of step-ca. Its private key leaves the provider only encrypted under the provisioner's
 * password (`kms-pki:provisionerPasswordFile` or `KMS_PKI_PROVISIONER_PASSWORD`, else the passphrase of the key files). step-ca
 * hands the encrypted key to anyone who asks. Without a password it fails with `SECRET_MISSING`. To change the password, replace
 * the key: `pulumi up --replace` with the URN.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 *
 * const admin = new pki.JwkProvisioner("admin");
 * export const publicKey = admin.key;
 * ```
 */
export class JwkProvisioner extends LifecycleResource {
  /** The provisioner's name. */
  declare readonly provisioner: Output<string>;
  /** The public key as JWK (RFC 7517). */
  declare readonly key: Output<Record<string, string>>;
  /** The private key as compact JWE: PBES2-HS256+A128KW, A256GCM, 600,000 rounds. */
  declare readonly encryptedKey: Output<string>;

  /** @throws PkiError `INPUT_INVALID` */
  constructor(name: string, args: JwkProvisionerArgs = {}, opts?: CustomResourceOptions) {
    const given = givenArgs(args);
    super(
      "jwkProvisioner",
      "JwkProvisioner",
      name,
      { provisioner: withDefault(given.provisioner, name), key: undefined, encryptedKey: undefined },
      (plain) => [
        ...checkArgumentNames(given, ARGUMENTS),
        ...checkProvisionerName(plain["provisioner"], "provisioner"),
      ],
      opts,
    );
  }
}
