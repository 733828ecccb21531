import { PkiError } from "../../errors";
import {
  DescribeKeyCommand,
  ListAliasesCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  type KeyMetadata,
  type KeyState,
  type Tag,
} from "@aws-sdk/client-kms";
import type { AwsKms } from "./awskms";

/** How many keys are read at a time. */
const AT_A_TIME = 8;

/** AWS's name of a key's state: `Enabled`, `Disabled`, `PendingDeletion`. */
export async function awsKeyState(kms: AwsKms, keyId: string): Promise<KeyState | undefined> {
  return (await describe(kms, keyId)).KeyState;
}

/** A key that bears a tag. */
export interface TaggedKey {
  readonly keyId: string;
  /** The value of the tag. */
  readonly value: string;
  readonly state: KeyState | undefined;
}

/**
 * The keys that have a tag with a wanted value and are not about to be deleted, by id. Reads every key of the region,
 * because AWS KMS cannot search. Only for the rare case when it is not known whether a key was made.
 */
export async function findTaggedKeys(
  kms: AwsKms,
  tag: { readonly key: string; readonly isWanted: (value: string) => boolean },
): Promise<TaggedKey[]> {
  const found: TaggedKey[] = [];
  const keys = await listKeys(kms);
  const look = async (keyId: string): Promise<void> => {
    const value = tagValue(await listTags(kms, keyId), tag.key);
    if (value !== undefined && tag.isWanted(value)) {
      const state = await awsKeyState(kms, keyId);
      // PendingReplicaDeletion is the state of a primary key whose replicas go first.
      found.push(...(state?.endsWith("Deletion") === true ? [] : [{ keyId, value, state }]));
    }
  };
  const next = async (): Promise<void> => {
    for (let keyId = keys.pop(); keyId !== undefined; keyId = keys.pop()) {
      await look(keyId);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, next));
  return found.sort((one, other) => (one.keyId < other.keyId ? -1 : 1));
}

/** AWS's description of one key. */
export interface SeenAwsKey {
  readonly metadata: KeyMetadata;
  /** The value of the requested tag; undefined if the key has none, or its tags may not be read. */
  readonly tag: string | undefined;
}

/**
 * Reads the description of a key.
 *
 * @throws PkiError `KEY_NOT_FOUND` and similar errors
 */
export async function seeAwsKey(kms: AwsKms, keyId: string, tagKey: string): Promise<SeenAwsKey> {
  const [metadata, tags] = await Promise.all([describe(kms, keyId), listTags(kms, keyId)]);
  return { metadata, tag: tagValue(tags, tagKey) };
}

async function describe(kms: AwsKms, keyId: string): Promise<KeyMetadata> {
  const { KeyMetadata: metadata } = await kms.call({ operation: "DescribeKey", keyId, region: undefined }, (client) =>
    client.send(new DescribeKeyCommand({ KeyId: keyId })),
  );
  return metadata ?? { KeyId: keyId };
}

function tagValue(tags: readonly Tag[], key: string): string | undefined {
  return tags.find(({ TagKey }) => TagKey === key)?.TagValue;
}

/** The aliases of the region, with the ids of the keys that they point to. */
export async function listAliases(kms: AwsKms): Promise<Map<string, string>> {
  const aliases = new Map<string, string>();
  let Marker: string | undefined;
  do {
    const page = await kms.call({ operation: "ListAliases", keyId: undefined, region: undefined }, (client) =>
      client.send(new ListAliasesCommand({ Limit: 100, ...(Marker === undefined ? {} : { Marker }) })),
    );
    for (const { AliasName, TargetKeyId } of page.Aliases ?? []) {
      if (AliasName !== undefined && TargetKeyId !== undefined) {
        aliases.set(AliasName, TargetKeyId);
      }
    }
    Marker = page.Truncated === true ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return aliases;
}

async function listKeys(kms: AwsKms): Promise<string[]> {
  const ids: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await kms.call({ operation: "ListKeys", keyId: undefined, region: undefined }, (client) =>
      client.send(new ListKeysCommand({ Limit: 1000, ...(Marker === undefined ? {} : { Marker }) })),
    );
    ids.push(...(page.Keys ?? []).flatMap(({ KeyId }) => (KeyId === undefined ? [] : [KeyId])));
    Marker = page.Truncated === true ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  return ids;
}

/** The tags of a key; empty if they may not be read, as for keys whose policies do not concern this stack. */
async function listTags(kms: AwsKms, keyId: string): Promise<readonly Tag[]> {
  try {
    const { Tags } = await kms.call({ operation: "ListResourceTags", keyId, region: undefined }, (client) =>
      client.send(new ListResourceTagsCommand({ KeyId: keyId })),
    );
    return Tags ?? [];
  } catch (error) {
    if (error instanceof PkiError && ["PERMISSION_DENIED", "KEY_NOT_FOUND"].includes(error.code)) {
      return [];
    }
    throw error;
  }
}
