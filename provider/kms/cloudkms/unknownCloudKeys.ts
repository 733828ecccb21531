import { type CloudConnection, parseCloudKey, parseCloudKmsUri } from "./cloudKeyUri";
import { type CloudKeyVersion, cryptoKeyOf, liveVersions } from "./cloudKeyVersions";
import type { CloudKms } from "./cloudkms";
import type { RecordedStack } from "../recordedStack";
import { resourceType } from "../resourceType";
import { adoption, type KeySearch, type UnknownKey } from "../unknownKey";

const KEY_TYPE = "gcp:kms/cryptoKey:CryptoKey";
const VERSION_TYPE = "gcp:kms/cryptoKeyVersion:CryptoKeyVersion";

/**
 * Lists the versions of every key in which a stack has made one. This also finds a version that was given up but not
 * destroyed, because `@pulumi/gcp` ignores Google's refusal.
 *
 * @param open opens Cloud KMS; it is closed here
 */
export async function unknownCloudKeys(
  state: RecordedStack,
  open: (connection: CloudConnection) => Promise<Pick<CloudKms, "listVersions" | "close">>,
): Promise<KeySearch> {
  const cryptoKeys = cryptoKeysOf(state);
  if (cryptoKeys.length === 0) {
    return { asked: [], unknownKeys: [] };
  }
  const known = [...versionsOf(state), ...pinnedIn(state)];
  const kms = await open(connectionOf(state));
  try {
    const versions = (await Promise.all(cryptoKeys.map((key) => kms.listVersions(key)))).flat();
    return {
      asked: cryptoKeys.map((key) => `Cloud KMS about ${key}`),
      unknownKeys: liveVersions(versions)
        .filter(({ name }) => !known.includes(name))
        .map((version) => described(version, state)),
    };
  } finally {
    await kms.close();
  }
}

function versionsOf(state: RecordedStack): string[] {
  return state.ofType(VERSION_TYPE).map(({ outputs }) => String(outputs["name"]));
}

/** The versions that the stack reads, and those that a rotation released. */
function pinnedIn(state: RecordedStack): string[] {
  return state.keyUris.filter(isCloud).map(parseCloudKey);
}

function isCloud(uri: string): boolean {
  return /^(?:cloudkms:|projects\/)/.test(uri);
}

/**
 * The keys in which the stack has made versions. Keys of existing versions do not count: others may have made their
 * other versions.
 */
function cryptoKeysOf(state: RecordedStack): string[] {
  const made = state.ofType(KEY_TYPE).map(({ outputs }) => String(outputs["id"]));
  return [...new Set([...made, ...versionsOf(state).map(cryptoKeyOf)])];
}

function connectionOf(state: RecordedStack): CloudConnection {
  const kms = state
    .ofType(resourceType("ExistingKey"))
    .filter(({ outputs }) => isCloud(String(outputs["uri"])))
    .flatMap(({ outputs }) => (typeof outputs["kms"] === "string" ? [outputs["kms"]] : []));
  return kms[0] === undefined ? {} : parseCloudKmsUri(kms[0]);
}

function described({ name, state: versionState }: CloudKeyVersion, state: RecordedStack): UnknownKey {
  const cryptoKey = cryptoKeyOf(name);
  const hasOne = pinnedIn(state).some((version) => cryptoKeyOf(version) === cryptoKey);
  const role = cryptoKey.replace(/^.*\//, "");
  return {
    keyUri: name,
    state: versionState,
    discard: `gcloud kms keys versions destroy ${name}`,
    ...(hasOne ? {} : { adopt: adoption(state, role, name) }),
  };
}
