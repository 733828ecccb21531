import { type CustomResourceOptions, type Input, type Output } from "@pulumi/pulumi";
import { checkKeyUri } from "../../../inputs/keyUri";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { YUBIKEY_PEM_INPUTS } from "../yubiKeyPemInputs";
import { givenArgs, withDefault } from "../../../resources/knownInputs";
import { LifecycleResource } from "../../../resources/lifecycleResource";
import type { SigningKeyInput } from "../../../resources/signingKey";

/** The settings of a {@link PivCertificate}. */
export interface PivCertificateArgs {
  /** The key, which is in a slot of a YubiKey. Another key replaces the resource. */
  key: SigningKeyInput;
  /** The certificate of that key. A change stores the new certificate in place of the old one. */
  certificatePem: Input<string>;
  /**
   * Allows another certificate of the same key to be overwritten, such as an adopted key's. Default false: the resource
   * fails with `CERTIFICATE_EXISTS`.
   */
  replaceOther?: Input<boolean | undefined>;
  /** Deletes the certificate from the device when the resource is deleted. Default false. */
  deleteCertificate?: Input<boolean | undefined>;
}

const ARGUMENTS = argumentNames<PivCertificateArgs>({
  key: true,
  certificatePem: true,
  replaceOther: true,
  deleteCertificate: true,
});

/**
 * The certificate of a key in a YubiKey, stored in the key's slot (SP 800-73-4, part 1, appendix A), where step-ca and
 * other PIV software look for the public key.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 * import { PivCertificate, PivKey } from "pulumi-kms-pki/yubikey";
 *
 * const key = new PivKey("root", { slot: "9a" });
 * const root = new pki.Certificate("root", { key, subject: { commonName: "Example Root" } });
 * new PivCertificate("root", { key, certificatePem: root.certificatePem });
 * ```
 */
export class PivCertificate extends LifecycleResource {
  /** `present`, or what a refresh found: `missing` (the next `up` stores it again), `changed` (the next `up` fails). */
  declare readonly status: Output<"present" | "missing" | "changed">;

  /** @throws PkiError `INPUT_INVALID` */
  constructor(name: string, args: PivCertificateArgs, opts?: CustomResourceOptions) {
    const given = givenArgs(args);
    const { key } = given as Partial<PivCertificateArgs>;
    super(
      "pivCertificate",
      "PivCertificate",
      name,
      {
        uri: key?.uri,
        kms: withDefault(key?.kms, "yubikey:"),
        certificatePem: given.certificatePem,
        replaceOther: withDefault(given.replaceOther, false),
        deleteCertificate: withDefault(given.deleteCertificate, false),
        status: undefined,
      },
      (plain) => [...checkArgumentNames(given, ARGUMENTS), ...checkKeyUri(plain["uri"], "key")],
      opts,
      YUBIKEY_PEM_INPUTS.pivCertificate,
    );
  }
}
