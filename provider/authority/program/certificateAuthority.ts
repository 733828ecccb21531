import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  log,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { refuseProblems } from "../../words/problem";
import { Certificate } from "../../resources/certificate";
import type { ExternalIssuer } from "../../resources/certificateArgs";
import { JwkProvisioner } from "../../resources/jwkProvisioner";
import { refusing } from "../../resources/turn";
import type { RotationArgs } from "../../rotation/rotation";
import type { JsonObject } from "../../stepca/jsonObject";
import { fingerprintSha256, readCertificate } from "../../x509/certificate";
import { AuthorityOwner } from "../../keySources/authorityOwner";
import { readRecordedResources } from "../../keySources/recordedResources";
import { authorityPlan } from "../plan";
import { type CertificateAuthorityArgs, checkAuthorityArgs } from "./authorityArgs";
import { authorityCaConfig } from "./authorityCaConfig";
import {
  type CertificateGeneration,
  certificateGenerations,
  type CrossCertificate,
  crossCertificateOutputs,
  type RootGeneration,
  rootGenerations,
} from "./authorityGenerations";
import { companionsOf, requireAttainableKeys, whenKeysAreApart } from "./authorityKeyChecks";
import { authoritySettings } from "./authoritySettings";
import { AuthoritySshKeys, type SshKeyGeneration } from "./authoritySshKeys";
import { checkCertificateAuthority } from "./certificateAuthorityChecks";
import { DeclaredAuthority } from "./declaredAuthority";
import { isExistingRoot, mayBeSubordinate, requireOwnKey } from "./existingRoot";
import { AUTHORITY_TYPE, requireRotatable } from "./rotationReadiness";
import { recordRun } from "./rotationRecord";

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
 * const ca = new pki.CertificateAuthority("ca", {
 *   keys: new pki.SoftKeys({ directory: "keys" }),
 *   name: "Example",
 *   dnsNames: ["ca.example.com"],
 *   address: ":443",
 * });
 * export const caConfig = ca.caConfig;
 * ```
 */
export class CertificateAuthority extends ComponentResource {
  /** The root, to issue further certificates under it. */
  readonly root: Certificate | ExternalIssuer;
  /** The intermediate, to issue further certificates under it. */
  readonly intermediate: Certificate;
  /** URI of the root's key. */
  readonly rootKey: Output<string>;
  /** The root's certificate, as PEM. */
  readonly rootCertificate: Output<string>;
  /** SHA-256 of the root's certificate in hex, for `step ca bootstrap --fingerprint`. */
  readonly rootFingerprint: Output<string>;
  /** RFC 3339: the instant from which `up` reissues the root. Undefined for a rotated or existing root. */
  readonly rootRenewalTime: Output<string | undefined> | undefined;
  /** Whether that instant had come at the last `up` or `refresh --run-program`. */
  readonly rootReadyForRenewal: Output<boolean> | undefined;
  /** URI of the intermediate's key. */
  readonly intermediateKey: Output<string>;
  /** The intermediate's certificate, as PEM. */
  readonly intermediateCertificate: Output<string>;
  /** RFC 3339: the instant from which `up` reissues the intermediate. Undefined for a rotated intermediate. */
  readonly intermediateRenewalTime: Output<string | undefined> | undefined;
  /** Whether that instant had come at the last `up` or `refresh --run-program`. */
  readonly intermediateReadyForRenewal: Output<boolean> | undefined;
  /** URI of the key that signs SSH user certificates. */
  readonly sshUserKey: Output<string> | undefined;
  /** Its public key, one line in OpenSSH's format. */
  readonly sshUserPublicKey: Output<string> | undefined;
  /** Its fingerprint, `SHA256:...`. */
  readonly sshUserFingerprint: Output<string> | undefined;
  /** URI of the key that signs SSH host certificates. */
  readonly sshHostKey: Output<string> | undefined;
  /** Its public key, one line in OpenSSH's format. */
  readonly sshHostPublicKey: Output<string> | undefined;
  /** Its fingerprint, `SHA256:...`. */
  readonly sshHostFingerprint: Output<string> | undefined;
  /** The content of the file that sshd's `TrustedUserCAKeys` names: one line for each generation. */
  readonly sshTrustedUserCaKeys: Output<string> | undefined;
  /** The `@cert-authority` lines of a client's `known_hosts`, one for each generation. */
  readonly sshCertAuthority: Output<string> | undefined;
  /** The ca.json of step-ca. `kms-pki export` writes it with absolute paths. */
  readonly caConfig: Output<JsonObject>;
  /** With a rotation: all roots, the active one first. */
  readonly roots: Output<RootGeneration[]> | undefined;
  /** With a rotation: all intermediates, the one that issues first. */
  readonly intermediates: Output<CertificateGeneration[]> | undefined;
  /** With a rotation: the certificates by which roots trust each other. */
  readonly crossCertificates: Output<CrossCertificate[]> | undefined;
  /**
   * With a rotation or a subordinate CA: the certificates that step-ca serves, as PEM. The intermediate that issues comes first.
   */
  readonly intermediateBundle: Output<string> | undefined;
  /** With a rotation: all keys that sign SSH user certificates, the active one first. */
  readonly sshUserKeys: Output<SshKeyGeneration[]> | undefined;
  /** With a rotation: all keys that sign SSH host certificates, the active one first. */
  readonly sshHostKeys: Output<SshKeyGeneration[]> | undefined;
  /** The rotation, with the facts about an existing root, for `kms-pki status`. */
  readonly rotation: RotationArgs | undefined;
  /** With a rotation: RFC 3339, the last run that changed something. */
  readonly lastRun: Output<string> | undefined;
  /** With a rotation: the URIs of the keys that left the program and were not deleted. */
  readonly releasedKeys: Output<string[]> | undefined;

  constructor(name: string, args: CertificateAuthorityArgs, options?: ComponentResourceOptions) {
    refusing(() => {
      refuseProblems(`CertificateAuthority "${name}"`, checkAuthorityArgs(args));
    });
    const settings = authoritySettings(args);
    refusing(() => {
      refuseProblems(`CertificateAuthority "${name}"`, checkCertificateAuthority(settings));
    });
    const plan = authorityPlan(name, settings, settings.now.getTime());
    const isFirstRoot = plan.roots.some(({ subject }) => subject === 0);
    const { sources, provisioner, protect } = settings;
    const waiting = [
      readRecordedResources(), // before this run records anything itself
      ...[sources.root?.ready, sources.intermediate.ready, sources.ssh?.ready],
      isFirstRoot ? requireOwnKey(settings.root) : undefined,
      plan.isRotated ? requireRotatable(name, settings, plan, options) : undefined,
      requireAttainableKeys(name, settings, plan, options),
    ];
    super(AUTHORITY_TYPE, name, {}, onceReady(waiting, options));
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
    if (this.root instanceof Certificate && root.validity === undefined) {
      this.rootRenewalTime = this.root.renewalTime;
      this.rootReadyForRenewal = this.root.readyForRenewal;
    }
    if (intermediate.validity === undefined) {
      this.intermediateRenewalTime = this.intermediate.renewalTime;
      this.intermediateReadyForRenewal = this.intermediate.readyForRenewal;
    }

    const sshKeys = plan.ssh && new AuthoritySshKeys(plan.ssh, declared);
    if (sshKeys !== undefined) {
      // While the engine starts the provider, when the program has nothing else to do.
      this.urn.apply(() => setTimeout(() => void import("../../ssh/publicKey.js")));
      const [user, host] = [sshKeys.active("user"), sshKeys.active("host")];
      this.sshUserKey = sshKeys.uri("user");
      this.sshUserPublicKey = user.line;
      this.sshUserFingerprint = user.fingerprint;
      this.sshHostKey = sshKeys.uri("host");
      this.sshHostPublicKey = host.line;
      this.sshHostFingerprint = host.fingerprint;
      this.sshTrustedUserCaKeys = sshKeys.trustedUserCaKeys;
      this.sshCertAuthority = sshKeys.certAuthority;
    }
    // Protected, also where the keys are rotated: so a destroy meets it before what it depends on.
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
    if (plan.isRotated || (isExistingRoot(settings.root) && mayBeSubordinate(settings.root))) {
      this.intermediateBundle = declared.bundle;
    }
    this.rotation = settings.rotation;
    if (plan.isRotated) {
      this.roots = rootGenerations(plan, declared);
      this.intermediates = certificateGenerations(plan.intermediates, declared);
      this.crossCertificates = crossCertificateOutputs(plan, declared);
      this.sshUserKeys = sshKeys?.generations("user");
      this.sshHostKeys = sshKeys?.generations("host");
      const run = recordRun(name, this, settings, plan, declared, [...declared.certificates, jwk]);
      this.lastRun = run.lastRun;
      this.releasedKeys = run.releasedKeys.apply((text) => JSON.parse(text) as string[]);
    }
    this.registerOutputs();
  }
}

/** Has the engine hear of the authority only when all is known that must be known before. */
function onceReady(
  reasons: readonly (Promise<unknown> | undefined)[],
  options: ComponentResourceOptions = {},
): ComponentResourceOptions {
  const waiting = reasons.filter((reason) => reason !== undefined);
  if (waiting.length === 0) {
    return options;
  }
  // What depends on nothing, and takes its time.
  const ready = Promise.all(waiting).then((): Resource[] => []);
  return { ...options, dependsOn: [options.dependsOn ?? [], ready].flat() as Input<Resource>[] };
}
