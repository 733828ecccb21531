import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  log,
  output,
  type Output,
  type Resource,
} from "../../pulumi";
import { Certificate } from "../../resources/certificate";
import type { ExternalIssuer } from "../../resources/certificateArgs";
import { JwkProvisioner } from "../../resources/jwkProvisioner";
import { givenArgs } from "../../resources/knownInputs";
import { refusing } from "../../resources/turn";
import type { RotationArgs } from "../../rotation/rotation";
import type { JsonObject } from "../../stepca/jsonObject";
import type { Attestations } from "../../keySources/attestations";
import { AuthorityOwner } from "../../keySources/authorityOwner";
import { readRecordedResources } from "../../keySources/recordedResources";
import { authorityPlan } from "../plan";
import { requireAdoptable } from "./adoptionReadiness";
import type { CertificateAuthorityArgs } from "./authorityArgs";
import { checkAuthorityArgs } from "./authorityArgumentChecks";
import { type AuthorityRequest, requestOutputs, requireAnswered } from "./authorityRequests";
import { authorityCompromise, type Compromise } from "./authorityCompromise";
import { authorityCaConfig } from "./authorityCaConfig";
import { AuthorityLists, type AuthorityRevocationList, type DeclaredList } from "./authorityLists";
import { attestationsFrom, hideFromOutputs, NOTHING, outputsOf } from "./authorityOutputs";
import {
  type CertificateGeneration,
  certificateGenerations,
  type CrossCertificate,
  crossCertificateOutputs,
  type RootGeneration,
  rootGenerations,
} from "./authorityGenerations";
import { certificateOutputs } from "./certificateOutputs";
import { companionsOf, requireAttainable, whenKeysAreApart } from "./authorityKeyChecks";
import { authoritySettings } from "./authoritySettings";
import { AuthoritySshKeys, type SshKeyGeneration, sshKeyOutputs } from "./authoritySshKeys";
import type { AuthorityListArgs } from "./revocationArgs";
import { checkCertificateAuthority } from "./certificateAuthorityChecks";
import { announceCompromisedKeys } from "./compromisedKeys";
import { DeclaredAuthority } from "./declaredAuthority";
import { isExistingRoot, mayBeSubordinate, requireOwnKey } from "./existingRoot";
import { onceReady } from "./onceReady";
import { knownSettings } from "./knownSettings";
import { AUTHORITY_TYPE, requireRotatable } from "./rotationReadiness";
import { recordRun } from "./rotationRecord";
import { refuseArguments } from "./refusedArguments";

/**
 * A two-tier certificate authority with optional SSH CA keys, and the ca.json on which step-ca runs.
 *
 * All settings are checked before the first resource is registered. If any is wrong, the constructor fails with `INPUT_INVALID`
 * and lists all problems. With a `rotation` it declares the generations that exist at this moment. Outputs without a generation
 * are those of the active one.
 *
 * @example
 * ```ts
 * import * as pki from "pulumi-kms-pki";
 *
 * export const ca = new pki.CertificateAuthority("ca", { // kms-pki reads this output
 *   keys: new pki.SoftKeys({ directory: "keys" }),
 *   name: "Example",
 *   dnsNames: ["ca.example.com"],
 *   address: ":443",
 * });
 * ```
 */
export class CertificateAuthority extends ComponentResource {
  readonly #root: Certificate | ExternalIssuer | undefined;
  readonly #intermediate: Certificate | undefined;
  /** With `crl`: the revocation lists, to publish each one. Empty without. */
  readonly revocationLists: readonly DeclaredList[];
  /**
   * With an issuer elsewhere: the requests for the certificates of the intermediates, in the order of their generations. While the
   * first is not answered, there are no outputs about certificates, and no `caConfig`.
   */
  readonly requests: Output<AuthorityRequest[] | undefined>;
  /** URI of the root's key. Undefined with an issuer elsewhere, like everything about a root that is not in its answer. */
  declare readonly rootKey: Output<string>;
  /** The root's certificate, as PEM. */
  declare readonly rootCertificate: Output<string>;
  /** SHA-256 of the root's certificate in hex, for `step ca bootstrap --fingerprint`. */
  declare readonly rootFingerprint: Output<string>;
  /** RFC 3339: the instant from which `up` reissues the root. Undefined for a rotated or existing root. */
  declare readonly rootRenewalTime: Output<string | undefined>;
  /** Whether that instant had come at the last `up` or `refresh --run-program`. */
  declare readonly rootReadyForRenewal: Output<boolean | undefined>;
  /** URI of the intermediate's key. */
  declare readonly intermediateKey: Output<string>;
  /** The intermediate's certificate, as PEM. */
  declare readonly intermediateCertificate: Output<string>;
  /** RFC 3339: the instant from which `up` reissues the intermediate. Undefined for a rotated intermediate. */
  declare readonly intermediateRenewalTime: Output<string | undefined>;
  /** Whether that instant had come at the last `up` or `refresh --run-program`. */
  declare readonly intermediateReadyForRenewal: Output<boolean | undefined>;
  /** URI of the key that signs SSH user certificates. */
  declare readonly sshUserKey: Output<string | undefined>;
  /** Its public key, one line in OpenSSH's format. */
  declare readonly sshUserPublicKey: Output<string | undefined>;
  /** Its fingerprint, `SHA256:...`. */
  declare readonly sshUserFingerprint: Output<string | undefined>;
  /** URI of the key that signs SSH host certificates. */
  declare readonly sshHostKey: Output<string | undefined>;
  /** Its public key, one line in OpenSSH's format. */
  declare readonly sshHostPublicKey: Output<string | undefined>;
  /** Its fingerprint, `SHA256:...`. */
  declare readonly sshHostFingerprint: Output<string | undefined>;
  /** The content of the file that sshd's `TrustedUserCAKeys` names: one line for each generation. */
  declare readonly sshTrustedUserCaKeys: Output<string | undefined>;
  /** The `@cert-authority` lines of a client's `known_hosts`, one for each generation. */
  declare readonly sshCertAuthority: Output<string | undefined>;
  /** The ca.json of step-ca. `kms-pki export` writes it with absolute paths. */
  readonly caConfig: Output<JsonObject>;
  /** With a rotation: all roots, the active one first. */
  readonly roots: Output<RootGeneration[] | undefined>;
  /** With a rotation: all intermediates, the issuing one first. */
  readonly intermediates: Output<CertificateGeneration[] | undefined>;
  /** With a rotation: the cross certificates between roots. */
  readonly crossCertificates: Output<CrossCertificate[] | undefined>;
  /**
   * With a rotation or a subordinate CA: the certificates that step-ca serves, as PEM. The issuing intermediate comes first.
   */
  readonly intermediateBundle: Output<string | undefined>;
  /** With a rotation: all keys that sign SSH user certificates, the active one first. */
  readonly sshUserKeys: Output<SshKeyGeneration[] | undefined>;
  /** With a rotation: all keys that sign SSH host certificates, the active one first. */
  readonly sshHostKeys: Output<SshKeyGeneration[] | undefined>;
  /** The rotation, with the facts about an existing root, for `kms-pki status`. */
  readonly rotation: Output<RotationArgs | undefined>;
  /** With a rotation: RFC 3339, the last run that changed something. */
  readonly lastRun: Output<string | undefined>;
  /** With a rotation: the URIs of the keys that left the program and were not deleted. */
  readonly releasedKeys: Output<string[] | undefined>;
  /** With a rotation: the SHA-256 fingerprints of the roots that left the program, by which `kms-pki deploy` knows late hosts. */
  readonly formerRoots: Output<string[] | undefined>;
  /** What is compromised, and what you do now. Undefined if nothing is. */
  readonly compromise: Output<Compromise | undefined>;
  /** With `crl`: its settings, for `kms-pki plan`. */
  readonly crl: Output<AuthorityListArgs | undefined>;
  /** With `crl`: the revocation lists of its CAs. */
  readonly crls: Output<AuthorityRevocationList[] | undefined>;
  /** The hardware's attestations of its keys, by key. Undefined if all keys are in software. */
  readonly attestations: Output<Attestations | undefined>;

  constructor(name: string, args: CertificateAuthorityArgs, opts?: ComponentResourceOptions) {
    const given = givenArgs(args);
    refusing(() => {
      refuseArguments(name, checkAuthorityArgs(given));
    });
    const settings = authoritySettings(given);
    refusing(() => {
      refuseArguments(name, checkCertificateAuthority(knownSettings(settings)));
    });
    const plan = authorityPlan(name, settings, settings.now.getTime());
    const isFirstRoot = plan.roots.some(({ subject }) => subject === 0);
    const { sources, provisioner, protect } = settings;
    const waiting = [
      readRecordedResources(), // before this run records anything itself
      ...[sources.root?.ready, sources.intermediate.ready, sources.ssh?.ready],
      isFirstRoot ? requireOwnKey(settings.root) : undefined,
      requireAdoptable(name, settings, plan, opts),
      requireRotatable(name, settings, plan, opts),
      requireAttainable(name, settings, plan, opts),
    ];
    announceCompromisedKeys(settings, plan);
    super(AUTHORITY_TYPE, name, {}, onceReady(waiting, opts));
    plan.warnings.forEach((warning) => void log.warn(warning));

    const declared = new DeclaredAuthority(name, this, new AuthorityOwner(name, this, protect), settings, plan);
    const { isWaiting, isElsewhere } = plan;
    this.#root = isElsewhere ? undefined : declared.certificate(plan.root);
    this.#intermediate = isWaiting ? undefined : declared.made(plan.intermediate);
    this.requests = isElsewhere ? requestOutputs(plan, declared, settings) : NOTHING;
    Object.assign(this, certificateOutputs(plan, declared));
    const sshKeys = plan.ssh && new AuthoritySshKeys(plan.ssh, declared);
    Object.assign(this, sshKeyOutputs(sshKeys));
    // Protected even if the keys rotate, so a destroy meets it before the resources that it depends on.
    const dependsOn = companionsOf(settings) as unknown as Input<Resource[]>;
    const jwk = new JwkProvisioner(`${name}-provisioner`, { provisioner }, { parent: this, protect, dependsOn });
    const publicKeys = new Map<string, Input<string>>(declared.publicKeys);
    if (isExistingRoot(settings.root) && isFirstRoot) {
      publicKeys.set("root", settings.root.key.publicKeyPem);
    }
    this.caConfig = isWaiting
      ? (NOTHING as Output<never>)
      : whenKeysAreApart(publicKeys, authorityCaConfig(settings, { plan, declared, provisioner: jwk, sshKeys }));
    const isBundled =
      plan.isRotated || isElsewhere || (isExistingRoot(settings.root) && mayBeSubordinate(settings.root));
    this.intermediateBundle = isBundled && !isWaiting ? declared.bundle : NOTHING;
    this.rotation = settings.rotation === undefined ? NOTHING : output(settings.rotation);
    const { isRotated } = plan;
    const isGenerated = isRotated && !isWaiting;
    this.roots = isGenerated ? rootGenerations(plan, declared) : NOTHING;
    this.intermediates = isGenerated ? certificateGenerations(plan.intermediates, declared) : NOTHING;
    this.crossCertificates = isRotated ? crossCertificateOutputs(plan, declared) : NOTHING;
    this.sshUserKeys = (isRotated ? sshKeys?.generations("user") : undefined) ?? NOTHING;
    this.sshHostKeys = (isRotated ? sshKeys?.generations("host") : undefined) ?? NOTHING;
    const { crl, revoked } = settings;
    const lists = crl && new AuthorityLists(this, { crl, revoked }, plan.lists, declared);
    this.crl = crl === undefined ? NOTHING : output(crl);
    this.revocationLists = lists?.declared ?? [];
    this.crls = lists?.outputs ?? NOTHING;
    const run = isRotated
      ? recordRun(name, this, settings, plan, declared, this.roots, [
          ...declared.certificates,
          ...this.revocationLists.map(({ list }) => list),
          jwk,
        ])
      : undefined;
    this.lastRun = run?.lastRun ?? NOTHING;
    this.releasedKeys = run?.releasedKeys.apply((text) => JSON.parse(text) as string[]) ?? NOTHING;
    this.formerRoots = run?.formerRoots.apply((text = "[]") => JSON.parse(text) as string[]) ?? NOTHING;
    this.compromise = authorityCompromise(plan, declared, sshKeys);
    this.attestations = attestationsFrom(settings.sources);
    hideFromOutputs(this, ["revocationLists"]);
    this.registerOutputs(this.outputs);
  }

  /**
   * The root, to issue further certificates under it.
   *
   * @throws PkiError `ANSWER_MISSING` for an authority whose intermediate an issuer elsewhere signs
   */
  get root(): Certificate | ExternalIssuer {
    return requireAnswered(this.#root, "the root of this authority belongs to an issuer elsewhere");
  }

  /**
   * The intermediate, to issue further certificates under it.
   *
   * @throws PkiError `ANSWER_MISSING` while an issuer elsewhere has not answered
   */
  get intermediate(): Certificate {
    return requireAnswered(
      this.#intermediate,
      "the issuer elsewhere has not answered the request for the intermediate",
    );
  }

  /**
   * All outputs above except `root`, `intermediate` and `revocationLists`, by name. `export const ca = authority` exports them under one
   * name, and `export = authority.outputs` exports each under its own. `kms-pki` reads both.
   */
  get outputs(): Record<string, Output<unknown>> {
    return outputsOf(this);
  }
}
