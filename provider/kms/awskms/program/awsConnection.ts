import { type AwsConnection, awsKmsUri, parseAwsKey } from "../awsKeyUri";
import { givenArgs } from "../../../resources/knownInputs";
import type { KmsBlock } from "../../../stepca/config";
import type { KnownAwsSettings } from "./awsKmsKeysArgs";

type ConnectionSettings = Pick<KnownAwsSettings, "region" | "profile" | "credentialsFile" | "existing">;

/**
 * How to reach the keys of a certificate authority. The ARN of an existing intermediate key tells the region, because
 * step-ca itself takes none from an ARN. What is no text is left out, and the checks report it.
 */
export function awsConnection(settings: ConnectionSettings): AwsConnection {
  const { region, profile, credentialsFile, existing } = givenArgs(settings);
  const connection = { region: region ?? regionOf(existing?.intermediate), profile, credentialsFile };
  return Object.fromEntries(Object.entries(connection).filter(([, value]) => typeof value === "string"));
}

/** The `kms` block of ca.json, with one field for each value or as one URI. */
export function awsKmsBlock(connection: AwsConnection, asUri: boolean): KmsBlock {
  return { type: "awskms", ...(asUri ? { uri: awsKmsUri(connection) } : connection) };
}

/** The region in a key's name. The checks report an invalid name. */
function regionOf(name: string | undefined): string | undefined {
  try {
    return name === undefined ? undefined : parseAwsKey(name).region;
  } catch {
    return undefined;
  }
}
