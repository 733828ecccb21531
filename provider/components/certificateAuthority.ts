import {
  all,
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  output,
  type Output,
  type Resource,
} from "@pulumi/pulumi";
import { refuseProblems } from "../inputs/problem";
import { type Algorithm, DEFAULT_ALGORITHM, sshAlgorithm } from "../kms/algorithms";
import { Certificate } from "../resources/certificate";
import type { CertificateArgs } from "../resources/certificateArgs";
import { JwkProvisioner } from "../resources/jwkProvisioner";
import type { SigningKey } from "../resources/signingKey";
import { refusing } from "../resources/turn";
import type { SshPublicKey } from "../ssh/publicKey";
import { certAuthorityLine, trustedUserCaKeys } from "../ssh/trustLines";
import { caConfig, type CaConfigParts, type JsonObject } from "../stepca/config";
import { acmeProvisioner, jwkProvisioner, sshpopProvisioner } from "../stepca/provisioners";
import { checkCertificateAuthority } from "./certificateAuthorityChecks";
import type { KeyRole, KeySource } from "./keySource";

/** What can be said of the root or the intermediate. */
export type AuthorityCertificateArgs = Pick<CertificateArgs, "subject" | "validity" | "pathLength" | "renewBefore">;

/** The sources of an authority's keys, when they are not all the same. */
export interface KeySources {
  root: KeySource;
  /** Also the `kms` block of ca.json: step-ca uses this key. */
  intermediate: KeySource;
  /** The SSH keys' source; that of the intermediate by default, with which it shares step-ca's `kms` block. */
  ssh?: KeySource;
}

/** The settings of a {@link CertificateAuthority}. */
export interface CertificateAuthorityArgs {
  /** Where the keys come from: one source for all, or one each. */
  keys: KeySource | KeySources;
  /** The algorithm of all keys, but that SSH keys sign with PKCS#1 v1.5 where it says PSS. Default `ECDSA_P256`. A change replaces keys and certificates. */
  algorithm?: Algorithm;
  /** The authority's name: the common names are `<name> Root` and `<name> Intermediate`. Default `Smallstep`. */
  name?: string;
  /** The root: subject, validity (ten years), path length (1), when it is renewed (at its end). */
  root?: AuthorityCertificateArgs;
  /** The intermediate: subject, validity (ten years, cut to the root's end), path length (0), when it is renewed. */
  intermediate?: AuthorityCertificateArgs;
  /** Whether there are SSH CA keys, one for users and one for hosts. Default true. */
  ssh?: boolean;
  /** The names that step-ca serves under. Default `localhost` and `127.0.0.1`. */
  dnsNames?: string[];
  /** The address that step-ca listens on. Default `127.0.0.1:9443`. */
  address?: string;
  /** The name of the JWK provisioner. Default `admin`. */
  provisioner?: string;
  /** Whether there is an ACME provisioner. Default false. */
  acme?: boolean;
  /** Whether there is an SSHPOP provisioner, by which hosts renew their SSH certificates. Default false. */
  sshpop?: boolean;
  /** `authority.claims` of ca.json: lifetimes and switches. */
  claims?: Input<JsonObject>;
  /** Any further field of ca.json. Objects are merged, anything else replaces what stands there. */
  caConfig?: Input<JsonObject>;
  /**
   * Whether the engine refuses to delete or replace keys, certificates and the provisioner's key (Pulumi's `protect`).
   * Default true.
   */
  deletionProtection?: boolean;
}

const KEY_RESOURCES: Readonly<Record<KeyRole, string>> = {
  root: "root-key",
  intermediate: "intermediate-key",
  "ssh-user-key": "ssh-user-key",
  "ssh-host-key": "ssh-host-key",
};

/**
 * A two-tier certificate authority with optional SSH CA keys, and the ca.json on which step-ca runs.
 *
 * All settings are checked before the first resource is registered; the constructor fails with `INPUT_INVALID` and
 * everything that is wrong.
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
  readonly root: Certificate;
  /** The intermediate, to issue further certificates under it. */
  readonly intermediate: Certificate;
  /** URI of the root's key. */
  readonly rootKey: Output<string>;
  /** The root's certificate, as PEM. */
  readonly rootCertificate: Output<string>;
  /** SHA-256 of the root's certificate in hex, for `step ca bootstrap --fingerprint`. */
  readonly rootFingerprint: Output<string>;
  /** RFC 3339: the instant from which `up` issues the root anew. */
  readonly rootRenewalTime: Output<string | undefined>;
  /** Whether that has come, as the last `up` or `refresh --run-program` saw it. */
  readonly rootReadyForRenewal: Output<boolean>;
  /** URI of the intermediate's key. */
  readonly intermediateKey: Output<string>;
  /** The intermediate's certificate, as PEM. */
  readonly intermediateCertificate: Output<string>;
  /** RFC 3339: the instant from which `up` issues the intermediate anew. */
  readonly intermediateRenewalTime: Output<string | undefined>;
  /** Whether that has come, as the last `up` or `refresh --run-program` saw it. */
  readonly intermediateReadyForRenewal: Output<boolean>;
  /** URI of the key that signs SSH user certificates. */
  readonly sshUserKey: Output<string> | undefined;
  /** Its public half, one line as OpenSSH writes it. */
  readonly sshUserPublicKey: Output<string> | undefined;
  /** Its fingerprint, `SHA256:...`. */
  readonly sshUserFingerprint: Output<string> | undefined;
  /** URI of the key that signs SSH host certificates. */
  readonly sshHostKey: Output<string> | undefined;
  /** Its public half, one line as OpenSSH writes it. */
  readonly sshHostPublicKey: Output<string> | undefined;
  /** Its fingerprint, `SHA256:...`. */
  readonly sshHostFingerprint: Output<string> | undefined;
  /** The content of the file that sshd's `TrustedUserCAKeys` names. */
  readonly sshTrustedUserCaKeys: Output<string> | undefined;
  /** The `@cert-authority` line of a client's `known_hosts`. */
  readonly sshCertAuthority: Output<string> | undefined;
  /** The ca.json of step-ca. `kms-pki export` writes it with absolute paths. */
  readonly caConfig: Output<JsonObject>;

  constructor(name: string, args: CertificateAuthorityArgs, options?: ComponentResourceOptions) {
    const {
      algorithm = DEFAULT_ALGORITHM,
      name: authority = "Smallstep",
      ssh = true,
      dnsNames = ["localhost", "127.0.0.1"],
      address = "127.0.0.1:9443",
      provisioner = "admin",
      deletionProtection: protect = true,
    } = args;
    const sources = "intermediate" in args.keys ? args.keys : { root: args.keys, intermediate: args.keys };
    const root = { subject: { commonName: `${authority} Root` }, ...args.root };
    const intermediate = { subject: { commonName: `${authority} Intermediate` }, ...args.intermediate };
    const settings = { algorithm, sources, root, intermediate, ssh, dnsNames, address, provisioner };
    refusing(() => {
      refuseProblems(`CertificateAuthority "${name}"`, checkCertificateAuthority(settings));
    });
    super("kms-pki:index:CertificateAuthority", name, {}, onceReady(sources, options));

    const declareKey = (role: KeyRole, source: KeySource): SigningKey =>
      source.declareKey({
        ...{ role, authority: name, name: `${name}-${KEY_RESOURCES[role]}` },
        algorithm: role.startsWith("ssh-") ? sshAlgorithm(algorithm) : algorithm,
        ...{ parent: this, protect },
      });
    const rootKey = declareKey("root", sources.root);
    const intermediateKey = declareKey("intermediate", sources.intermediate);
    this.root = new Certificate(`${name}-root`, { ...root, key: rootKey }, { parent: this, protect });
    this.intermediate = new Certificate(
      `${name}-intermediate`,
      { ...intermediate, key: intermediateKey, issuer: this.root },
      { parent: this, protect },
    );
    const jwk = new JwkProvisioner(`${name}-provisioner`, { provisioner }, { parent: this, protect });

    this.rootKey = rootKey.uri;
    this.rootCertificate = this.root.certificatePem;
    this.rootFingerprint = this.root.fingerprintSha256;
    this.rootRenewalTime = this.root.renewalTime;
    this.rootReadyForRenewal = this.root.readyForRenewal;
    this.intermediateKey = intermediateKey.uri;
    this.intermediateCertificate = this.intermediate.certificatePem;
    this.intermediateRenewalTime = this.intermediate.renewalTime;
    this.intermediateReadyForRenewal = this.intermediate.readyForRenewal;
    if (ssh) {
      // While the engine starts the provider, when the program has nothing else to do.
      this.urn.apply(() => setTimeout(() => void import("../ssh/publicKey.js")));
      const source = sources.ssh ?? sources.intermediate;
      const userKey = declareKey("ssh-user-key", source);
      const hostKey = declareKey("ssh-host-key", source);
      const user = userKey.publicKeyPem.apply(toSshPublicKey);
      const host = hostKey.publicKeyPem.apply(toSshPublicKey);
      this.sshUserKey = userKey.uri;
      this.sshUserPublicKey = user.line;
      this.sshUserFingerprint = user.fingerprint;
      this.sshHostKey = hostKey.uri;
      this.sshHostPublicKey = host.line;
      this.sshHostFingerprint = host.fingerprint;
      this.sshTrustedUserCaKeys = user.line.apply((line) => trustedUserCaKeys([line]));
      this.sshCertAuthority = host.line.apply((line) => certAuthorityLine(line));
    }
    const admin = all([jwk.provisioner, jwk.key, jwk.encryptedKey]).apply(([provisionerName, key, encryptedKey]) =>
      jwkProvisioner(provisionerName, { key, encryptedKey }, ssh),
    );
    this.caConfig = output({
      key: this.intermediateKey,
      kms: sources.intermediate.kms,
      ssh: ssh ? { hostKey: this.sshHostKey, userKey: this.sshUserKey } : undefined,
      dnsNames,
      address,
      provisioners: [
        admin,
        ...(args.acme === true ? [acmeProvisioner()] : []),
        ...(args.sshpop === true ? [sshpopProvisioner()] : []),
      ],
      claims: args.claims,
      extra: args.caConfig,
    }).apply((parts) => caConfig(parts as CaConfigParts));
    this.registerOutputs();
  }
}

async function toSshPublicKey(publicKeyPem: string): Promise<SshPublicKey> {
  const { sshPublicKey } = await import("../ssh/publicKey.js");
  return sshPublicKey(publicKeyPem);
}

/** Has the engine hear of the authority only when its sources of keys are ready. */
function onceReady(sources: KeySources, options: ComponentResourceOptions = {}): ComponentResourceOptions {
  const waiting = [sources.root, sources.intermediate, sources.ssh].flatMap((source) => source?.ready ?? []);
  if (waiting.length === 0) {
    return options;
  }
  // What depends on nothing, and takes its time.
  const ready = Promise.all(waiting).then((): Resource[] => []);
  return { ...options, dependsOn: [options.dependsOn ?? [], ready].flat() as Input<Resource>[] };
}
