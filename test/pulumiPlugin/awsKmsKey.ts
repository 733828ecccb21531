import { isDeepStrictEqual } from "node:util";
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KeyMetadata,
  type KMSClient,
  ListResourceTagsCommand,
  NotFoundException,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateKeyDescriptionCommand,
} from "@aws-sdk/client-kms";
import { setTimeout as sleep } from "node:timers/promises";
import type { AwsClients } from "./awsClient";
import { behaves } from "./behaviour";
import { happened } from "./stop";
import { defined, type Properties } from "./properties";
import type { ResourceKind } from "./resourceKind";

/** The inputs that are used here; the names are those of @pulumi/aws. */
interface KeyInputs {
  readonly bypassPolicyLockoutSafetyCheck?: boolean;
  readonly customerMasterKeySpec?: string;
  readonly deletionWindowInDays?: number;
  readonly description?: string;
  readonly enableKeyRotation?: boolean;
  readonly isEnabled?: boolean;
  readonly keyUsage?: string;
  readonly multiRegion?: boolean;
  readonly policy?: string;
  readonly region?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

const ENABLED_ANSWERS = 15;
/** In place of the official provider's two seconds. */
const ENABLED_PAUSE_MILLISECONDS = 20;

/** `aws:kms/key:Key`. */
export function awsKmsKey(clients: AwsClients): ResourceKind {
  const kind: ResourceKind = {
    inputs: {
      bypassPolicyLockoutSafetyCheck: { default: false },
      customerMasterKeySpec: { default: "SYMMETRIC_DEFAULT", replaces: true },
      deletionWindowInDays: {},
      description: { chosenByService: true },
      enableKeyRotation: { default: false },
      isEnabled: { default: true },
      keyUsage: { default: "ENCRYPT_DECRYPT", replaces: true },
      multiRegion: { chosenByService: true, replaces: true },
      policy: { chosenByService: true, same: samePolicy },
      region: { chosenByService: true, replaces: true },
      tags: {},
    },
    outputs: ["arn", "keyId", "tagsAll"],
    implied: async () => ({ region: await clients.region() }),

    problems: ({ deletionWindowInDays: days }) =>
      typeof days === "number" && (days < 7 || days > 30)
        ? { deletionWindowInDays: `expected deletion_window_in_days to be in the range (7 - 30), got ${String(days)}` }
        : {},

    async create(properties) {
      const inputs = properties as KeyInputs;
      const client = clients.client(inputs.region);
      const { KeyMetadata: metadata } = await client.send(
        new CreateKeyCommand({
          BypassPolicyLockoutSafetyCheck: inputs.bypassPolicyLockoutSafetyCheck,
          Description: inputs.description,
          KeySpec: inputs.customerMasterKeySpec,
          KeyUsage: inputs.keyUsage,
          MultiRegion: inputs.multiRegion,
          Policy: inputs.policy,
          Tags: tagList(inputs.tags ?? {}),
        } as CreateKeyCommandInput),
      );
      await happened("CreateKey");
      const id = metadata?.KeyId ?? "";
      if (inputs.enableKeyRotation === true) {
        await client.send(new EnableKeyRotationCommand({ KeyId: id }));
      }
      if (inputs.isEnabled === false) {
        await client.send(new DisableKeyCommand({ KeyId: id }));
      }
      return { id, state: await readState(client, id, properties) };
    },

    async read(id, state) {
      // For an import, <id>@<region> names one in a region other than the provider's.
      const [, keyId = id, region = state["region"] as string | undefined] = /^([^@]+)@([a-z0-9-]+)$/.exec(id) ?? [];
      const client = clients.client(region);
      const metadata = await describe(client, keyId);
      if (metadata === undefined || isGoing(metadata)) {
        return undefined;
      }
      return { id: keyId, state: await readState(client, keyId, state) };
    },

    async update(id, old, wanted) {
      const { region } = old as KeyInputs;
      const client = clients.client(region);
      await change(client, id, old, wanted);
      return await readState(client, id, { ...wanted, region });
    },

    async delete(id, state) {
      const { region, deletionWindowInDays } = state as KeyInputs;
      const client = clients.client(region);
      const metadata = await describe(client, id);
      if (metadata !== undefined && !isGoing(metadata)) {
        await client.send(
          new ScheduleKeyDeletionCommand({ KeyId: id, PendingWindowInDays: deletionWindowInDays ?? 30 }),
        );
      }
    },
  };
  return kind;
}

/** Disabled keys accept few changes, so a key is enabled first, and disabled last. */
async function change(client: KMSClient, id: string, old: KeyInputs, wanted: KeyInputs): Promise<void> {
  if (wanted.isEnabled === true && old.isEnabled === false) {
    await client.send(new EnableKeyCommand({ KeyId: id }));
    await enabledForAWhile(client, id);
  }
  if (wanted.enableKeyRotation !== undefined && wanted.enableKeyRotation !== (old.enableKeyRotation ?? false)) {
    const Rotation = wanted.enableKeyRotation ? EnableKeyRotationCommand : DisableKeyRotationCommand;
    await client.send(new Rotation({ KeyId: id }));
  }
  if (wanted.description !== undefined && wanted.description !== old.description) {
    await client.send(new UpdateKeyDescriptionCommand({ KeyId: id, Description: wanted.description }));
  }
  if (wanted.policy !== undefined && !samePolicy(old.policy, wanted.policy)) {
    await client.send(new PutKeyPolicyCommand({ KeyId: id, PolicyName: "default", Policy: wanted.policy }));
  }
  await changeTags(client, id, old.tags ?? {}, wanted.tags ?? {});
  if (wanted.isEnabled === false && old.isEnabled !== false) {
    await client.send(new DisableKeyCommand({ KeyId: id }));
  }
}

type Tags = Readonly<Record<string, string>>;

async function changeTags(client: KMSClient, id: string, old: Tags, wanted: Tags): Promise<void> {
  const removed = Object.keys(old).filter((name) => !(name in wanted));
  if (removed.length > 0) {
    await client.send(new UntagResourceCommand({ KeyId: id, TagKeys: removed }));
  }
  const set = Object.fromEntries(Object.entries(wanted).filter(([name, value]) => old[name] !== value));
  if (Object.keys(set).length > 0) {
    await client.send(new TagResourceCommand({ KeyId: id, Tags: tagList(set) }));
  }
}

/** The official provider polls every two seconds, and trusts fifteen such answers in a row. */
async function enabledForAWhile(client: KMSClient, id: string): Promise<void> {
  for (let seen = 0; seen < ENABLED_ANSWERS && behaves("waitsForEnabledKeys");) {
    seen = (await describe(client, id))?.Enabled === true ? seen + 1 : 0;
    await sleep(ENABLED_PAUSE_MILLISECONDS);
  }
}

/** The service's answer over the recorded state. */
async function readState(client: KMSClient, id: string, recorded: Properties): Promise<Properties> {
  const metadata = await describe(client, id);
  if (metadata === undefined) {
    throw new Error(`there is no key ${id}`);
  }
  const tags = await readTags(client, id);
  const { Policy: policy } = await client.send(new GetKeyPolicyCommand({ KeyId: id, PolicyName: "default" }));
  return defined({
    ...recorded,
    arn: metadata.Arn,
    customerMasterKeySpec: metadata.KeySpec,
    description: metadata.Description ?? "",
    enableKeyRotation: await isRotated(client, metadata),
    isEnabled: metadata.Enabled,
    keyId: metadata.KeyId,
    keyUsage: metadata.KeyUsage,
    multiRegion: metadata.MultiRegion ?? false,
    policy,
    region: await client.config.region(),
    tags: Object.keys(tags).length === 0 && recorded["tags"] === undefined ? undefined : tags,
    tagsAll: tags,
  });
}

async function describe(client: KMSClient, id: string): Promise<KeyMetadata | undefined> {
  try {
    return (await client.send(new DescribeKeyCommand({ KeyId: id }))).KeyMetadata;
  } catch (error) {
    if (error instanceof NotFoundException) {
      return undefined;
    }
    throw error;
  }
}

function isGoing({ KeyState: state }: KeyMetadata): boolean {
  return state === "PendingDeletion" || state === "PendingReplicaDeletion";
}

async function isRotated(
  client: KMSClient,
  { KeyId: id, KeySpec: spec, Origin: origin }: KeyMetadata,
): Promise<boolean> {
  if (spec !== "SYMMETRIC_DEFAULT" || origin !== "AWS_KMS") {
    return false; // others have no rotation
  }
  return (await client.send(new GetKeyRotationStatusCommand({ KeyId: id }))).KeyRotationEnabled ?? false;
}

async function readTags(client: KMSClient, id: string): Promise<Tags> {
  const tags: Record<string, string> = {};
  let marker: string | undefined;
  do {
    const page = await client.send(new ListResourceTagsCommand({ KeyId: id, Marker: marker }));
    for (const { TagKey: name = "", TagValue: value = "" } of page.Tags ?? []) {
      tags[name] = value;
    }
    marker = page.Truncated === true ? page.NextMarker : undefined;
  } while (marker !== undefined);
  return tags;
}

function tagList(tags: Tags): { TagKey: string; TagValue: string }[] {
  return Object.entries(tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}

/** Whether two texts contain the same policy. */
function samePolicy(old: unknown, wanted: unknown): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(String(old)), JSON.parse(String(wanted)));
  } catch {
    return old === wanted;
  }
}
