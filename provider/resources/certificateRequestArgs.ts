import type { Input } from "../pulumi";
import type { RequestProfile } from "../inputs/certificateRequest";
import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import { invalid, type Problem } from "../words/problem";
import { type CertificateContentArgs, CONTENT_ARGUMENT_NAMES } from "./certificateContentArgs";
import type { SigningKeyInput } from "./signingKey";

/**
 * The settings of a {@link CertificateRequest}. A change of what it asks for signs the request again, in place. Another key
 * replaces the resource.
 */
export interface CertificateRequestArgs extends CertificateContentArgs {
  /** The key that the request is for, which signs it. */
  key: SigningKeyInput;
  /**
   * `intermediate` (default): a CA, path length 0. `leaf`: digitalSignature, serverAuth and clientAuth. The issuer chooses the
   * dates.
   */
  profile?: Input<RequestProfile | undefined>;
  /**
   * Puts the challenge password (RFC 2985, section 5.4.1) into the request, for an issuer that asks for one. The password is a
   * secret: `KMS_PKI_CHALLENGE_PASSWORD_FILE` or `KMS_PKI_CHALLENGE_PASSWORD` in the environment, or
   * `kms-pki:challengePasswordFile` or `kms-pki:challengePassword` in the config (`SECRET_MISSING`). Everyone who has the request
   * can read it, so `csrPem` and `csrDer` are then secret outputs. Another password signs the request again. Default false.
   */
  challengePassword?: Input<boolean | undefined>;
}

const ARGUMENTS = [
  ...argumentNames<Omit<CertificateRequestArgs, keyof CertificateContentArgs>>({
    key: true,
    profile: true,
    challengePassword: true,
  }),
  ...CONTENT_ARGUMENT_NAMES,
];

/** Finds unknown arguments of a request, and a missing key. */
export function checkCertificateRequestArgs(args: CertificateRequestArgs): Problem[] {
  const { key } = args as Partial<CertificateRequestArgs>;
  return [
    ...checkArgumentNames(args, ARGUMENTS),
    ...(typeof key === "object" ? [] : [invalid("key", "no key is given", "Give a key resource of this program")]),
  ];
}
