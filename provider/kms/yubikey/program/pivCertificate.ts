import type { CustomResourceOptions } from "../../../pulumi";
import type { SigningKeyInput } from "../../../resources/signingKey";
import { StoredCertificate, type StoredCertificateArgs } from "../../../resources/storedCertificate";
import { YUBIKEY_PEM_INPUTS } from "../yubiKeyPemInputs";

/** The settings of a {@link PivCertificate}. */
export interface PivCertificateArgs extends StoredCertificateArgs {
  /** The key, which is in a slot of a YubiKey. Another key replaces the resource. */
  key: SigningKeyInput;
}

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
export class PivCertificate extends StoredCertificate {
  /** @throws PkiError `INPUT_INVALID` */
  constructor(name: string, args: PivCertificateArgs, opts?: CustomResourceOptions) {
    super("pivCertificate", "PivCertificate", name, args, opts, {
      kms: "yubikey:",
      pemInputs: YUBIKEY_PEM_INPUTS.pivCertificate,
    });
  }
}
