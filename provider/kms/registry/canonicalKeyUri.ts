import { PkiError } from "../../errors";
import { awsKeyUri, isBareAwsKey, parseAwsKey } from "../awskms/awsKeyUri";
import { isBareCloudKey, parseCloudKey } from "../cloudkms/cloudKeyUri";
import { parseKeyUri } from "../keyUri";
import { softKeyPath, softKeyUri } from "../softkms/softKeyUri";
import { yubiKeySlot, yubiKeyUri } from "../yubikey/yubiKeyUri";

/**
 * The one URI of a key, from any of its spellings. No KMS is asked.
 *
 * @returns undefined for an alias, which only AWS can resolve, and for what is no key URI
 */
export function canonicalKeyUri(text: string): string | undefined {
  try {
    return isBareCloudKey(text) ? parseCloudKey(text) : canonical(isBareAwsKey(text) ? "awskms" : undefined, text);
  } catch (error) {
    if (error instanceof PkiError) {
      return undefined;
    }
    throw error;
  }
}

function canonical(bareScheme: string | undefined, text: string): string | undefined {
  switch (bareScheme ?? parseKeyUri(text).scheme) {
    case "softkms":
      return softKeyUri(softKeyPath(text));
    case "awskms":
    case "aws": {
      const { keyId } = parseAwsKey(text);
      return keyId.includes("alias/") ? undefined : awsKeyUri(keyId);
    }
    case "cloudkms":
      return parseCloudKey(text);
    case "yubikey":
      return yubiKeyUri(yubiKeySlot(text));
    default:
      return undefined;
  }
}
