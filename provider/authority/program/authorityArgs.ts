import type { Input } from "../../pulumi";
import type { DatabaseArgs } from "./databaseArgs";
import type { AuthorityListArgs, AuthorityRevokedArgs } from "./revocationArgs";
import type { Algorithm } from "../../kms/algorithms";
import type { CertificateArgs, ExternalIssuer } from "../../resources/certificateArgs";
import type { CertificateRequest } from "../../resources/certificateRequest";
import type { RotationArgs } from "../../rotation/rotation";
import type { JsonObject } from "../../stepca/jsonObject";
import type { KeySource } from "../../keySources/keySource";

/** The settings of the root or the intermediate. */
export type AuthorityCertificateArgs = Pick<
  CertificateArgs,
  | ("subject" | "validity" | "pathLength" | "renewBefore" | "lintProfile" | "adopt")
  | ("crlDistributionPoints" | "ocspServers" | "issuingCertificateUrls" | "extendedKeyUsages" | "extensions")
  | ("nameConstraints" | "policies" | "policyConstraints" | "inhibitAnyPolicy" | "allowedExtensions")
>;

/** The answers of an issuer elsewhere: by the label of the intermediate, or a function that asks for one. */
export type ExternalAnswers =
  | Readonly<Record<string, Input<string> | null | undefined>>
  | ((request: CertificateRequest, generation: string) => Input<string>);

/** The settings of the intermediate. */
export interface AuthorityIntermediateArgs extends AuthorityCertificateArgs {
  /**
   * `external`: a CA signs the intermediate whose key this program does not have. The authority makes the intermediate's key and a
   * request (output `requests`), and has no root of its own. Until an answer is there, it has no certificate and no ca.json. With
   * `adopt`, an intermediate that exists stays, with the certificates above it in the same text, and is asked for anew from
   * `renewBefore` on. It decides which resources exist, so it must be known: not an Input.
   */
  issuer?: "external" | undefined;
  /**
   * With issuer `external`: the issuer's answers, by the label of the intermediate (`intermediate`, `intermediate-g1`): its
   * certificate as PEM, then those above it, up to the self-signed root. Default none, as with null. Or a function that gets each
   * request and its label, and returns the answer, for an issuer that is a resource of the program. Another answer replaces the
   * certificate, in place. Which answers there are must be known, and each may be an Output.
   */
  answers?: ExternalAnswers | undefined;
}

/** The key sources of an authority, if they differ. */
export interface KeySources {
  /** Not needed with an existing root. */
  root?: KeySource | undefined;
  /** step-ca uses this key, so this source also gives the `kms` block of ca.json. */
  intermediate: KeySource;
  /** Default: the intermediate's, with which it shares step-ca's `kms` block. */
  ssh?: KeySource | undefined;
}

/** The settings of a certificate authority. */
export interface CertificateAuthorityArgs {
  /** Where the keys come from: one key source for all, or one for each. */
  keys: KeySource | KeySources;
  /**
   * The algorithm of all keys. With a PSS algorithm, SSH keys sign with PKCS#1 v1.5. Default `ECDSA_P256`. A change
   * replaces keys and certificates. It decides which resources exist, so it must be known: not an Input.
   */
  algorithm?: Algorithm | undefined;
  /**
   * The authority's name, which gives the common names `<name> Root` and `<name> Intermediate`. Default `Smallstep`.
   */
  name?: Input<string | undefined>;
  /**
   * The root's subject, validity (default ten years), path length (default 1), renewal (default at its end) and further
   * extensions, which the roots of a rotation share. `adopt` makes a root that exists the authority's own: its key is the one that
   * the key source adopts. Or an existing root that stays somebody else's, given by its certificate and its key, such as an
   * {@link ExistingKey}. It signs the intermediate, and nothing of it is made or stored. It may be a subordinate CA: put its
   * certificate first, then those above it, up to the root that clients trust.
   */
  root?: AuthorityCertificateArgs | ExternalIssuer | undefined;
  /**
   * The intermediate's subject, validity (default ten years, cut to the root's end), path length (default 0), renewal
   * and further extensions, which the intermediates of a rotation share. `adopt` makes one that exists the authority's own.
   * With `issuer: "external"`, a CA elsewhere signs it.
   */
  intermediate?: AuthorityIntermediateArgs | undefined;
  /**
   * Makes SSH CA keys, one for users and one for hosts. Default true. It decides which resources exist, so it must be
   * known: not an Input.
   */
  ssh?: boolean | undefined;
  /** The names that step-ca serves. Default `localhost` and `127.0.0.1`. */
  dnsNames?: Input<readonly Input<string>[] | undefined>;
  /** The address that step-ca listens on. Default `127.0.0.1:9443`. */
  address?: Input<string | undefined>;
  /** The name of the JWK provisioner. Default `admin`. */
  provisioner?: Input<string | undefined>;
  /** Adds an ACME provisioner. Default false. */
  acme?: Input<boolean | undefined>;
  /** Adds an SSHPOP provisioner, with which hosts renew their SSH certificates. Default false. */
  sshpop?: Input<boolean | undefined>;
  /** `authority.claims` of ca.json: lifetimes and switches. */
  claims?: Input<JsonObject | undefined>;
  /** The database of step-ca, which several step-ca share. Default: files beside ca.json, for one step-ca alone. */
  database?: Input<DatabaseArgs | undefined>;
  /** Further fields of ca.json. Objects are merged. Anything else replaces the field. */
  caConfig?: Input<JsonObject | undefined>;
  /**
   * The schedules on which keys rotate. By default no key rotates. The validity and path length of rotated certificates follow
   * from the schedules; `renewBefore` applies to all others. A change that would break live certificates is refused
   * (`ROTATION_LATE`). It decides which resources exist, so it must be known: not an Input.
   */
  rotation?: RotationArgs | undefined;
  /**
   * The generations, by label (`intermediate`, `root-g1`, `ssh-user`), whose keys are compromised. The next `up` takes them
   * out of service, and the next generation takes their place. They stay named: removing a name is refused
   * (`KEY_COMPROMISED`) while its certificates are valid. It decides which resources exist, so it must be known: not an Input.
   */
  compromised?: readonly string[] | undefined;
  /**
   * Revocation lists: one for each CA whose key the authority makes, empty at first, which the certificates below name. By
   * default there are none. It decides which resources exist, so it must be known, but its fields may be Inputs.
   */
  crl?: AuthorityListArgs | undefined;
  /**
   * The certificates that CAs of the authority issued and that are revoked: subordinates and leaves of this program, or any other.
   * They go on the list of their issuer (`crl`), for good. Name a certificate of the program by its serial number, because its
   * output names whatever is issued in its place, too. Which there are must be known, but their fields may be Inputs.
   */
  revoked?: readonly AuthorityRevokedArgs[] | undefined;
  /**
   * Deletes a key whose generation is gone. In AWS KMS and Cloud KMS the key is scheduled for deletion, a key file is removed,
   * and a slot of a YubiKey is freed. Default false: the key leaves the program and stays where it is. What counts is the value
   * while the key was in the program. It decides which resources go, so it must be known: not an Input.
   */
  deleteRetiredKeys?: boolean | undefined;
  /**
   * Makes the engine refuse to delete or replace keys, certificates and the provisioner's key (Pulumi's `protect`). Default
   * true. In a rotation it protects the record of the last run, which `destroy` would delete first. Another algorithm, or other
   * settings of rotated keys, is then refused. The engine must know it before it deletes anything: not an Input.
   */
  deletionProtection?: boolean | undefined;
}
