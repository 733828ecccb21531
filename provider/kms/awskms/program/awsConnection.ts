import { type AwsConnection, awsKmsUri, parseAwsKey } from "../awsKeyUri";
import type { KmsBlock } from "../../../stepca/config";
import type { KnownAwsSettings } from "./awsKmsKeysArgs";

type ConnectionSettings = Pick<KnownAwsSettings, "region" | "profile" | "credentialsFile" | "existing">;

/**
 * How the keys of a certificate authority are reached. The ARN of an intermediate that exists tells a region; step-ca itself
 * takes none from an ARN.
 */
export function awsConnection(settings: ConnectionSettings): AwsConnection {
  const { profile, credentialsFile, existing } = settings;
  const region = settings.region ?? regionOf(existing?.intermediate);
  return {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(credentialsFile === undefined ? {} : { credentialsFile }),
  };
}

/** The `kms` block of ca.json, with a field each or as one URI. */
export function awsKmsBlock(connection: AwsConnection, asUri: boolean): KmsBlock {
  return { type: "awskms", ...(asUri ? { uri: awsKmsUri(connection) } : connection) };
}

/** The region that a key's name tells; what is wrong with the name is said by the checks. */
function regionOf(name: string | undefined): string | undefined {
  try {
    return name === undefined ? undefined : parseAwsKey(name).region;
  } catch {
    return undefined;
  }
}
