import type { CustomResourceOptions, Input, Output } from "../pulumi";
import { checkSwitch } from "../inputs/form";
import { checkKeyUri } from "../inputs/keyUri";
import type { PemInputs } from "../inputs/pem";
import type * as lifecycles from "../lifecycle";
import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import { givenArgs, withDefault } from "./knownInputs";
import { LifecycleResource } from "./lifecycleResource";
import type { SigningKeyInput } from "./signingKey";

/** The settings of a certificate that is stored beside its key. */
export interface StoredCertificateArgs {
  /** The key. Another key replaces the resource. */
  key: SigningKeyInput;
  /**
   * The certificate of that key. A change stores the new certificate in place of the old one. An empty text, as of a
   * certificate that was withdrawn before it was issued, changes nothing in the device.
   */
  certificatePem: Input<string>;
  /**
   * Allows another certificate of the same key to be replaced, such as an adopted key's. Default false: the resource fails with
   * `CERTIFICATE_EXISTS`.
   */
  replaceOther?: Input<boolean | undefined>;
  /** Deletes the certificate from the device when the resource is deleted. Default false. */
  deleteCertificate?: Input<boolean | undefined>;
}

const ARGUMENTS = argumentNames<StoredCertificateArgs>({
  key: true,
  certificatePem: true,
  replaceOther: true,
  deleteCertificate: true,
});

/** A certificate that is stored beside its key, where other software looks for it. */
export abstract class StoredCertificate extends LifecycleResource {
  /** `present`, or what a refresh found: `missing` (the next `up` stores it again), `changed` (the next `up` fails). */
  declare readonly status: Output<"present" | "missing" | "changed">;

  /**
   * @param device the `kms` of a key that names none, and the inputs that are PEM texts
   * @throws PkiError `INPUT_INVALID`
   */
  protected constructor(
    lifecycle: keyof typeof lifecycles,
    type: string,
    name: string,
    args: StoredCertificateArgs,
    opts: CustomResourceOptions | undefined,
    device: { readonly kms: string; readonly pemInputs: PemInputs },
  ) {
    const given = givenArgs(args);
    const { key } = given as Partial<StoredCertificateArgs>;
    super(
      lifecycle,
      type,
      name,
      {
        uri: key?.uri,
        kms: withDefault(key?.kms, device.kms),
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
      device.pemInputs,
    );
  }
}
