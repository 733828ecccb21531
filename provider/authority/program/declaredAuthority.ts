import { all, type ComponentResource, output, type Output, type Resource } from "../../pulumi";
import { Certificate } from "../../resources/certificate";
import type { CertificateArgs, ExternalIssuer } from "../../resources/certificateArgs";
import { markCompromised, type SigningKey } from "../../resources/signingKey";
import { rootName } from "../../rotation/certificates";
import type { KeyOwner } from "../../keySources/authorityOwner";
import type { KeyDeclaration } from "../../keySources/keySource";
import { pathPartsOf } from "../existingRootFacts";
import type { KeyName } from "../keyNames";
import type { AuthorityPlan } from "../plan";
import { listCovering } from "../plannedList";
import { copiedSubject } from "./copiedSubject";
import { listUrl } from "./listUrl";
import { derived } from "../../resources/knownInputs";
import type { PlannedCertificate } from "../plannedCertificate";
import type { AuthorityKey } from "../plannedKey";
import type { AuthorityCertificateArgs } from "./authorityArgs";
import { type AuthoritySettings, sourceOf } from "./authoritySettings";
import { isExistingRoot } from "./existingRoot";
import { ExternalIntermediates } from "./externalIntermediates";
import { adoptionOf } from "./adoptedFacts";
import { generationSubject } from "./generationSubject";

/** The keys and certificates of a plan as resources. */
export class DeclaredAuthority {
  readonly #name: string;
  readonly #resource: ComponentResource;
  readonly #owner: KeyOwner;
  readonly #settings: AuthoritySettings;
  readonly #plan: AuthorityPlan;
  readonly #keys = new Map<KeyName, SigningKey>();
  readonly #certificates = new Map<string, Certificate | ExternalIssuer>();
  /** The intermediates that an issuer elsewhere signs. */
  readonly external: ExternalIntermediates;

  /** Declares all of them. */
  constructor(
    name: string,
    resource: ComponentResource,
    owner: KeyOwner,
    settings: AuthoritySettings,
    plan: AuthorityPlan,
  ) {
    this.#name = name;
    this.#resource = resource;
    this.#owner = owner;
    this.#settings = settings;
    this.#plan = plan;
    this.external = new ExternalIntermediates(settings);
    for (const each of plan.declared) {
      if ("keyName" in each) {
        const key = sourceOf(settings, each.part).declareKey(this.#declaration(each));
        if (each.state === "compromised") {
          markCompromised(key);
        }
        this.#keys.set(each.keyName, key);
        const request = plan.requests.find((planned) => planned.key.keyName === each.keyName);
        if (request !== undefined) {
          this.external.declareRequest(request, key, resource);
        }
      } else {
        this.#certificates.set(each.name, this.#declareCertificate(each));
      }
    }
    for (const { key, certificates } of plan.stored) {
      // A certificate of a compromised key is empty if it was withdrawn before it was issued. The issued one may be gone.
      const issued = all(certificates.map((each) => this.pem(each))).apply(
        (pems) => pems.find((pem) => pem !== "") ?? "",
      );
      sourceOf(settings, key.part).storeCertificate?.(this.#declaration(key), this.key(key), issued);
    }
  }

  /** The keys, by name. */
  get keys(): ReadonlyMap<KeyName, SigningKey> {
    return this.#keys;
  }

  /** The public keys, by name. */
  get publicKeys(): [KeyName, SigningKey["publicKeyPem"]][] {
    return [...this.#keys].map(([name, { publicKeyPem }]) => [name, publicKeyPem]);
  }

  /** The certificates and requests that were made, for resources that depend on them. */
  get certificates(): Resource[] {
    const certificates = [...this.#certificates.values()].filter((each) => each instanceof Certificate);
    return [...certificates, ...this.external.requests];
  }

  key({ keyName }: AuthorityKey): SigningKey {
    return required(this.#keys.get(keyName));
  }

  /** A certificate that was made; an intermediate always is. */
  made(planned: PlannedCertificate): Certificate {
    const certificate = this.certificate(planned);
    return required(certificate instanceof Certificate ? certificate : undefined);
  }

  certificate({ name }: Pick<PlannedCertificate, "name">): Certificate | ExternalIssuer {
    return required(this.#certificates.get(name));
  }

  /** URI of the key that a certificate certifies. */
  keyUri(certificate: PlannedCertificate): Output<string> {
    const { key } = certificate;
    return output(key === undefined ? (this.certificate(certificate).key?.uri ?? "") : this.key(key).uri);
  }

  /** A certificate as PEM; for an existing CA, the root above it. */
  pem(certificate: PlannedCertificate): Output<string> {
    if (this.#isElsewhere(certificate)) {
      return this.roots.apply(([first = ""]) => first);
    }
    const declared = this.certificate(certificate);
    return declared instanceof Certificate
      ? declared.certificatePem
      : output(declared.certificatePem).apply((pem) => pathPartsOf(pem).root);
  }

  /**
   * The certificates that step-ca shows: the issuing intermediate and its bundle, and the certificates between an
   * existing CA and its root.
   */
  get bundle(): Output<string> {
    const { crt, intermediate } = this.#plan;
    if (this.#settings.answers !== undefined) {
      return all(crt.map((each) => this.pem(each)))
        .apply((own) => own.slice(1).map(withNewline).join(""))
        .apply((others) => this.made(intermediate).chainPem.apply((chain) => chain + others));
    }
    return all([...crt.map((each) => this.pem(each)), this.#shownAbove]).apply((pems) =>
      pems.map((pem) => (pem === undefined ? "" : withNewline(pem))).join(""),
    );
  }

  /** The certificates between an existing CA and its root; undefined if there are none. */
  get #shownAbove(): Output<string | undefined> {
    const { root } = this.#settings;
    const isIssuer = this.#plan.intermediates.some(({ issuer }) => issuer === 0);
    return output(isIssuer && isExistingRoot(root) ? root.certificatePem : undefined).apply((pem) =>
      pem === undefined ? undefined : pathPartsOf(pem).shown,
    );
  }

  /** All roots as PEM, in order. An issuer elsewhere may have answered under several. */
  get roots(): Output<string[]> {
    return this.#settings.answers === undefined
      ? all(this.#plan.roots.map((root) => this.pem(root)))
      : this.external.rootsOf(this.#plan.intermediates);
  }

  /** Whether a certificate belongs to an issuer elsewhere, and is no resource of the program. */
  #isElsewhere({ kind }: PlannedCertificate): boolean {
    return kind === "root" && this.#settings.answers !== undefined;
  }

  #declaration(key: AuthorityKey): KeyDeclaration {
    const { part: _part, number: _number, state: _state, ...planned } = key;
    return { ...planned, authority: this.#name, parent: this.#resource, owner: this.#owner };
  }

  #declareCertificate(planned: PlannedCertificate): Certificate | ExternalIssuer {
    const [{ root }, { kind, key, resource, protect }] = [this.#settings, planned];
    if (kind === "root" && key === undefined && isExistingRoot(root)) {
      return root;
    }
    const args =
      this.#settings.answers === undefined
        ? this.#argsOf(planned)
        : this.external.argsOf(planned, this.key(required(key)));
    return new Certificate(resource, args, { parent: this.#resource, protect });
  }

  #argsOf(planned: PlannedCertificate): CertificateArgs {
    return {
      ...this.#contentOf(planned),
      ...(planned.mayBeginEarlier ? { mayBeginEarlier: true } : {}),
      ...(planned.withdrawn ? { withdrawn: true } : {}),
    };
  }

  #contentOf(planned: PlannedCertificate): CertificateArgs {
    const { kind, subject, issuer, pathLength, validity: scheduled, key } = planned;
    if (kind === "cross") {
      const crossed = this.#root(subject);
      const crossOf = crossed instanceof Certificate ? crossed : crossed.certificatePem;
      const said = { ...constraintsOf(this.#settings.madeRoot), ...this.#distributionPoints(planned, undefined) };
      return { crossOf, issuer: this.#root(issuer), ...said, ...scheduled };
    }
    const given = kind === "root" ? this.#settings.madeRoot : this.#settings.intermediate;
    const { validity, renewBefore, adopt: _adopt, ...said } = given;
    return {
      ...said,
      ...(scheduled ?? { validity, renewBefore }),
      ...(subject === 0 && issuer === 0 ? adoptionOf(kind, this.#settings) : this.#sameSubject(planned)),
      subject: generationSubject(given.subject, subject),
      ...(pathLength === undefined || scheduled === undefined ? {} : { pathLength }),
      issuer: kind === "root" ? undefined : this.#root(issuer),
      key: this.key(required(key)),
      ...this.#distributionPoints(planned, given.crlDistributionPoints),
    };
  }

  /** What a further certificate of an intermediate takes from the first. */
  #sameSubject({ kind, subject }: PlannedCertificate): Pick<CertificateArgs, "sameSubjectAs"> {
    const first = this.#plan.declared.find((each) => "kind" in each && each.kind === kind && each.subject === subject);
    const other = first && this.#certificates.get(first.name);
    return kind === "intermediate" && other instanceof Certificate
      ? { sameSubjectAs: copiedSubject(other, generationSubject(this.#settings.intermediate.subject, subject)) }
      : {};
  }

  /** The places of the lists that cover a certificate: that of its issuer's, and those that the program gives. */
  #distributionPoints(
    planned: PlannedCertificate,
    given: CertificateArgs["crlDistributionPoints"],
  ): Pick<CertificateArgs, "crlDistributionPoints"> {
    const [{ crl }, list] = [this.#settings, listCovering(this.#plan.lists, planned)];
    return crl === undefined || list === undefined
      ? {}
      : {
          crlDistributionPoints: derived({ own: listUrl(crl, list), given }, (known) => [
            known.own,
            ...(known.given ?? []),
          ]),
        };
  }

  #root(generation: number): Certificate | ExternalIssuer {
    return this.certificate({ name: rootName(generation) });
  }
}

/** What a root says of the certificates below it, and a cross certificate in its place must say, too. */
function constraintsOf(root: AuthorityCertificateArgs): CertificateArgs {
  const { nameConstraints, policies, policyConstraints, inhibitAnyPolicy } = root;
  return { nameConstraints, policies, policyConstraints, inhibitAnyPolicy };
}

function required<Value>(found: Value | undefined): Value {
  if (found === undefined) {
    throw new Error("the plan names something that was not declared before"); // impossible
  }
  return found;
}

function withNewline(pem: string): string {
  return pem.endsWith("\n") ? pem : `${pem}\n`;
}
