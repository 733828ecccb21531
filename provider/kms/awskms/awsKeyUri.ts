import { PkiError } from "../../errors";
import { formatKeyUri, parseKeyUri, withoutSecrets } from "../keyUri";

/** A key of AWS KMS, as a user named it. */
export interface AwsKeyName {
  /** AWS's `KeyId`: a key id, a key ARN, an alias or an alias ARN. */
  readonly keyId: string;
  /** The region that an ARN, or the attribute `region` of the URI, names. */
  readonly region: string | undefined;
}

/** How to reach AWS KMS. For anything omitted, the AWS SDKs use their defaults. */
export interface AwsConnection {
  readonly region?: string | undefined;
  /** A profile of the shared configuration files. */
  readonly profile?: string | undefined;
  /** A shared configuration or credentials file, instead of those in `~/.aws`. */
  readonly credentialsFile?: string | undefined;
}

/** The attributes in the URIs of AWS KMS that are no secret. */
export const AWS_URI_ATTRIBUTES = ["key-id", "region", "profile", "credentials-file"];

/** The form of a region's name. */
export const AWS_REGION = /^[a-z]{2}(?:-[a-z]+)+-[0-9]+$/;

/** A UUID, or the id of a multi-Region key. */
const KEY_ID = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|mrk-[0-9a-f]{32})$/i;
const ALIAS = /^alias\/[a-z0-9/_-]+$/i;
const ARN = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):[0-9]{12}:(?:key\/(.+)|(alias\/.+))$/i;

/** Whether a text names a key of AWS KMS without a URI. */
export function isBareAwsKey(text: string): boolean {
  return KEY_ID.test(text) || /^(?:alias\/|arn:aws)/i.test(text);
}

/**
 * Reads the name of a key in every spelling that step-ca accepts: a key id, key ARN, alias or alias ARN, by itself or as
 * `awskms:key-id=NAME` (`aws:` in older files).
 *
 * @throws PkiError `KEY_URI_INVALID`, also for an uppercase letter in an alias, which step-ca lowercases
 */
export function parseAwsKey(text: string): AwsKeyName {
  const { name, region } = /^(?:awskms|aws):/i.test(text) ? uriParts(text) : { name: text, region: undefined };
  const [, arnRegion, arnKeyId, arnAlias] = ARN.exec(name) ?? [];
  const keyId = arnKeyId ?? (arnRegion === undefined && KEY_ID.test(name) ? name : undefined);
  const alias = arnAlias ?? (arnRegion === undefined && name.startsWith("alias/") ? name : undefined);
  if (alias !== undefined && ALIAS.test(alias)) {
    refuseUpperCase(alias);
    return { keyId: name.toLowerCase(), region: arnRegion?.toLowerCase() ?? region };
  }
  if (keyId === undefined || !KEY_ID.test(keyId)) {
    throw invalid(text, "does not name a key of AWS KMS");
  }
  return { keyId: name.toLowerCase(), region: arnRegion?.toLowerCase() ?? region };
}

function uriParts(text: string): { name: string; region: string | undefined } {
  const { attributes } = parseKeyUri(text);
  const name = attributes.get("key-id");
  if (name === undefined) {
    throw invalid(text, "has no key-id");
  }
  return { name, region: attributes.get("region") };
}

/**
 * Refuses an alias that step-ca would not find.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
function refuseUpperCase(alias: string): void {
  if (alias !== alias.toLowerCase()) {
    throw new PkiError(
      "KEY_URI_INVALID",
      `the alias "${alias}" has an uppercase letter. step-ca lowercases an alias, so AWS would not find it`,
      "Use an alias in lowercase, or the key's id",
    );
  }
}

function invalid(text: string, problem: string): PkiError {
  return new PkiError(
    "KEY_URI_INVALID",
    `"${withoutSecrets(text, AWS_URI_ATTRIBUTES)}" ${problem}`,
    "Give a key id, a key ARN, an alias (alias/NAME) or an alias ARN, by itself or as awskms:key-id=NAME",
  );
}

/**
 * The id of a key, from its id or its ARN.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function awsKeyId(name: string): string {
  return lastPart(parseAwsKey(name).keyId);
}

/** The canonical URI of a key, from its ARN or id: `awskms:key-id=<uuid>`. */
export function awsKeyUri(arnOrId: string): string {
  return formatKeyUri("awskms", { "key-id": lastPart(arnOrId).toLowerCase() });
}

function lastPart(arnOrId: string): string {
  return arnOrId.replace(/^.*\//, "");
}

/** The URI of a connection in `kms.uri` of ca.json: `awskms:region=us-east-1;profile=ca`. */
export function awsKmsUri({ region, profile, credentialsFile }: AwsConnection): string {
  return formatKeyUri("awskms", {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(credentialsFile === undefined ? {} : { "credentials-file": credentialsFile }),
  });
}

/**
 * Reads a URI that {@link awsKmsUri} wrote.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function parseAwsKmsUri(uri: string): AwsConnection {
  if (/^awskms:$/i.test(uri)) {
    return {};
  }
  const { attributes } = parseKeyUri(uri);
  return {
    region: attributes.get("region"),
    profile: attributes.get("profile"),
    credentialsFile: attributes.get("credentials-file"),
  };
}
