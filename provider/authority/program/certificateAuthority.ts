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
import { fingerprintSha256, readCertificate } from "../../x509/certificate";
import type { Attestations } from "../../keySources/attestations";
import { AuthorityOwner } from "../../keySources/authorityOwner";
import { readRecordedResources } from "../../keySources/recordedResources";
import { authorityPlan } from "../plan";
import { requireAdoptable } from "./adoptionReadiness";
import { type CertificateAuthorityArgs, checkAuthorityArgs } from "./authorityArgs";
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
import { companionsOf, requireAttainable, whenKeysAreApart } from "./authorityKeyChecks";
import { authoritySettings } from "./authoritySettings";
import { AuthoritySshKeys, type SshKeyGeneration } from "./authoritySshKeys";
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
  /** The root, to issue further certificates under it. */
  readonly root: Certificate | ExternalIssuer;
  /** The intermediate, to issue further certificates under it. */
  readonly intermediate: Certificate;
  /** With `crl`: the revocation lists, to publish each one. Empty without. */
  readonly revocationLists: readonly DeclaredList[];
  /** URI of the root's key. */
  readonly rootKey: Output<string>;
  /** The root's certificate, as PEM. */
  readonly rootCertificate: Output<string>;
  /** SHA-256 of the root's certificate in hex, for `step ca bootstrap --fingerprint`. */
  readonly rootFingerprint: Output<string>;
  /** RFC 3339: the instant from which `up` reissues the root. Undefined for a rotated or existing root. */
  readonly rootRenewalTime: Output<string | undefined>;
  /** Whether that instant had come at the last `up` or `refresh --run-program`. */
  readonly rootReadyForRenewal: Output<boolean | undefined>;
  /** URI of the intermediate's key. */
  readonly intermediateKey: Output<string>;
  /** The intermediate's certificate, as PEM. */
  readonly intermediateCertificate: Output<string>;
  /** RFC 3339: the instant from which `up` reissues the intermediate. Undefined for a rotated intermediate. */
  readonly intermediateRenewalTime: Output<string | undefined>;
  /** Whether that instant had come at the last `up` or `refresh --run-program`. */
  readonly intermediateReadyForRenewal: Output<boolean | undefined>;
  /** URI of the key that signs SSH user certificates. */
  readonly sshUserKey: Output<string | undefined>;
  /** Its public key, one line in OpenSSH's format. */
  readonly sshUserPublicKey: Output<string | undefined>;
  /** Its fingerprint, `SHA256:...`. */
  readonly sshUserFingerprint: Output<string | undefined>;
  /** URI of the key that signs SSH host certificates. */
  readonly sshHostKey: Output<string | undefined>;
  /** Its public key, one line in OpenSSH's format. */
  readonly sshHostPublicKey: Output<string | undefined>;
  /** Its fingerprint, `SHA256:...`. */
  readonly sshHostFingerprint: Output<string | undefined>;
  /** The content of the file that sshd's `TrustedUserCAKeys` names: one line for each generation. */
  readonly sshTrustedUserCaKeys: Output<string | undefined>;
  /** The `@cert-authority` lines of a client's `known_hosts`, one for each generation. */
  readonly sshCertAuthority: Output<string | undefined>;
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
    for (const warning of plan.warnings) {
      void log.warn(warning);
    }

    const declared = new DeclaredAuthority(name, this, new AuthorityOwner(name, this, protect), settings, plan);
    const { root, intermediate } = plan;
    this.root = declared.certificate(root);
    this.intermediate = declared.made(intermediate);
    this.rootKey = declared.keyUri(root);
    this.rootCertificate = declared.pem(root);
    this.rootFingerprint = this.rootCertificate.apply((pem) => fingerprintSha256(readCertificate(pem)));
    this.intermediateKey = declared.keyUri(intermediate);
    this.intermediateCertificate = this.intermediate.certificatePem;
    const renewedRoot = this.root instanceof Certificate && root.validity === undefined ? this.root : undefined;
    this.rootRenewalTime = renewedRoot?.renewalTime ?? NOTHING;
    this.rootReadyForRenewal = renewedRoot?.readyForRenewal ?? NOTHING;
    const renewed = intermediate.validity === undefined ? this.intermediate : undefined;
    this.intermediateRenewalTime = renewed?.renewalTime ?? NOTHING;
    this.intermediateReadyForRenewal = renewed?.readyForRenewal ?? NOTHING;

    const sshKeys = plan.ssh && new AuthoritySshKeys(plan.ssh, declared);
    if (sshKeys !== undefined) {
      // While the engine starts the provider, because the program has nothing else to do.
      this.urn.apply(() => setTimeout(() => void import("../../ssh/publicKey.js")));
    }
    const [user, host] = [sshKeys?.active("user"), sshKeys?.active("host")];
    this.sshUserKey = sshKeys?.uri("user") ?? NOTHING;
    this.sshUserPublicKey = user?.line ?? NOTHING;
    this.sshUserFingerprint = user?.fingerprint ?? NOTHING;
    this.sshHostKey = sshKeys?.uri("host") ?? NOTHING;
    this.sshHostPublicKey = host?.line ?? NOTHING;
    this.sshHostFingerprint = host?.fingerprint ?? NOTHING;
    this.sshTrustedUserCaKeys = sshKeys?.trustedUserCaKeys ?? NOTHING;
    this.sshCertAuthority = sshKeys?.certAuthority ?? NOTHING;
    // Protected even if the keys rotate, so a destroy meets it before the resources that it depends on.
    const dependsOn = companionsOf(settings) as unknown as Input<Resource[]>;
    const jwk = new JwkProvisioner(`${name}-provisioner`, { provisioner }, { parent: this, protect, dependsOn });
    const publicKeys = new Map<string, Input<string>>(declared.publicKeys);
    if (isExistingRoot(settings.root) && isFirstRoot) {
      publicKeys.set("root", settings.root.key.publicKeyPem);
    }
    this.caConfig = whenKeysAreApart(
      publicKeys,
      authorityCaConfig(settings, { plan, declared, provisioner: jwk, sshKeys }),
    );
    const isBundled = plan.isRotated || (isExistingRoot(settings.root) && mayBeSubordinate(settings.root));
    this.intermediateBundle = isBundled ? declared.bundle : NOTHING;
    this.rotation = settings.rotation === undefined ? NOTHING : output(settings.rotation);
    const { isRotated } = plan;
    this.roots = isRotated ? rootGenerations(plan, declared) : NOTHING;
    this.intermediates = isRotated ? certificateGenerations(plan.intermediates, declared) : NOTHING;
    this.crossCertificates = isRotated ? crossCertificateOutputs(plan, declared) : NOTHING;
    this.sshUserKeys = (isRotated ? sshKeys?.generations("user") : undefined) ?? NOTHING;
    this.sshHostKeys = (isRotated ? sshKeys?.generations("host") : undefined) ?? NOTHING;
    const { crl, revoked } = settings;
    const lists = crl && new AuthorityLists(this, { crl, revoked }, plan.lists, declared);
    this.crl = crl === undefined ? NOTHING : output(crl);
    this.revocationLists = lists?.declared ?? [];
    this.crls = lists?.outputs ?? NOTHING;
    const run = isRotated
      ? recordRun(name, this, settings, plan, declared, [
          ...declared.certificates,
          ...this.revocationLists.map(({ list }) => list),
          jwk,
        ])
      : undefined;
    this.lastRun = run?.lastRun ?? NOTHING;
    this.releasedKeys = run?.releasedKeys.apply((text) => JSON.parse(text) as string[]) ?? NOTHING;
    this.compromise = authorityCompromise(plan, declared, sshKeys);
    this.attestations = attestationsFrom(settings.sources);
    hideFromOutputs(this, ["root", "intermediate", "revocationLists"]);
    this.registerOutputs(this.outputs);
  }

  /**
   * All outputs above except `root`, `intermediate` and `revocationLists`, by name. `export const ca = authority` exports them under one
   * name, and `export = authority.outputs` exports each under its own. `kms-pki` reads both.
   */
  get outputs(): Record<string, Output<unknown>> {
    return outputsOf(this);
  }
}
