import type { X509Certificate } from "node:crypto";
import { all, type CustomResourceOptions, type ID, type Input, output, type Output } from "../pulumi";
import { checkCertificate, DECLARED_ELSEWHERE } from "../inputs/certificate";
import { currentTime } from "../words/clock";
import { renewalTime } from "../inputs/renewal";
import { hasFixedEnd } from "../inputs/validity";
import { chainBelowRoot, fingerprintSha256, readCertificate, validityOf } from "../x509/certificate";
import { certificatePem } from "../x509/pem";
import {
  type CertificateArgs,
  checkCertificateArgumentNames,
  checkSubjectKey,
  type DeclaredCertificate,
  defaultProfile,
  type ExternalIssuer,
} from "./certificateArgs";
import { type CertificateState, checkCertificateState } from "./certificateState";
import { PEM_INPUTS } from "../inputs/pem";
import type { DeclaredTime, SaidCertificate } from "./saidCertificate";
import { checkSubjectInService } from "./subjectKeyCheck";
import { type ConstraintsAbove, constraintsBelow, constraintsInChain, constraintsTogether } from "./constraintsAbove";
import { givenArgs, withDefault } from "./knownInputs";
import { LifecycleResource } from "./lifecycleResource";
import { type SigningKeyInput, signingReference } from "./signingKey";
import { ISSUER_WITHOUT_KEY, NO_ISSUER, type WiredIssuer, wireAnswer, wireExternalIssuer } from "./wiredIssuer";

/**
 * An X.509 certificate (RFC 5280), signed by a key that never leaves its KMS.
 *
 * The issuer is checked before anything is signed: it must be a CA with keyCertSign, its path length must allow the child, its
 * validity must contain the child's, and its certificate must belong to the signing key. Each signature is verified before it
 * is accepted. A preview, and an `up` without changes, sign nothing. When an issuer is renewed with the same name and
 * key, the certificates that it issued stay.
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
  readonly #subject: CertificateArgs["subject"];
  /** The name constraints of this certificate and those above it, as far as the program declares them. */
  readonly #nameConstraints: ConstraintsAbove;
  readonly #keyUsages: CertificateArgs["keyUsages"];
  /** The chain above a certificate that this one issues. */
  readonly #chainOfChild: Input<string | undefined>;
  /** Undefined for a certificate that another program declares and reissues. */
  readonly #declaredTime: DeclaredTime | undefined;
  readonly #withdrawn: CertificateArgs["withdrawn"];

  /**
   * Gets a certificate that another program declares, for example to issue others with it. This program only reads it
   * and never issues it.
   *
   * @param id its subject key identifier, in hex
   * @throws PkiError `INPUT_INVALID`
   */
  static get(name: string, id: Input<ID>, state: CertificateState, opts?: CustomResourceOptions): Certificate {
    return new Certificate(name, state, { ...opts, id });
  }

  /** @throws PkiError `INPUT_INVALID`, with all problems */
  constructor(name: string, args: CertificateArgs, opts?: CustomResourceOptions);
  /** For {@link Certificate.get}. */
  constructor(name: string, state: CertificateState, opts: CustomResourceOptions & { readonly id: Input<ID> });
  constructor(name: string, args: CertificateArgs | CertificateState, opts?: CustomResourceOptions) {
    const said = opts?.id === undefined ? declared(givenArgs(args)) : found(givenArgs(args as CertificateState));
    super("certificate", "Certificate", name, said.properties, said.check, opts, said.pemInputs);
    this.key = said.key;
    this.#subject = said.subject;
    this.#nameConstraints = said.nameConstraints;
    this.#keyUsages = said.keyUsages;
    this.#declaredTime = said.time;
    this.#withdrawn = said.withdrawn;
    this.chainPem = said.chain(this.certificatePem);
    this.#chainOfChild = said.chainOfChild(this.chainPem);
  }

  /** Hex, at most 20 octets. */
  get serialNumber(): Output<string> {
    return this.#fact(({ serialNumber }) => serialNumber.toLowerCase());
  }

  /** Hex: RFC 5280, section 4.2.1.2, method 1. An adopted certificate keeps the one that it has. */
  get subjectKeyIdentifier(): Output<string> {
    return this.id;
  }

  /** SHA-256 over the DER, in lowercase hex, as `step certificate fingerprint` prints it. */
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
    return all([this.certificatePem, output(this.#declaredTime)]).apply(([pem, time]) =>
      of(
        time === undefined || time.withdrawn === true || hasFixedEnd(time)
          ? undefined
          : renewalTime(validityOf(pem), time.renewBefore),
      ),
    );
  }

  /** Reads a value from the certificate itself, on demand. */
  #fact(read: (certificate: X509Certificate) => string): Output<string> {
    return this.certificatePem.apply((pem) => read(readCertificate(pem)));
  }

  /** The values that a child needs from this certificate. */
  static wire(issuer: Certificate): WiredIssuer {
    if (issuer.key === undefined) {
      return ISSUER_WITHOUT_KEY;
    }
    return {
      problems: [],
      key: issuer.key,
      // Not one output over both: in a preview it would be unknown as a whole, but the subject is known.
      input: {
        ...{ certificatePem: issuer.certificatePem, subject: issuer.#subject },
        ...(issuer.#withdrawn === undefined ? {} : { withdrawn: issuer.#withdrawn }),
      },
      nameConstraints: issuer.#nameConstraints,
      chainPem: issuer.#chainOfChild,
      keyUsages: issuer.#keyUsages,
    };
  }
}

function declared(args: CertificateArgs): SaidCertificate {
  const { key, issuer, crossOf, profile, ...content } = args;
  const { subject, nameConstraints, notBefore, notAfter, renewBefore, withdrawn, adopt } = content;
  const wired =
    issuer === "external" ? wireAnswer(args.answerPem) : wireIssuer(issuer as Certificate | ExternalIssuer | undefined);
  const problems = [...checkCertificateArgumentNames(args), ...checkSubjectKey(args), ...wired.problems];
  return {
    properties: {
      ...content,
      profile: withDefault(profile, defaultProfile(args)),
      crossOf: crossOf instanceof Certificate ? crossOf.certificatePem : crossOf,
      publicKeyPem: args.publicKeyPem ?? (args.csrPem === undefined ? key?.publicKeyPem : undefined),
      subjectKeyUri: key?.givenUri ?? key?.uri,
      signingKey: signingReference(wired.key ?? key),
      issuer: wired.input && { ...wired.input, nameConstraints: wired.nameConstraints },
      certificatePem: undefined,
    },
    check: (plain) => [
      ...problems,
      ...checkCertificate(plain, currentTime()),
      ...(plain["withdrawn"] === true ? [] : checkSubjectInService(key)),
    ],
    pemInputs: PEM_INPUTS.certificate,
    ...{ key, subject, keyUsages: content.keyUsages, withdrawn },
    time: { notBefore, notAfter, renewBefore, withdrawn },
    nameConstraints: constraintsBelow(nameConstraints, aboveAdopted(adopt, wired.nameConstraints)),
    chain: (own) => all([own, wired.chainPem]).apply(([pem, above]) => pem + (above ?? "")),
    chainOfChild: (chain) => (issuer === undefined ? undefined : chain),
  };
}

/** The constraints above a certificate, with its own if it exists. */
function aboveAdopted(adopt: CertificateArgs["adopt"], above: ConstraintsAbove): ConstraintsAbove {
  return adopt === undefined ? above : constraintsTogether(constraintsInChain(adopt.certificatePem), above);
}

function found(state: CertificateState): SaidCertificate {
  const belowRoot = output(state.certificatePem).apply((text) => chainBelowRoot(text, "certificatePem"));
  return {
    properties: { certificatePem: state.certificatePem, declaration: DECLARED_ELSEWHERE },
    check: () => checkCertificateState(state),
    pemInputs: { certificatePem },
    ...{ key: state.key, subject: undefined, keyUsages: undefined, withdrawn: undefined, time: undefined },
    nameConstraints: constraintsInChain(state.certificatePem),
    chain: (own) => all([own, belowRoot]).apply(([pem, chain]) => chain ?? pem),
    chainOfChild: () => belowRoot,
  };
}

/** Wires a CA of this program or of another to what it signs. */
export function wireIssuer(issuer: Certificate | ExternalIssuer | undefined): WiredIssuer {
  if (issuer instanceof Certificate) {
    return Certificate.wire(issuer);
  }
  return issuer === undefined ? NO_ISSUER : wireExternalIssuer(issuer);
}
