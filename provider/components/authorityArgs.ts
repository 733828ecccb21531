import type { Input } from "@pulumi/pulumi";
import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import type { Problem } from "../words/problem";
import type { Algorithm } from "../kms/algorithms";
import { type CertificateArgs, checkIssuerNames, type ExternalIssuer } from "../resources/certificateArgs";
import type { RotationArgs } from "../rotation/rotation";
import type { JsonObject } from "../stepca/jsonObject";
import type { KeySource } from "../keySources/keySource";

/** What can be said of the root or the intermediate. */
export type AuthorityCertificateArgs = Pick<CertificateArgs, "subject" | "validity" | "pathLength" | "renewBefore">;

/** The sources of an authority's keys, when they are not all the same. */
export interface KeySources {
  /** Not needed with a root that exists. */
  root?: KeySource;
  /** Also the `kms` block of ca.json: step-ca uses this key. */
  intermediate: KeySource;
  /** The SSH keys' source; that of the intermediate by default, with which it shares step-ca's `kms` block. */
  ssh?: KeySource;
}

/** The settings of a certificate authority. */
export interface CertificateAuthorityArgs {
  /** Where the keys come from: one source for all, or one each. */
  keys: KeySource | KeySources;
  /** The algorithm of all keys, but that SSH keys sign with PKCS#1 v1.5 where it says PSS. Default `ECDSA_P256`. A change replaces keys and certificates. */
  algorithm?: Algorithm;
  /** The authority's name: the common names are `<name> Root` and `<name> Intermediate`. Default `Smallstep`. */
  name?: string;
  /**
   * The root: subject, validity (ten years), path length (1), when it is renewed (at its end). Or a root that exists, by its
   * certificate and its key, such as a {@link PublicKey}: it signs the intermediate, and nothing of it is made or stored. It
   * may be a subordinate CA: its certificate first, then those above it, up to the root that clients trust.
   */
  root?: AuthorityCertificateArgs | ExternalIssuer;
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
   * By which schedules the keys take turns. Nothing is rotated by default. The validity and path length of what is rotated
   * follow from the schedules; `renewBefore` is for what is not. A change that would break live certificates is refused
   * (`ROTATION_LATE`).
   */
  rotation?: RotationArgs;
  /**
   * Whether a key whose generation is gone is deleted: in AWS and Cloud KMS it is scheduled for deletion, a key file is
   * removed, a slot of a YubiKey is freed. Default false: it leaves the program, and stays where it is. What counts is what
   * was said while the key was in the program.
   */
  deleteRetiredKeys?: boolean;
  /**
   * Whether the engine refuses to delete or replace keys, certificates and the provisioner's key (Pulumi's `protect`).
   * Default true. Of a rotation it protects the record of the last run, which `destroy` would delete first, and another
   * algorithm or other settings of its keys are refused.
   */
  deletionProtection?: boolean;
}

const ARGUMENTS = argumentNames<CertificateAuthorityArgs>({
  keys: true,
  algorithm: true,
  name: true,
  root: true,
  intermediate: true,
  ssh: true,
  dnsNames: true,
  address: true,
  provisioner: true,
  acme: true,
  sshpop: true,
  claims: true,
  caConfig: true,
  rotation: true,
  deleteRetiredKeys: true,
  deletionProtection: true,
});

const CERTIFICATE_ARGUMENTS = argumentNames<AuthorityCertificateArgs>({
  subject: true,
  validity: true,
  pathLength: true,
  renewBefore: true,
});

const KEY_SOURCES = argumentNames<KeySources>({ root: true, intermediate: true, ssh: true });

/** Finds arguments of an authority that do not exist, and whether it has keys at all. */
export function checkAuthorityArgs(args: CertificateAuthorityArgs): Problem[] {
  const { keys, root, intermediate } = args as Partial<CertificateAuthorityArgs>;
  return [
    ...checkArgumentNames(args, ARGUMENTS),
    ...checkKeySources(keys),
    ...(isObject(root) && "certificatePem" in root
      ? checkIssuerNames(root, "root")
      : checkArgumentNames(root, CERTIFICATE_ARGUMENTS, "root")),
    ...checkArgumentNames(intermediate, CERTIFICATE_ARGUMENTS, "intermediate"),
  ];
}

/** One source is an object of its class; several are a plain object. */
function checkKeySources(keys: unknown): Problem[] {
  if (isObject(keys) && ("problems" in keys || "intermediate" in keys)) {
    return "problems" in keys ? [] : checkArgumentNames(keys, KEY_SOURCES, "keys");
  }
  return [
    {
      code: "INPUT_INVALID",
      property: "keys",
      reason: "no source of keys is given",
      remedy: "Give one, such as new SoftKeys(), or { root, intermediate, ssh }",
    },
  ];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
