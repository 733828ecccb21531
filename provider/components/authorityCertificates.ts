import { all, type ComponentResource, output, type Output } from "@pulumi/pulumi";
import { Certificate } from "../resources/certificate";
import type { CertificateArgs, ExternalIssuer } from "../resources/certificateArgs";
import type { AuthorityState } from "../rotation/authorityState";
import { type AuthorityCertificate, intermediateName, rootName } from "../rotation/certificates";
import type { AuthorityKeys } from "./authorityKeys";
import { type AuthoritySettings, rotationOf, sourceOf } from "./authoritySettings";
import { isExistingRoot, partsOf } from "./existingRoot";
import { generationSubject } from "./generationSubject";

/**
 * The beginning of what is valid as long as its issuer: a certificate never begins earlier than that. RFC 5280 knows no
 * earlier instant that every reader understands.
 */
const WITH_ITS_ISSUER = "1950-01-01T00:00:00Z";

/** The certificates of an authority, by the names of the rotation. */
export class AuthorityCertificates {
  readonly #name: string;
  readonly #resource: ComponentResource;
  readonly #settings: AuthoritySettings;
  readonly #state: AuthorityState;
  readonly #keys: AuthorityKeys;
  readonly #certificates = new Map<string, Certificate | ExternalIssuer>();

  constructor(
    name: string,
    resource: ComponentResource,
    settings: AuthoritySettings,
    state: AuthorityState,
    keys: AuthorityKeys,
  ) {
    this.#name = name;
    this.#resource = resource;
    this.#settings = settings;
    this.#state = state;
    this.#keys = keys;
  }

  /** Declares the certificates of a kind that exist. Their issuers must be declared, and their keys. */
  declare(kind: AuthorityCertificate["kind"]): void {
    for (const certificate of this.#state.certificates.filter((each) => each.kind === kind)) {
      this.#certificates.set(certificate.name, this.#declareOne(certificate));
    }
    if (kind !== "cross") {
      this.#store(kind);
    }
  }

  /** A root that was declared, or one that exists. */
  root(generation: number): Certificate | ExternalIssuer {
    return this.#get(rootName(generation));
  }

  /** An intermediate that was declared. */
  intermediate(generation: number, root: number): Certificate {
    const certificate = this.#get(intermediateName(generation, root));
    if (!(certificate instanceof Certificate)) {
      throw new Error("an intermediate is always declared"); // cannot be
    }
    return certificate;
  }

  /** Whether the rotation says when a certificate ends. */
  isScheduled(name: string): boolean {
    return this.#state.certificates.some(
      (certificate) => certificate.name === name && certificate.notAfter !== undefined,
    );
  }

  /** What was declared by this program, for what depends on it. */
  get declared(): Certificate[] {
    return [...this.#certificates.values()].filter((certificate) => certificate instanceof Certificate);
  }

  /** A certificate as PEM, by its name: of a CA that exists, the root above it. */
  pem(name: string): Output<string> {
    const certificate = this.#get(name);
    return certificate instanceof Certificate
      ? certificate.certificatePem
      : output(certificate.certificatePem).apply((pem) => partsOf(pem).root);
  }

  /** Several, one after the other, and what stands between a CA that exists and its root. */
  bundle(names: readonly string[]): Output<string> {
    return all([...names.map((name) => this.pem(name)), this.#shownAbove]).apply((pems) =>
      pems.map((pem) => (pem === undefined ? "" : withNewline(pem))).join(""),
    );
  }

  /** What step-ca shows above the intermediate that issues: nothing, unless its issuer is a CA with others above it. */
  get #shownAbove(): Output<string | undefined> {
    const { root } = this.#settings;
    const isIssuer = this.#state.certificates.some(({ kind, issuer }) => kind === "intermediate" && issuer === 0);
    return output(isIssuer && isExistingRoot(root) ? root.certificatePem : undefined).apply((pem) =>
      pem === undefined ? undefined : partsOf(pem).shown,
    );
  }

  #get(name: string): Certificate | ExternalIssuer {
    const certificate = this.#certificates.get(name);
    if (certificate === undefined) {
      throw new Error(`no certificate ${name}`); // cannot be: the state names what exists
    }
    return certificate;
  }

  #declareOne(certificate: AuthorityCertificate): Certificate | ExternalIssuer {
    const { root } = this.#settings;
    if (certificate.kind === "root" && certificate.subject === 0 && isExistingRoot(root)) {
      return root;
    }
    const options = { parent: this.#resource, protect: this.#isProtected(certificate) };
    return new Certificate(`${this.#name}-${certificate.name}`, this.#argsOf(certificate), options);
  }

  #argsOf(certificate: AuthorityCertificate): CertificateArgs {
    const { kind, subject, issuer, pathLength } = certificate;
    const time = timeOf(certificate);
    if (kind === "cross") {
      const crossed = this.root(subject);
      const crossOf = crossed instanceof Certificate ? crossed : crossed.certificatePem;
      return { crossOf, issuer: this.root(issuer), ...time };
    }
    const given = kind === "root" ? this.#settings.madeRoot : this.#settings.intermediate;
    const { validity: _validity, renewBefore: _renewBefore, ...said } = given;
    const name = generationSubject(given.subject, subject);
    return {
      ...(time === undefined ? given : { ...said, ...time }),
      ...(name === undefined ? {} : { subject: name }),
      ...(pathLength === undefined || time === undefined ? {} : { pathLength }),
      ...(kind === "root" ? {} : { issuer: this.root(issuer) }),
      key: this.#keys.get(kind, subject),
    };
  }

  /** What is rotated must be able to go. */
  #isProtected({ kind }: AuthorityCertificate): boolean {
    const { root, intermediate } = rotationOf(this.#settings).schedules;
    return this.#settings.protect && root === undefined && (kind === "root" || intermediate === undefined);
  }

  /** Where certificates are stored beside their keys: of an intermediate with several, the one under the active root. */
  #store(part: "root" | "intermediate"): void {
    const source = sourceOf(this.#settings, part);
    const active = this.#state.generations.root.find(({ state }) => state === "active")?.number;
    for (const { number } of this.#state.generations[part]) {
      const own = this.#state.certificates.filter(({ kind, subject }) => kind === part && subject === number);
      const chosen = own.find(({ issuer }) => issuer === active) ?? own[0];
      const certificate = chosen === undefined ? undefined : this.#get(chosen.name);
      if (certificate instanceof Certificate) {
        source.storeCertificate?.(this.#keys.declaration(part, number), this.#keys.get(part, number), certificate);
      }
    }
  }
}

/**
 * When a certificate begins and ends; undefined when the program says it. Generation 0 may be issued before its
 * scheduled beginning: its root begins when it is issued, its intermediate with that.
 */
function timeOf(certificate: AuthorityCertificate): { notBefore?: string; notAfter: string } | undefined {
  const { kind, subject, issuer, notBefore, notAfter } = certificate;
  if (notBefore === undefined || notAfter === undefined) {
    return undefined;
  }
  if (subject === 0 && issuer === 0) {
    return kind === "root" ? { notAfter } : { notBefore: WITH_ITS_ISSUER, notAfter };
  }
  return { notBefore, notAfter };
}

function withNewline(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}
