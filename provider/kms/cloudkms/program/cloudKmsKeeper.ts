import type { Algorithm } from "../../algorithms";
import { type CloudConnection, parseCloudKey } from "../cloudKeyUri";
import {
  type CloudKeyVersion,
  cryptoKeyOf,
  requireAdoptableVersion,
  usableVersions,
  versionOfAnother,
} from "../cloudKeyVersions";
import type { CloudKms } from "../cloudkms";
import { labelledOwner, OWNER_LABEL } from "../cloudOwnerLabel";
import type { RecordedOwner } from "../../../keySources/authorityOwner";
import type { ExistingCloudKeys, KnownCloudSettings, ProtectionLevel } from "./cloudKmsKeysArgs";
import type { KeyKeeper, MarkedKeys } from "../../../keySources/keyKeeper";
import type { KeyRole } from "../../../authority/keyNames";
import { programSecrets } from "../../../keySources/programSecrets";

/** The versions of keys. Each key's versions are listed once a run, before any new version is made. */
export class CloudVersions {
  readonly #connection: Promise<CloudConnection>;
  readonly #listed = new Map<string, Promise<CloudKeyVersion[]>>();

  constructor(connection: Promise<CloudConnection>) {
    this.#connection = connection;
  }

  /** @param cryptoKey `projects/.../cryptoKeys/K` */
  of(cryptoKey: string): Promise<CloudKeyVersion[]> {
    const listed = this.#listed.get(cryptoKey) ?? this.#list(cryptoKey);
    this.#listed.set(cryptoKey, listed);
    return listed;
  }

  async #list(cryptoKey: string): Promise<CloudKeyVersion[]> {
    return withCloudKms(await this.#connection, (kms) => kms.listVersions(cryptoKey));
  }

  /** The id of the authority that made a key; undefined if its label does not contain it. */
  async authorityOf(cryptoKey: string): Promise<string | undefined> {
    const labels = await withCloudKms(await this.#connection, (kms) => kms.labelsOf(cryptoKey));
    return labels[OWNER_LABEL];
  }
}

/** A declared version, with the settings of its source. */
export interface DeclaredCloudVersion {
  readonly existing: KnownCloudSettings["existing"];
  readonly protectionLevel: KnownCloudSettings["protectionLevel"];
  /** `projects/.../keyRings/R` */
  readonly ring: string;
  readonly role: KeyRole;
  readonly algorithm: Algorithm;
  /** The authority's record. */
  readonly owner: RecordedOwner;
}

/** Makes the keeper for Cloud KMS. A version bears no label, so every version that can sign counts as marked. */
export function cloudKmsKeeper(
  { ring, role, algorithm, existing, protectionLevel: levels, owner }: DeclaredCloudVersion,
  versions: Pick<CloudVersions, "of" | "authorityOf">,
): KeyKeeper {
  const cryptoKey = `${ring}/cryptoKeys/${role}`;
  const protectionLevel = levelOf({ protectionLevel: levels }, role);
  const isKeyShared = isThere(existing?.cryptoKeys, role); // not made by this stack
  const whose = async (known: readonly string[]): Promise<keyof MarkedKeys> => {
    const isUsedHere = known.some((id) => cryptoKeyOf(id) === cryptoKey);
    return labelledOwner(await versions.authorityOf(cryptoKey), { authorityId: owner.authorityId, isUsedHere });
  };
  return {
    importId: parseCloudKey,
    idOutput: "name",
    keepCommands: (id) => `gcloud kms keys versions restore ${id}, gcloud kms keys versions enable ${id}`,
    discardCommand: (id) => `gcloud kms keys versions destroy ${id}`,
    mark: `that can sign, a version of ${cryptoKey}`,
    elsewhere: `Choose another keyRing${isKeyShared ? `, or remove cryptoKeys.${role} from existing` : ""}`,
    isMarkShared: isKeyShared,
    fits: ({ name }) => typeof name !== "string" || cryptoKeyOf(name) === cryptoKey,
    isMarked: ({ name }) => typeof name === "string" && cryptoKeyOf(name) === cryptoKey,
    async isAboutToBeDeleted(id) {
      const version = (await versions.of(cryptoKeyOf(id))).find(({ name }) => name === id);
      return version?.state === "DESTROY_SCHEDULED" || version?.state === "DESTROYED";
    },
    async requireAdoptable(id, known) {
      requireAdoptableVersion(id, await versions.of(cryptoKey), { cryptoKey, algorithm, protectionLevel });
      if ((await whose(known)) === "others") {
        throw versionOfAnother(id);
      }
      return isKeyShared ? "foreign" : "own";
    },
    async findMarked(known) {
      const unknown = usableVersions(await versions.of(cryptoKey)).filter((id) => !known.includes(id));
      const none: MarkedKeys = { own: [], doubtful: [], others: [] };
      return unknown.length === 0 ? none : { ...none, [await whose(known)]: unknown };
    },
  };
}

/** Asks Cloud KMS over a separate connection. */
export async function withCloudKms<Result>(
  connection: CloudConnection,
  use: (kms: CloudKms) => Promise<Result>,
): Promise<Result> {
  const { CloudKms } = await import("../cloudkms.js");
  const kms = new CloudKms({
    ...connection,
    rootDirectory: programSecrets().rootDirectory,
    notice: () => undefined,
  });
  try {
    return await use(kms);
  } finally {
    await kms.close();
  }
}

/** The protection level of a key, as the program gives it. */
export function levelOf(
  { protectionLevel }: Pick<KnownCloudSettings, "protectionLevel">,
  role: KeyRole,
): ProtectionLevel | undefined {
  return typeof protectionLevel === "object" ? protectionLevel[role] : protectionLevel;
}

/** Whether the key of a role is an existing key. */
export function isThere(cryptoKeys: ExistingCloudKeys["cryptoKeys"], role: KeyRole): boolean {
  return typeof cryptoKeys === "object" ? cryptoKeys[role] === true : cryptoKeys === true;
}
