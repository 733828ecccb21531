import { type AwsConnection, awsKeyId, awsKeyUri, parseAwsKmsUri } from "./awsKeyUri";
import type { AwsKms } from "./awskms";
import type { TaggedKey } from "./awskmsKeys";
import { OWNER_TAG } from "./awsOwnerTag";
import type { RecordedResource, RecordedStack } from "../recordedStack";
import { resourceType } from "../resourceType";
import { adoption, keyNameOf, type KeySearch, type UnknownKey } from "../unknownKey";

const KEY_TYPE = "aws:kms/key:Key";

/**
 * Searches every region and account in which a stack has keys for keys with its tag.
 *
 * @param open opens AWS KMS; it is closed here
 */
export async function unknownAwsKeys(
  state: RecordedStack,
  open: (connection: AwsConnection) => Promise<AwsKms>,
): Promise<KeySearch> {
  const known = knownIds(state);
  const found: UnknownKey[] = [];
  const places = placesOf(state);
  for (const place of places) {
    const kms = await open(place);
    try {
      const tagged = await tags(kms, state);
      found.push(...tagged.filter(({ keyId }) => !known.includes(keyId)).map((key) => described(key, place, state)));
    } finally {
      await kms.close();
    }
  }
  return { asked: places.map(({ region }) => `AWS KMS in ${region ?? "the default region"}`), unknownKeys: found };
}

async function tags(kms: AwsKms, state: RecordedStack): Promise<TaggedKey[]> {
  const { findTaggedKeys } = await import("./awskmsKeys.js");
  return findTaggedKeys(kms, { key: OWNER_TAG, isWanted: (value) => nameIn(value, state) !== undefined });
}

/** The resource of a key, by its tag. An adopted key that was released no longer belongs to this stack. */
function nameIn(tag: string, state: RecordedStack): string | undefined {
  return tag.endsWith(":adopted") ? undefined : state.nameInTag(tag);
}

function knownIds(state: RecordedStack): string[] {
  const made = state.ofType(KEY_TYPE).map(({ outputs }) => String(outputs["keyId"]));
  return [...made, ...state.keyUris.filter((uri) => uri.startsWith("awskms:")).map(awsKeyId)];
}

/** The regions and accounts in which the stack has keys, without duplicates. */
function placesOf(state: RecordedStack): AwsConnection[] {
  const keys = state
    .ofType(resourceType("ExistingKey"))
    .filter(({ outputs }) => String(outputs["uri"]).startsWith("awskms:"))
    .map(connectionOf);
  const made = state.ofType(KEY_TYPE).map(({ outputs }) => ({ region: regionIn(outputs["arn"]) }));
  const regions = keys.map(({ region }) => region);
  const places = [...keys, ...made.filter(({ region }) => region !== undefined && !regions.includes(region))];
  return [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
}

function connectionOf({ outputs: { kms, resourceName } }: RecordedResource): AwsConnection {
  const { region, ...connection } = typeof kms === "string" ? parseAwsKmsUri(kms) : {};
  return { region: region ?? regionIn(resourceName), ...connection };
}

function regionIn(arn: unknown): string | undefined {
  return /^arn:[^:]+:kms:([^:]+):/.exec(String(arn))?.[1];
}

function described(
  { keyId, value, state: keyState }: TaggedKey,
  { region, profile }: AwsConnection,
  state: RecordedStack,
): UnknownKey {
  const madeFor = nameIn(value, state) ?? "";
  const keyName = state.has(madeFor, resourceType("ExistingKey")) ? undefined : keyNameOf(madeFor);
  const options = [
    ...(region === undefined ? [] : [`--region ${region}`]),
    ...(profile === undefined ? [] : [`--profile ${profile}`]),
  ];
  return {
    keyUri: awsKeyUri(keyId),
    madeFor,
    state: keyState ?? "unknown",
    discard: ["aws kms schedule-key-deletion", `--key-id ${keyId}`, ...options].join(" "),
    ...(keyName === undefined ? {} : { adopt: adoption(state, keyName, keyId) }),
  };
}
