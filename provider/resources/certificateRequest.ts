import type { CustomResourceOptions, Output } from "../pulumi";
import { checkCertificateRequest } from "../inputs/certificateRequest";
import { PEM_INPUTS } from "../inputs/pem";
import { currentTime } from "../words/clock";
import { derBase64 } from "../x509/pem";
import { type CertificateRequestArgs, checkCertificateRequestArgs } from "./certificateRequestArgs";
import { givenArgs, withDefault } from "./knownInputs";
import { LifecycleResource } from "./lifecycleResource";
import { type SigningKeyInput, signingReference } from "./signingKey";
import { checkSubjectInService } from "./subjectKeyCheck";

/**
 * A certificate request (PKCS#10, RFC 2986) for a CA that is not part of this program, signed by a key that never leaves its
 * KMS.
 *
 * It is signed once. `up` signs it again only if it is to say something else. The signature is verified before it is
 * accepted. A preview signs nothing.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 *
 * const request = new pki.CertificateRequest("issuing", {
 *   key: new pki.SoftKey("issuing"),
 *   subject: { commonName: "Example Issuing CA", organization: "Example" },
 *   nameConstraints: { permitted: { dnsDomains: ["example.com"] } },
 * });
 * export const csr = request.csrPem;
 * ```
 */
export class CertificateRequest extends LifecycleResource {
  /** The request as PEM. Secret if it holds the challenge password. */
  declare readonly csrPem: Output<string>;
  /** The key that the request is for, as SPKI PEM. */
  declare readonly publicKeyPem: Output<string>;
  /** RFC 3339: when it was signed. */
  declare readonly signedAt: Output<string>;
  /** The key that the request is for. */
  readonly key: SigningKeyInput;

  /** @throws PkiError `INPUT_INVALID`, with all problems */
  constructor(name: string, args: CertificateRequestArgs, opts?: CustomResourceOptions) {
    const { key, profile, challengePassword, ...content } = givenArgs(args);
    const own = key as SigningKeyInput | undefined; // a program without types may give none
    const isSecret = challengePassword !== undefined && challengePassword !== false;
    super(
      "certificateRequest",
      "CertificateRequest",
      name,
      {
        ...content,
        profile: withDefault(profile, "intermediate"),
        challengePassword,
        publicKeyPem: own?.publicKeyPem,
        subjectKeyUri: own?.givenUri ?? own?.uri,
        signingKey: signingReference(own),
        csrPem: undefined,
        signedAt: undefined,
      },
      (plain) => [
        ...checkCertificateRequestArgs(givenArgs(args)),
        ...checkCertificateRequest(plain, currentTime()),
        ...checkSubjectInService(own),
      ],
      isSecret ? { ...opts, additionalSecretOutputs: [...(opts?.additionalSecretOutputs ?? []), "csrPem"] } : opts,
      PEM_INPUTS.certificateRequest,
    );
    this.key = key;
  }

  /** The request as DER in base64. Secret if it holds the challenge password. */
  get csrDer(): Output<string> {
    return this.csrPem.apply(derBase64);
  }

  /** Hex: RFC 5280, section 4.2.1.2, method 1. */
  get subjectKeyIdentifier(): Output<string> {
    return this.id;
  }
}
