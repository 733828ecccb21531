/** Any JSON object. */
export type JsonObject = Record<string, unknown>;

/** The `kms` block of ca.json: how step-ca itself reaches the keys. */
export interface KmsBlock {
  /** step-ca's name of the key management service. */
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What a ca.json is made of. */
export interface CaConfigParts {
  /** URI of the intermediate's key. */
  readonly key: string;
  readonly kms: KmsBlock;
  /** URIs of the SSH CA's keys; without them the CA issues no SSH certificates. */
  readonly ssh?: { readonly hostKey: string; readonly userKey: string };
  readonly dnsNames: readonly string[];
  readonly address: string;
  readonly provisioners: readonly JsonObject[];
  /** The CA's `authority.claims`: lifetimes and switches for all provisioners. */
  readonly claims?: JsonObject;
  /** Fields of ca.json beyond these, or instead of them. Objects are merged, anything else replaces. */
  readonly extra?: JsonObject;
}

/** Where `kms-pki export` puts the certificates, beside ca.json. */
export const CERTIFICATE_FILES = { root: "root_ca.crt", crt: "intermediate_ca.crt" } as const;

/**
 * The ca.json of a running step-ca. Paths are relative to the file itself, or in key URIs to the Pulumi project;
 * `kms-pki export` makes them absolute.
 */
export function caConfig(parts: CaConfigParts): JsonObject {
  const config: JsonObject = {
    root: CERTIFICATE_FILES.root,
    federatedRoots: [],
    crt: CERTIFICATE_FILES.crt,
    key: parts.key,
    kms: parts.kms,
    address: parts.address,
    dnsNames: parts.dnsNames,
    ...(parts.ssh === undefined ? {} : { ssh: parts.ssh }),
    logger: { format: "text" },
    db: { type: "badgerv2", dataSource: "db" },
    authority: {
      ...(parts.claims === undefined ? {} : { claims: parts.claims }),
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
  return merge(config, parts.extra ?? {});
}

function merge(base: JsonObject, over: JsonObject): JsonObject {
  const merged = { ...base };
  for (const [field, value] of Object.entries(over)) {
    const present = merged[field];
    merged[field] = isJsonObject(present) && isJsonObject(value) ? merge(present, value) : value;
  }
  return merged;
}

/** Whether a value is a JSON object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
