import { type CustomResourceOptions, type Input, type Output, output } from "@pulumi/pulumi";
import { givenArgs, withDefault } from "../../../resources/knownInputs";
import { checkSwitch } from "../../../inputs/form";
import { checkKeyUri } from "../../../inputs/keyUri";
import { LifecycleResource } from "../../../resources/lifecycleResource";
import type { SigningKeyInput } from "../../../resources/signingKey";
import { argumentNames, checkArgumentNames } from "../../../words/argumentNames";
import { PKCS11_PEM_INPUTS } from "../pkcs11PemInputs";

/** The settings of a {@link Pkcs11Certificate}. */
export interface Pkcs11CertificateArgs {
  /** The key, which is in a token. Another key replaces the resource. */
  key: SigningKeyInput;
  /** The certificate of that key. A change stores the new certificate in place of the old one. */
  certificatePem: Input<string>;
  /**
   * Allows other certificates of the same key to be replaced, such as those of an adopted key. Default false: the resource fails
   * with `CERTIFICATE_EXISTS`.
   */
  replaceOther?: Input<boolean | undefined>;
  /** Deletes the certificate from the token when the resource is deleted. Default false. */
  deleteCertificate?: Input<boolean | undefined>;
}

const ARGUMENTS = argumentNames<Pkcs11CertificateArgs>({
  key: true,
  certificatePem: true,
  replaceOther: true,
  deleteCertificate: true,
});

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
export class Pkcs11Certificate extends LifecycleResource {
  /** `present`, or what a refresh found: `missing` (the next `up` stores it again), `changed` (the next `up` fails). */
  declare readonly status: Output<"present" | "missing" | "changed">;

  /** @throws PkiError `INPUT_INVALID` */
  constructor(name: string, args: Pkcs11CertificateArgs, opts?: CustomResourceOptions) {
    const given = givenArgs(args);
    const { key } = given as Partial<Pkcs11CertificateArgs>;
    super(
      "pkcs11Certificate",
      "Pkcs11Certificate",
      name,
      {
        uri: key?.uri,
        kms: output(key?.kms).apply((kms) => kms ?? ""),
        certificatePem: given.certificatePem,
        replaceOther: withDefault(given.replaceOther, false),
        deleteCertificate: withDefault(given.deleteCertificate, false),
        status: undefined,
      },
      (plain) => [
        ...checkArgumentNames(given, ARGUMENTS),
        ...checkKeyUri(plain["uri"], "key"),
        ...checkSwitch(plain["replaceOther"], "replaceOther"),
        ...checkSwitch(plain["deleteCertificate"], "deleteCertificate"),
      ],
      opts,
      PKCS11_PEM_INPUTS.pkcs11Certificate,
    );
  }
}
