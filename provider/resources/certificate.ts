import type { X509Certificate } from "node:crypto";
import { all, type CustomResourceOptions, type Input, output, type Output } from "@pulumi/pulumi";
import { checkCertificate } from "../inputs/certificate";
import { currentTime } from "../inputs/clock";
import type { Problem } from "../inputs/problem";
import { fingerprintSha256, readCertificate } from "../x509/certificate";
import type { DistinguishedName } from "../x509/distinguishedName";
import type { KeyUsage, ProfileName } from "../x509/profiles";
import { LifecycleResource } from "./lifecycleResource";
import type { SigningKeyInput } from "./signingKey";

/** A CA whose certificate is not a resource of this program. */
export interface ExternalIssuer {
  /** The CA's key, which signs. */
  key: SigningKeyInput;
  /** The CA's certificate. */
  certificatePem: Input<string>;
  /** The CA's certificate and those above it, without the root, for `chainPem`. None by default. */
  chainPem?: Input<string>;
}

/**
 * The settings of a {@link Certificate}. Whatever changes what the certificate says issues it anew in place, with a
 * new serial number; a change of the subject's key or of the issuer's key replaces the resource.
 */
export interface CertificateArgs {
  /** The subject's key. It also signs when there is no issuer. Exactly one of `key`, `publicKeyPem`, `csrPem`. */
  key?: SigningKeyInput;
  /** The subject's public key, as SPKI PEM. */
  publicKeyPem?: Input<string>;
  /** A PKCS#10 request: its key is taken after its signature is verified; what it asks for is not (RFC 2986). */
  csrPem?: Input<string>;
  /** The CA that signs; the certificate is self-signed without one. */
  issuer?: Certificate | ExternalIssuer;
  /**
   * `root` (default without an issuer): CA, path length 1, ten years. `intermediate` (default with one): CA, path
   * length 0, ten years. `leaf`: digitalSignature, serverAuth and clientAuth, 24 hours.
   */
  profile?: ProfileName;
  /** Who the certificate speaks of; a CA must have one. */
  subject?: Input<DistinguishedName>;
  /**
   * A duration such as `87600h`, `30d`, `1h30m`. One that ends after the issuer is refused
   * (`VALIDITY_EXCEEDS_ISSUER`); the profile's default is cut to the issuer's end.
   */
  validity?: Input<string>;
  /** How many CAs may follow below this one: a whole number from 0, or `unlimited`. As the profile says by default. */
  pathLength?: Input<number | "unlimited">;
  /** Names of RFC 5280, section 4.2.1.3. As the profile says by default. */
  keyUsages?: Input<Input<KeyUsage>[]>;
  /** `serverAuth`, `clientAuth`, ... or object identifiers (RFC 5280, section 4.2.1.12). As the profile says by default. */
  extendedKeyUsages?: Input<Input<string>[]>;
  /** Subject alternative names: host names, `*.` in front for a wildcard. */
  dnsNames?: Input<Input<string>[]>;
  /** Subject alternative names: IPv4 and IPv6 addresses. */
  ipAddresses?: Input<Input<string>[]>;
  /** Subject alternative names: e-mail addresses. */
  emailAddresses?: Input<Input<string>[]>;
  /** Subject alternative names: absolute URIs. */
  uris?: Input<Input<string>[]>;
  /** A duration before the certificate's end from which `up` issues it anew. At its end by default. */
  renewBefore?: Input<string>;
}

/**
 * An X.509 certificate (RFC 5280) that a KMS key signs; the private key never leaves its key management service.
 *
 * Before anything is signed the issuer is checked: a CA with keyCertSign, a path length that allows the child, a
 * validity that contains the child's, a certificate that belongs to the signing key. Each signature is verified
 * before it is accepted. A preview signs nothing, an `up` without changes neither; an issuer that was renewed under
 * the same name and key does not issue its children anew.
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
export class Certificate extends LifecycleResource {
  /** The certificate. */
  declare readonly certificatePem: Output<string>;
  /** Whether the last `up` or refresh found the certificate due. */
  declare readonly readyForRenewal: Output<boolean>;
  /** The certificate and those above it, without the self-signed root. */
  readonly chainPem: Output<string>;
  /** The subject's key, when this program knows more of it than its public half; only then can it issue. */
  readonly key: SigningKeyInput | undefined;
  readonly #selfSigned: boolean;
  readonly #subject: Input<DistinguishedName> | undefined;

  /** @throws PkiError `INPUT_INVALID`, with everything that is wrong */
  constructor(name: string, args: CertificateArgs, options?: CustomResourceOptions) {
    const { key, issuer, profile = issuer === undefined ? "root" : "intermediate", ...content } = args;
    const wired = wireIssuer(issuer);
    const problems = [...checkSubjectKey(args), ...wired.problems];
    super(
      "certificate",
      "Certificate",
      name,
      {
        ...content,
        profile,
        publicKeyPem: args.publicKeyPem ?? (args.csrPem === undefined ? key?.publicKeyPem : undefined),
        signingKey: reference(wired.key ?? key),
        issuer: wired.input,
        certificatePem: undefined,
        readyForRenewal: undefined,
      },
      (plain) => [...problems, ...checkCertificate(plain, currentTime())],
      options,
    );
    this.key = key;
    this.#selfSigned = issuer === undefined;
    this.#subject = args.subject;
    this.chainPem =
      wired.chainPem === undefined
        ? this.certificatePem
        : all([this.certificatePem, wired.chainPem]).apply((pems) => pems.join(""));
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

  /** RFC 3339. */
  get notAfter(): Output<string> {
    return this.#fact(({ validTo }) => new Date(validTo).toISOString());
  }

  /** What the certificate itself tells is read from it when it is asked for. */
  #fact(read: (certificate: X509Certificate) => string): Output<string> {
    return this.certificatePem.apply((pem) => read(readCertificate(pem)));
  }

  /** What a child needs of this certificate. */
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
  readonly chainPem: Input<string> | undefined;
}

function wireIssuer(issuer: Certificate | ExternalIssuer | undefined): WiredIssuer {
  if (issuer instanceof Certificate) {
    return Certificate.wire(issuer);
  }
  return {
    problems: [],
    key: issuer?.key,
    input: issuer === undefined ? undefined : { certificatePem: issuer.certificatePem },
    chainPem: issuer?.chainPem,
  };
}

const references = new WeakMap<SigningKeyInput, Output<object>>();

/** What the provider needs to sign with a key: one output for all certificates that it signs. */
function reference(key: SigningKeyInput | undefined): Output<object> | undefined {
  if (key === undefined) {
    return undefined;
  }
  const reference =
    references.get(key) ??
    output({ uri: key.uri, algorithm: key.algorithm, ...(key.kms === undefined ? {} : { kms: key.kms }) });
  references.set(key, reference);
  return reference;
}

function checkSubjectKey({ key, publicKeyPem, csrPem, issuer }: CertificateArgs): Problem[] {
  const given = [key, publicKeyPem, csrPem].filter((value) => value !== undefined).length;
  if (given !== 1) {
    return [
      {
        code: "INPUT_INVALID",
        property: "key",
        reason: `${given === 0 ? "none" : "more than one"} of key, publicKeyPem and csrPem is given`,
        remedy: "Give exactly one",
      },
    ];
  }
  return key === undefined && issuer === undefined
    ? [
        {
          code: "INPUT_INVALID",
          property: "key",
          reason: "a self-signed certificate needs a key that can sign",
          remedy: "Give key, or name an issuer",
        },
      ]
    : [];
}

function noIssuerKey(): Problem {
  return {
    code: "INPUT_INVALID",
    property: "issuer",
    reason: "the issuer was declared without a key that can sign",
    remedy: "Declare the issuer with key, or give { key, certificatePem }",
  };
}
