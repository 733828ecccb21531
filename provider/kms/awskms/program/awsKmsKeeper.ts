import { awsAlgorithm } from "../awsAlgorithms";
import { type AwsConnection, awsKeyId } from "../awsKeyUri";
import type { AwsKms } from "../awskms";
import type { WantedAwsKey } from "../awskmsAdoption";
import type { TaggedKey } from "../awskmsKeys";
import { type AwsKeyOwner, OWNER_TAG, type TaggedOwner, taggedOwner } from "../awsOwnerTag";
import { isKnownChange } from "../../../words/unknown";
import type { KeyKeeper, MarkedKeys } from "../../../keySources/keyKeeper";
import { programSecrets } from "../../../keySources/programSecrets";

/** The keys of a stack, by their tags. They are searched once a run, before any key is made. */
export class AwsTaggedKeys {
  readonly #connection: Promise<AwsConnection>;
  readonly #stack: string;
  #found: Promise<TaggedKey[]> | undefined;

  /** @param stack `<project>/<stack>` */
  constructor(connection: Promise<AwsConnection>, stack: string) {
    this.#connection = connection;
    this.#stack = stack;
  }

  /** The ids of the keys that were made for one declared key, according to the tag. */
  async of(owner: AwsKeyOwner): Promise<MarkedKeys> {
    const found = await (this.#found ??= this.#find());
    const idsOf = (whose: TaggedOwner): string[] =>
      found.filter(({ value }) => taggedOwner(value, owner) === whose).map(({ keyId }) => keyId);
    return { own: idsOf("own"), doubtful: idsOf("former"), others: [] };
  }

  async #find(): Promise<TaggedKey[]> {
    const { findTaggedKeys } = await import("../awskmsKeys.js");
    const isWanted = (value: string): boolean => value.startsWith(`${this.#stack}/`);
    return withAwsKms(await this.#connection, (kms) => findTaggedKeys(kms, { key: OWNER_TAG, isWanted }));
  }
}

/** Makes the keeper for AWS, where a tag marks a key. */
export function awsKmsKeeper(connection: AwsConnection, wanted: WantedAwsKey, tagged: AwsTaggedKeys): KeyKeeper {
  const { name, owner, algorithm, multiRegion } = wanted;
  const declared = {
    customerMasterKeySpec: awsAlgorithm(algorithm)?.keySpec,
    keyUsage: "SIGN_VERIFY",
    multiRegion,
  };
  return {
    importId: awsKeyId,
    idOutput: "keyId",
    keepCommands: (id) => `aws kms cancel-key-deletion --key-id ${id}, aws kms enable-key --key-id ${id}`,
    discardCommand: (id) => `aws kms schedule-key-deletion --key-id ${id}`,
    mark: `whose tag ${OWNER_TAG} names "${name}"`,
    elsewhere: "Use another name for this authority",
    isMarkShared: false,
    fits: (recorded) => Object.entries(declared).every(([name, value]) => !isKnownChange(recorded[name], value)),
    isMarked: ({ tags }) =>
      ["own", "former", "adopted"].includes(
        taggedOwner((tags as Record<string, string> | undefined)?.[OWNER_TAG], owner),
      ),
    async isAboutToBeDeleted(id) {
      const { awsKeyState } = await import("../awskmsKeys.js");
      const state = await withAwsKms(connection, (kms) => awsKeyState(kms, id));
      return state === "PendingDeletion" || state === "PendingReplicaDeletion";
    },
    async requireAdoptable(id) {
      const [{ seeAwsKey }, { requireAdoptable }] = await Promise.all([
        import("../awskmsKeys.js"),
        import("../awskmsAdoption.js"),
      ]);
      const seen = await withAwsKms(connection, (kms) => seeAwsKey(kms, id, OWNER_TAG));
      requireAdoptable(seen, wanted);
      return ["own", "former"].includes(taggedOwner(seen.tag, owner)) ? "own" : "foreign";
    },
    findMarked: () => tagged.of(owner),
  };
}

/** Lists the aliases of the region, with the ids of the keys that they point to. */
export async function awsKmsAliases(connection: AwsConnection): Promise<ReadonlyMap<string, string>> {
  const { listAliases } = await import("../awskmsKeys.js");
  return withAwsKms(connection, listAliases);
}

async function withAwsKms<Result>(connection: AwsConnection, use: (kms: AwsKms) => Promise<Result>): Promise<Result> {
  const { AwsKms } = await import("../awskms.js");
  const kms = new AwsKms({ ...connection, rootDirectory: programSecrets().rootDirectory });
  try {
    return await use(kms);
  } finally {
    await kms.close();
  }
}
