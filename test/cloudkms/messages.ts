/**
 * The messages of the API as `@grpc/proto-loader` reads and writes them: camel case, enumerations by name, 64-bit
 * numbers as numbers, and no field that has its default.
 */

export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

interface Duration {
  readonly seconds?: number;
  readonly nanos?: number;
}

/** A 64-bit number that may be absent, as a checksum is. Zero is the default and has no field. */
export interface Int64Value {
  readonly value?: number;
}

interface VersionTemplate {
  readonly algorithm?: string;
  readonly protectionLevel?: string;
}

export interface CryptoKeyMessage {
  readonly name?: string;
  readonly purpose?: string;
  readonly createTime?: Timestamp;
  readonly versionTemplate?: VersionTemplate;
  readonly labels?: Readonly<Record<string, string>>;
  readonly importOnly?: boolean;
  readonly destroyScheduledDuration?: Duration;
  readonly rotationPeriod?: Duration;
  readonly nextRotationTime?: Timestamp;
  readonly primary?: CryptoKeyVersionMessage;
}

export interface CryptoKeyVersionMessage {
  readonly name?: string;
  readonly state?: string;
  readonly protectionLevel?: string;
  readonly algorithm?: string;
  readonly createTime?: Timestamp;
  readonly generateTime?: Timestamp;
  readonly destroyTime?: Timestamp;
  readonly destroyEventTime?: Timestamp;
  readonly attestation?: unknown;
}

export interface Policy {
  readonly version?: number;
  readonly etag?: Uint8Array;
  readonly bindings?: readonly { readonly role?: string; readonly members?: readonly string[] }[];
}

/** The fields of all requests of this service. Each request has some of them. */
export interface RequestMessage {
  readonly name?: string;
  readonly parent?: string;
  readonly keyRingId?: string;
  readonly cryptoKeyId?: string;
  readonly cryptoKey?: CryptoKeyMessage;
  readonly skipInitialVersionCreation?: boolean;
  readonly cryptoKeyVersion?: CryptoKeyVersionMessage;
  readonly updateMask?: { readonly paths?: readonly string[] };
  readonly publicKeyFormat?: string;
  readonly digest?: Readonly<Partial<Record<"sha256" | "sha384" | "sha512", Uint8Array>>>;
  readonly digestCrc32c?: Int64Value;
  readonly data?: Uint8Array;
  readonly dataCrc32c?: Int64Value;
  readonly pageSize?: number;
  readonly pageToken?: string;
  readonly filter?: string;
  readonly view?: string;
  readonly resource?: string;
  readonly policy?: Policy;
  readonly permissions?: readonly string[];
}

/** Any answer. */
export type ResponseMessage = Readonly<Record<string, unknown>>;

/** Converts a time in milliseconds since 1970 to the API's form, which has microseconds. */
export function timestamp(milliseconds: number): Timestamp {
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds, nanos: Math.round((milliseconds - seconds * 1000) * 1000) * 1000 };
}
