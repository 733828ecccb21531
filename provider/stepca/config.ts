import { createHash } from "node:crypto";
import { type Database, databaseBlock } from "./database";
import { isJsonObject, type JsonObject } from "./jsonObject";
import { mergeKmsBlocks } from "./kmsBlock";
import type { SshKeyEntry } from "./sshKeys";

/** The `kms` block of ca.json, by which step-ca itself reaches the keys. */
export interface KmsBlock {
  /** step-ca's name of the key management service. */
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The parts of a ca.json. */
export interface CaConfigParts {
  /** URI of the intermediate's key. */
  readonly key: string;
  readonly kms: KmsBlock;
  /** URIs of the SSH CA's keys. Without them, the CA issues no SSH certificates. */
  readonly ssh?: {
    readonly hostKey: string;
    readonly userKey: string;
    /** The keys of other generations, see {@link sshKeyEntry}. Omitted, no entry is written. */
    readonly keys?: readonly SshKeyEntry[];
  };
  /**
   * The files of rotated roots, by {@link rootFileName}, the active one first. Default `root_ca.crt`.
   */
  readonly roots?: readonly string[];
  /** The file of the intermediate and its bundle, by {@link bundleFileName}. Default `intermediate_ca.crt`. */
  readonly crt?: string;
  readonly dnsNames: readonly string[];
  readonly address: string;
  readonly provisioners: readonly JsonObject[];
  /** The CA's `authority.claims`: lifetimes and switches for all provisioners. */
  readonly claims?: JsonObject;
  /** The URL of the list that step-ca issues of the leaves that it revokes. Omitted, it issues none. */
  readonly listUrl?: string;
  /** The database that several step-ca share. Omitted, it is a folder beside ca.json. */
  readonly database?: Database;
  /** More fields of ca.json, or replacements for these. Objects are merged, and anything else replaces. */
  readonly extra?: JsonObject;
}

/** The files beside ca.json in which `kms-pki export` puts the certificates. */
export const CERTIFICATE_FILES = { root: "root_ca.crt", crt: "intermediate_ca.crt" } as const;

/** The hex digits of the SHA-256 in a file's name. */
const NAME_DIGITS = 8;

/**
 * The file of one of several roots. It is named for its content, so the content never changes, and an older ca.json
 * that names the file still finds the same root in it.
 *
 * @param fingerprint SHA-256 of the certificate, in hex
 */
export function rootFileName(fingerprint: string): string {
  return `root_ca-${fingerprint.slice(0, NAME_DIGITS).toLowerCase()}.crt`;
}

/**
 * The file of a rotated intermediate and its bundle, named for its content like {@link rootFileName}.
 *
 * @param bundlePem the certificates as PEM, the issuing one first
 */
export function bundleFileName(bundlePem: string): string {
  return `intermediate_ca-${createHash("sha256").update(bundlePem.trim()).digest("hex").slice(0, NAME_DIGITS)}.crt`;
}

/** Whether a file name is that of an exported root. */
export function isRootFile(name: string): boolean {
  return name === CERTIFICATE_FILES.root || /^root_ca-[0-9a-f]{8}\.crt$/.test(name);
}

/**
 * The ca.json of a running step-ca. Paths are relative to the file itself, or in key URIs to the Pulumi project;
 * `kms-pki export` makes them absolute.
 */
export function caConfig(parts: CaConfigParts): JsonObject {
  const config: JsonObject = {
    root: parts.roots ?? CERTIFICATE_FILES.root,
    federatedRoots: [],
    crt: parts.crt ?? CERTIFICATE_FILES.crt,
    key: parts.key,
    kms: parts.kms,
    address: parts.address,
    dnsNames: parts.dnsNames,
    ...(parts.ssh === undefined ? {} : { ssh: parts.ssh }),
    ...(parts.listUrl === undefined ? {} : { crl: { enabled: true, generateOnRevoke: true, idpURL: parts.listUrl } }),
    logger: { format: "text" },
    db: databaseBlock(parts.database),
    authority: {
      ...((parts.claims ?? undefined) === undefined ? {} : { claims: parts.claims }),
      provisioners: parts.provisioners,
    },
    tls: {
      cipherSuites: [
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      ],
      minVersion: 1.2,
      maxVersion: 1.3,
      renegotiation: false,
    },
  };
  const extra = parts.extra ?? {};
  const kms = isJsonObject(extra["kms"]) ? { kms: mergeKmsBlocks(parts.kms, extra["kms"]).kms } : {};
  return { ...mergeJson(config, extra), ...kms };
}

/** Merges JSON: objects are merged, and anything else replaces the old value. */
export function mergeJson(base: JsonObject, over: JsonObject): JsonObject {
  const merged = { ...base };
  for (const [field, value] of Object.entries(over)) {
    const present = merged[field];
    merged[field] = isJsonObject(present) && isJsonObject(value) ? mergeJson(present, value) : value;
  }
  return merged;
}
