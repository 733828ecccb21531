import type { X509Certificate } from "node:crypto";
import { all, type CustomResourceOptions, type Input, output, type Output } from "@pulumi/pulumi";
import { checkCertificate } from "../inputs/certificate";
import { currentTime } from "../words/clock";
import { type Problem, problemsOf } from "../words/problem";
import { renewalTime } from "../inputs/renewal";
import { hasFixedEnd } from "../inputs/validity";
import { chainBelowRoot, fingerprintSha256, readCertificate, validityOf } from "../x509/certificate";
import { certificatesPem } from "../x509/pem";
import {
  type CertificateArgs,
  checkCertificateArgumentNames,
  checkSubjectKey,
  type DeclaredCertificate,
  defaultProfile,
  type ExternalIssuer,
} from "./certificateArgs";
import { PEM_INPUTS } from "../inputs/pem";
import { withDefault } from "./knownInputs";
import { LifecycleResource } from "./lifecycleResource";
import type { SigningKeyInput } from "./signingKey";

/**
 * An X.509 certificate (RFC 5280), signed by a key that never leaves its KMS.
 *
 * The issuer is checked before anything is signed: it must be a CA with keyCertSign, its path length must allow the child, its
 * validity must contain the child's, and its certificate must belong to the signing key. Each signature is verified before it
 * is accepted. A preview, and an `up` without changes, sign nothing. When an issuer is renewed under the same name and key, its
 * children are not reissued.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 *
 * const rootKey = new pki.SoftKey("root");
 * const root = new pki.Certificate("root", { key: rootKey, subject: { commonName: "Example Root" } });
 * const issuing = new pki.Certificate("issuing", {
 *   key: new pki.SoftKey("issuing"),
 *   issuer: root,
 *   subject: { commonName: "Example Issuing CA", organization: "Example" },
 *   validity: "43800h",
 * });
 * export const chain = issuing.chainPem;
 * ```
 */
export class Certificate extends LifecycleResource implements DeclaredCertificate {
  /** The certificate. */
  declare readonly certificatePem: Output<string>;
  /** The certificate and those above it, without the self-signed root. */
  readonly chainPem: Output<string>;
  /** The subject's key, if this program knows more than its public key. Only then can this certificate issue others. */
  readonly key: SigningKeyInput | undefined;
  readonly #selfSigned: boolean;
  readonly #subject: CertificateArgs["subject"];
  readonly #declaredTime: Readonly<Record<"notBefore" | "notAfter" | "renewBefore", Input<string | undefined>>>;

  /** @throws PkiError `INPUT_INVALID`, with all problems */
  constructor(name: string, args: CertificateArgs, opts?: CustomResourceOptions) {
    const { key, issuer, crossOf, profile, ...content } = args;
    const wired = wireIssuer(issuer as Certificate | ExternalIssuer | undefined);
    const problems = [...checkCertificateArgumentNames(args), ...checkSubjectKey(args), ...wired.problems];
    super(
      "certificate",
      "Certificate",
      name,
      {
        ...content,
        profile: withDefault(profile, defaultProfile(args)),
        crossOf: crossOf instanceof Certificate ? crossOf.certificatePem : crossOf,
        publicKeyPem: args.publicKeyPem ?? (args.csrPem === undefined ? key?.publicKeyPem : undefined),
        subjectKeyUri: key?.givenUri ?? key?.uri,
        signingKey: reference(wired.key ?? key),
        issuer: wired.input,
        certificatePem: undefined,
      },
      (plain) => [...problems, ...checkCertificate(plain, currentTime())],
      opts,
      PEM_INPUTS.certificate,
    );
    this.key = key;
    this.#selfSigned = issuer === undefined;
    this.#subject = args.subject;
    const { notBefore, notAfter, renewBefore } = args;
    this.#declaredTime = { notBefore, notAfter, renewBefore };
    this.chainPem =
      wired.chainPem === undefined
        ? this.certificatePem
        : all([this.certificatePem, wired.chainPem]).apply(([pem, chain]) => pem + (chain ?? ""));
  }

  /** Hex, at most 20 octets. */
  get serialNumber(): Output<string> {
    return this.#fact(({ serialNumber }) => serialNumber.toLowerCase());
  }

  /** Hex: RFC 5280, section 4.2.1.2, method 1. */
  get subjectKeyIdentifier(): Output<string> {
    return this.id;
  }

  /** SHA-256 over the DER, in lower-case hex, as `step certificate fingerprint` prints it. */
  get fingerprintSha256(): Output<string> {
    return this.#fact(fingerprintSha256);
  }

  /** RFC 3339. */
  get notBefore(): Output<string> {
    return this.#fact(({ validFrom }) => new Date(validFrom).toISOString());
  }

  set notBefore(_asked: Output<string>) {
    // The SDK assigns every input under its name: what was asked for. What the certificate says counts.
  }

  /** RFC 3339. */
  get notAfter(): Output<string> {
    return this.#fact(({ validTo }) => new Date(validTo).toISOString());
  }

  set notAfter(_asked: Output<string>) {
    // As above.
  }

  /**
   * RFC 3339: the instant from which `up` reissues the certificate. Undefined if the program fixes its end with `notBefore` or
   * `notAfter`.
   */
  get renewalTime(): Output<string | undefined> {
    return this.#renewal((time) => time?.toISOString());
  }

  /** Whether that instant has come. Each `up` and `refresh --run-program` computes it again. */
  get readyForRenewal(): Output<boolean> {
    return this.#renewal((time) => time !== undefined && time <= currentTime());
  }

  #renewal<T>(of: (time: Date | undefined) => T): Output<T> {
    return all([this.certificatePem, output(this.#declaredTime)]).apply(([pem, declared]) =>
      of(hasFixedEnd(declared) ? undefined : renewalTime(validityOf(pem), declared.renewBefore)),
    );
  }

  /** Reads a value from the certificate itself when it is asked for. */
  #fact(read: (certificate: X509Certificate) => string): Output<string> {
    return this.certificatePem.apply((pem) => read(readCertificate(pem)));
  }

  /** The values that a child needs from this certificate. */
  static wire(issuer: Certificate): WiredIssuer {
    if (issuer.key === undefined) {
      return { problems: [noIssuerKey()], key: undefined, input: undefined, chainPem: undefined };
    }
    return {
      problems: [],
      key: issuer.key,
      // No output over both: in a preview it would be unknown as a whole, and the subject is not.
      input: { certificatePem: issuer.certificatePem, subject: issuer.#subject },
      chainPem: issuer.#selfSigned ? undefined : issuer.chainPem,
    };
  }
}

interface WiredIssuer {
  readonly problems: readonly Problem[];
  readonly key: SigningKeyInput | undefined;
  readonly input: object | undefined;
  readonly chainPem: Input<string | undefined>;
}

function wireIssuer(issuer: Certificate | ExternalIssuer | undefined): WiredIssuer {
  if (issuer instanceof Certificate) {
    return Certificate.wire(issuer);
  }
  if (issuer === undefined) {
    return { problems: [], key: undefined, input: undefined, chainPem: undefined };
  }
  const { key, certificatePem, chainPem } = issuer;
  return {
    problems: typeof chainPem === "string" ? problemsOf(() => certificatesPem(chainPem, "issuer.chainPem"), "") : [],
    key,
    input: { certificatePem },
    chainPem: output(chainPem ?? certificatePem).apply((text) =>
      chainPem === undefined ? chainBelowRoot(text, "issuer.certificatePem") : certificatesPem(text, "issuer.chainPem"),
    ),
  };
}

/** The values that the provider needs to sign with a key. Not one output over all: in a preview it would be unknown as a whole. */
function reference(key: SigningKeyInput | undefined): object | undefined {
  return key === undefined ? undefined : { uri: key.uri, algorithm: key.algorithm, kms: key.kms };
}

function noIssuerKey(): Problem {
  return {
    code: "INPUT_INVALID",
    property: "issuer",
    reason: "the issuer was declared without a key that can sign",
    remedy: "Declare the issuer with key, or give { key, certificatePem }",
  };
}
