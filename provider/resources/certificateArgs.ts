import { type Input, type Output, Resource } from "../pulumi";
import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import type { Problem } from "../words/problem";
import type { LintProfile } from "../x509/lint/rule";
import type { NameConstraints } from "../x509/nameConstraints";
import type { ProfileName } from "../x509/profiles";
import { type AdoptedCertificateArgs, checkAdoptKnown } from "./adoptedCertificateArgs";
import { checkAnswerGiven } from "./answerArgs";
import { type CertificateContentArgs, CONTENT_ARGUMENT_NAMES } from "./certificateContentArgs";
import type { SigningKeyInput } from "./signingKey";

/** A certificate that this program declares: a {@link Certificate}. */
export interface DeclaredCertificate {
  /** The certificate. */
  readonly certificatePem: Output<string>;
  /** The certificate and those above it, without the self-signed root. */
  readonly chainPem: Output<string>;
  /** The subject's key, if this program knows more than its public key. Only then can this certificate issue others. */
  readonly key: SigningKeyInput | undefined;
}

/** A CA whose certificate is not a resource of this program. */
export interface ExternalIssuer {
  /** The CA's key, which signs. */
  key: SigningKeyInput;
  /** The CA's certificate as PEM. The certificates of the CAs above it may follow, up to their root. */
  certificatePem: Input<string>;
  /** The CA's certificate and those above it, without the root, for `chainPem`. Default: those in `certificatePem`. */
  chainPem?: Input<string> | undefined;
  /**
   * What the program that declares the CA says of it. A preview needs it as long as the CA's certificate is not issued. The
   * plugin's output `asIssuer` has it.
   */
  declared?: DeclaredIssuer | undefined;
}

/** What a program says of a CA that is still to be issued. */
export interface DeclaredIssuer {
  /** The CA's subject. */
  subject?: CertificateArgs["subject"];
  /** The CA's key usages. Default: the profile's. */
  keyUsages?: CertificateArgs["keyUsages"];
  /** The name constraints of the CA and of those above it. */
  nameConstraints?: Input<readonly NameConstraints[] | undefined>;
  /** Whether the CA is out of service for good. Default false. */
  withdrawn?: CertificateArgs["withdrawn"];
}

/**
 * The settings of a {@link Certificate}. A change of the certificate's content reissues it in place, with a new serial
 * number. A change of the subject's key or of the issuer's key replaces the resource.
 */
export interface CertificateArgs extends CertificateContentArgs {
  /**
   * The subject's key. It also signs if there is no issuer. Give exactly one of `key`, `publicKeyPem`, `csrPem`,
   * `crossOf`. Which one you give must be known, and its value may be an Output.
   */
  key?: SigningKeyInput | undefined;
  /** The subject's public key, as SPKI PEM. */
  publicKeyPem?: Input<string> | undefined;
  /**
   * A PKCS#10 request (RFC 2986). Only its key is used, after its signature is verified, and everything else in it is ignored.
   */
  csrPem?: Input<string> | undefined;
  /**
   * The root that this cross certificate is for (RFC 5280, section 3.2). With it, another root, the issuer, states that
   * it trusts this one. Subject, public key and subject key identifier are copied from the root's certificate, octet by
   * octet. The path length is 1. Omit `subject`, `profile`, usages and names. When the root is renewed with its name
   * and key, the cross certificate stays. Another key replaces the resource. An issuer with path length 1 or less is
   * refused (`PATH_LENGTH_VIOLATED`).
   */
  crossOf?: DeclaredCertificate | Input<string> | undefined;
  /**
   * The CA that signs. Without one, the certificate is self-signed. `external`: a CA whose key this program does not have, which has
   * signed it already (`answerPem`).
   */
  issuer?: DeclaredCertificate | ExternalIssuer | "external" | undefined;
  /**
   * With issuer `external`: the issuer's answer to the {@link CertificateRequest} of the same key. The certificate as PEM, then
   * those above it, up to the self-signed root. It is checked before it is taken (`ANSWER_MISMATCH`, `VALIDITY_INVALID`,
   * `PATH_LENGTH_VIOLATED`, `ISSUER_NOT_CA`, `INPUT_INVALID`), and what the issuer changed is told. Nothing is signed. Another
   * answer replaces it, in place. That it is given must be known, and its value may be an Output.
   */
  answerPem?: Input<string> | undefined;
  /**
   * `root` (default without an issuer): CA, path length 1, ten years. `intermediate` (default with one): CA, path
   * length 0, ten years. `leaf`: digitalSignature, serverAuth and clientAuth, 24 hours. `cross` (the only one with
   * `crossOf`): CA, path length 1, ten years.
   */
  profile?: Input<ProfileName | undefined>;
  /**
   * A duration such as `87600h`, `30d` or `1h30m`. A certificate that would end after its issuer is refused
   * (`VALIDITY_EXCEEDS_ISSUER`). The profile's default is cut to the issuer's end.
   */
  validity?: Input<string | undefined>;
  /**
   * An RFC 3339 instant, such as `2027-01-31T12:00:00Z`, in the past or future, from the year 1950 on. Default: the moment of
   * issue. An instant before the issuer's beginning is moved to it, because nothing verifies earlier. `notBefore` or
   * `notAfter` fixes the certificate's end: time alone never reissues it, and `renewBefore` is refused.
   */
  notBefore?: Input<string | undefined>;
  /**
   * With `notBefore`: a certificate that is issued before that instant is valid from its issue, or as long as its issuer.
   * Default false. A change reissues nothing.
   */
  mayBeginEarlier?: Input<boolean | undefined>;
  /**
   * A set of rules that the certificate is linted by in addition to those of RFC 5280, before it is signed (`LINT_FAILED`).
   * `publicTls`: section 7.1 of the Baseline Requirements of the CA/Browser Forum. Default: none. A change reissues nothing.
   */
  lintProfile?: Input<LintProfile | undefined>;
  /**
   * An RFC 3339 instant, in place of `validity`; at most `9999-12-31T23:59:59Z`. It must be in the future when the certificate
   * is issued (`VALIDITY_INVALID`), and no later than the issuer's end (`VALIDITY_EXCEEDS_ISSUER`).
   */
  notAfter?: Input<string | undefined>;
  /**
   * How long before its end `up` reissues the certificate for the same key: a duration (`720h`) or a share of the
   * lifetime (`1/3`). It must be shorter than the lifetime. Default: at its end. A certificate that ends with its
   * issuer waits until the issuer is renewed. A change reissues nothing by itself.
   */
  renewBefore?: Input<string | undefined>;
  /**
   * Takes the certificate out of service for good, because its key or that of a CA above it is compromised. It stays in
   * the program as it is, so that it can be revoked, and is never issued again, whatever else changes. Certificates under it are
   * refused (`KEY_COMPROMISED`). It cannot be taken back. Default false.
   */
  withdrawn?: Input<boolean | undefined>;
  /**
   * A certificate that exists, made by any tool, which becomes this resource byte for byte. Nothing is signed. When it is renewed,
   * its name, key identifier and extensions stay, as far as the program does not change what it says of them. To remove `adopt`
   * later changes nothing. Which certificate it is must be known to be given, but its fields may be Outputs.
   */
  adopt?: AdoptedCertificateArgs | undefined;
  /**
   * Another certificate of the same key, as PEM. This one takes its name and key identifier from it, octet by octet, so that what
   * is below either verifies below both. It counts when the certificate is first issued; a change reissues nothing.
   */
  sameSubjectAs?: Input<string | undefined>;
}

const OWN_ARGUMENTS = argumentNames<Omit<CertificateArgs, keyof CertificateContentArgs>>({
  key: true,
  publicKeyPem: true,
  csrPem: true,
  crossOf: true,
  issuer: true,
  answerPem: true,
  profile: true,
  validity: true,
  notBefore: true,
  notAfter: true,
  renewBefore: true,
  mayBeginEarlier: true,
  lintProfile: true,
  withdrawn: true,
  adopt: true,
  sameSubjectAs: true,
});

const ARGUMENTS = [...OWN_ARGUMENTS, ...CONTENT_ARGUMENT_NAMES];

const ISSUER_ARGUMENTS = argumentNames<ExternalIssuer>({
  key: true,
  certificatePem: true,
  chainPem: true,
  declared: true,
});

/** Finds unknown arguments of a certificate. */
export function checkCertificateArgumentNames(args: CertificateArgs): Problem[] {
  return [
    ...checkArgumentNames(args, ARGUMENTS),
    ...checkIssuerNames(args.issuer, "issuer"),
    ...checkAdoptKnown(args.adopt, "adopt"),
  ];
}

/**
 * Finds unknown arguments of an issuer outside the program.
 *
 * @param issuer always valid if it is a resource of the program
 */
export function checkIssuerNames(issuer: unknown, path: string): Problem[] {
  return Resource.isInstance(issuer) ? [] : checkArgumentNames(issuer, ISSUER_ARGUMENTS, path);
}

/** The default profile of a certificate. */
export function defaultProfile({ crossOf, issuer }: CertificateArgs): ProfileName {
  if (crossOf !== undefined) {
    return "cross";
  }
  return issuer === undefined ? "root" : "intermediate";
}

/** Checks that exactly one argument gives the subject's key, and that there is a key to sign with. */
export function checkSubjectKey(args: CertificateArgs): Problem[] {
  const { key, publicKeyPem, csrPem, crossOf, issuer } = args;
  const given = [key, publicKeyPem, csrPem, crossOf].filter((value) => value !== undefined).length;
  if (given !== 1) {
    return [
      {
        ...{ code: "INPUT_INVALID", property: "key" },
        reason: `${given === 0 ? "none" : "more than one"} of key, publicKeyPem, csrPem and crossOf is given`,
        remedy: "Give exactly one",
      },
    ];
  }
  if (crossOf !== undefined && issuer === undefined) {
    return [
      {
        ...{ code: "INPUT_INVALID", property: "issuer" },
        reason: "a cross certificate must be signed by a root other than the one that it stands in for",
        remedy: "Name that root as the issuer",
      },
    ];
  }
  if (issuer === "external" || args.answerPem !== undefined) {
    return checkAnswerGiven(args);
  }
  return key === undefined && issuer === undefined
    ? [
        {
          ...{ code: "INPUT_INVALID", property: "key" },
          reason: "a self-signed certificate needs a signing key",
          remedy: "Give key, or name an issuer",
        },
      ]
    : [];
}
