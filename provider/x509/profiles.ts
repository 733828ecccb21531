/** The purpose of a certificate. A profile sets the defaults, and every field can be set on its own. */
export type ProfileName = "root" | "intermediate" | "cross" | "leaf";

/** The defaults of a certificate for its purpose. */
export interface Profile {
  /** Whether it may issue certificates (basic constraints, critical). */
  readonly ca: boolean;
  /** How many CAs may follow below it; undefined means no limit. Only for a CA. */
  readonly pathLength?: number;
  readonly keyUsages: readonly KeyUsage[];
  /** Names or object identifiers. An empty list means no restriction. */
  readonly extendedKeyUsages: readonly string[];
  /** How long it is valid, in seconds. */
  readonly validitySeconds: number;
}

const HOUR = 3_600;
const TEN_YEARS = 10 * 365 * 24 * HOUR;

/** The bits of RFC 5280, section 4.2.1.3, in order. */
export const KEY_USAGES = [
  "digitalSignature",
  "contentCommitment",
  "keyEncipherment",
  "dataEncipherment",
  "keyAgreement",
  "keyCertSign",
  "cRLSign",
  "encipherOnly",
  "decipherOnly",
] as const;

/** A permitted use of a key (RFC 5280, section 4.2.1.3). */
export type KeyUsage = (typeof KEY_USAGES)[number];

/** The purposes of RFC 5280, section 4.2.1.12, by name. Give any other as an object identifier. */
export const EXTENDED_KEY_USAGES: Readonly<Record<string, string>> = {
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  codeSigning: "1.3.6.1.5.5.7.3.3",
  emailProtection: "1.3.6.1.5.5.7.3.4",
  timeStamping: "1.3.6.1.5.5.7.3.8",
  OCSPSigning: "1.3.6.1.5.5.7.3.9",
};

/**
 * Root and intermediate match smallstep's init tools: ten years, path lengths 1 and 0. A cross certificate stands in
 * for a root, so it leaves room for an intermediate.
 */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  root: {
    ca: true,
    pathLength: 1,
    keyUsages: ["keyCertSign", "cRLSign"],
    extendedKeyUsages: [],
    validitySeconds: TEN_YEARS,
  },
  intermediate: {
    ca: true,
    pathLength: 0,
    keyUsages: ["keyCertSign", "cRLSign"],
    extendedKeyUsages: [],
    validitySeconds: TEN_YEARS,
  },
  cross: {
    ca: true,
    pathLength: 1,
    keyUsages: ["keyCertSign", "cRLSign"],
    extendedKeyUsages: [],
    validitySeconds: TEN_YEARS,
  },
  leaf: {
    ca: false,
    keyUsages: ["digitalSignature"],
    extendedKeyUsages: ["serverAuth", "clientAuth"],
    validitySeconds: 24 * HOUR,
  },
};
