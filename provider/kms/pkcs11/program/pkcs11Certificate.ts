import type { CustomResourceOptions } from "../../../pulumi";
import type { SigningKeyInput } from "../../../resources/signingKey";
import { StoredCertificate, type StoredCertificateArgs } from "../../../resources/storedCertificate";
import { PKCS11_PEM_INPUTS } from "../pkcs11PemInputs";

/** The settings of a {@link Pkcs11Certificate}. */
export interface Pkcs11CertificateArgs extends StoredCertificateArgs {
  /** The key, which is in a token. Another key replaces the resource. */
  key: SigningKeyInput;
}

/**
 * The certificate of a key in a PKCS#11 token, stored beside the key with the same CKA_ID and CKA_LABEL, where many tools look for
 * it. step-ca does not need it.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 * import { Pkcs11Certificate, Pkcs11Key } from "pulumi-kms-pki/pkcs11";
 *
 * const key = new Pkcs11Key("root", { kms: "pkcs11:module-path=/usr/lib/softhsm/libsofthsm2.so;token=ca" });
 * const root = new pki.Certificate("root", { key, subject: { commonName: "Example Root" } });
 * new Pkcs11Certificate("root", { key, certificatePem: root.certificatePem });
 * ```
 */
export class Pkcs11Certificate extends StoredCertificate {
  /** @throws PkiError `INPUT_INVALID` */
  constructor(name: string, args: Pkcs11CertificateArgs, opts?: CustomResourceOptions) {
    super("pkcs11Certificate", "Pkcs11Certificate", name, args, opts, {
      kms: "",
      pemInputs: PKCS11_PEM_INPUTS.pkcs11Certificate,
    });
  }
}
