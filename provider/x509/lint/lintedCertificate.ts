import { type KeyObject, X509Certificate } from "node:crypto";
import { MalformedError } from "./asn1Element";
import { readValue } from "./asn1Type";
import { type CertificateSyntax, certificateType, type LintedName } from "./certificateSyntax";
import { type ExtensionName, EXTENSIONS, type ExtensionValue, type KeyUsageBit } from "./extensionSyntax";

/** An extension as it stands in a certificate. */
export interface LintedExtension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

/** A certificate as the rules see it. */
export class LintedCertificate {
  /** What in the encoding is not DER. */
  readonly encodingFaults: readonly string[];
  /** Why known extensions cannot be read. */
  readonly syntaxFaults: readonly string[];
  readonly tbs: CertificateSyntax["tbsCertificate"]["value"];
  readonly signatureAlgorithm: CertificateSyntax["signatureAlgorithm"];
  readonly extensions: readonly LintedExtension[];
  readonly #values = new Map<string, unknown>();
  #node: X509Certificate | null | undefined;

  /**
   * Reads a certificate strictly.
   *
   * @param copiedNames names, as DER, that other certificates answer for
   * @throws MalformedError if it cannot be read at all
   */
  constructor(
    readonly der: Buffer,
    private readonly copiedNames: readonly Buffer[],
  ) {
    const encodingFaults: string[] = [];
    const syntaxFaults: string[] = [];
    const certificate = readValue(certificateType, der, "certificate", encodingFaults);
    this.tbs = certificate.tbsCertificate.value;
    this.signatureAlgorithm = certificate.signatureAlgorithm;
    this.extensions = this.tbs.extensions ?? [];
    for (const [name, { id, type }] of Object.entries(EXTENSIONS)) {
      const extension = this.extensions.find((each) => each.id === id);
      if (extension !== undefined) {
        try {
          this.#values.set(name, readValue<unknown>(type, extension.value, name, encodingFaults));
        } catch (error) {
          if (!(error instanceof MalformedError)) {
            throw error;
          }
          syntaxFaults.push(error.message);
        }
      }
    }
    this.encodingFaults = encodingFaults;
    this.syntaxFaults = syntaxFaults;
  }

  /** A known extension, whether or not its value can be read. */
  extension(name: ExtensionName): LintedExtension | undefined {
    return this.extensions.find(({ id }) => id === EXTENSIONS[name].id);
  }

  /** The value of a known extension; undefined if it is absent or cannot be read. */
  value<Name extends ExtensionName>(name: Name): ExtensionValue<Name> | undefined {
    return this.#values.get(name) as ExtensionValue<Name> | undefined;
  }

  get isCa(): boolean {
    return this.value("basicConstraints")?.cA === true;
  }

  get isSelfIssued(): boolean {
    return this.tbs.issuer.der.equals(this.tbs.subject.der);
  }

  get hasSubject(): boolean {
    return this.tbs.subject.value.length > 0;
  }

  /** The issuer and the subject, without what is copied from other certificates. */
  get ownNames(): readonly { readonly where: "issuer" | "subject"; readonly name: LintedName }[] {
    const { issuer, subject } = this.tbs;
    const names = [
      { where: "issuer", name: issuer },
      { where: "subject", name: subject },
    ] as const;
    return names.filter(({ name }) => !this.copiedNames.some((copied) => copied.equals(name.der)));
  }

  /** Whether the keyUsage extension allows a use. */
  mayBeUsedFor(bit: KeyUsageBit): boolean {
    return this.value("keyUsage")?.has(bit) === true;
  }

  /** The public key; undefined if OpenSSL cannot use it. */
  get publicKey(): KeyObject | undefined {
    try {
      return this.#openssl?.publicKey;
    } catch {
      return undefined;
    }
  }

  /** Whether its own key signed it. */
  get isSelfSigned(): boolean {
    const { publicKey } = this;
    return this.isSelfIssued && publicKey !== undefined && this.#openssl?.verify(publicKey) === true;
  }

  get #openssl(): X509Certificate | undefined {
    if (this.#node === undefined) {
      try {
        this.#node = new X509Certificate(this.der);
      } catch {
        this.#node = null;
      }
    }
    return this.#node ?? undefined;
  }
}
