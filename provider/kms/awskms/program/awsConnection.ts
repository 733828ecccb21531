import { type AwsConnection, awsKmsUri, parseAwsKey } from "../awsKeyUri";
import type { KmsBlock } from "../../../stepca/config";

/**
 * How the keys of a certificate authority are reached.
 *
 * @param intermediate the name of an existing key, whose ARN tells a region; step-ca itself takes none from an ARN
 */
export function awsConnection(settings: AwsConnection, intermediate: string | undefined): AwsConnection {
  const { profile, credentialsFile } = settings;
  const region = settings.region ?? regionOf(intermediate);
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
