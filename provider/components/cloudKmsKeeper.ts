import type { Algorithm } from "../kms/algorithms";
import { type CloudConnection, parseCloudKey } from "../kms/cloudKeyUri";
import { type CloudKeyVersion, cryptoKeyOf, requireAdoptableVersion, usableVersions } from "../kms/cloudKeyVersions";
import type { CloudKms } from "../kms/cloudkms";
import type { CloudKmsKeysArgs, ExistingCloudKeys } from "./cloudKmsKeys";
import type { KeyKeeper } from "./keyKeeper";
import type { KeyRole } from "./keySource";
import { programSecrets } from "./programSecrets";

/** The versions of keys: each key is asked once a run, and before any version of it is made. */
export class CloudVersions {
  readonly #connection: CloudConnection;
  readonly #listed = new Map<string, Promise<CloudKeyVersion[]>>();

  constructor(connection: CloudConnection) {
    this.#connection = connection;
  }

  /** @param cryptoKey `projects/.../cryptoKeys/K` */
  of(cryptoKey: string): Promise<CloudKeyVersion[]> {
    const listed = this.#listed.get(cryptoKey) ?? this.#list(cryptoKey);
    this.#listed.set(cryptoKey, listed);
    return listed;
  }

  #list(cryptoKey: string): Promise<CloudKeyVersion[]> {
    return withCloudKms(this.#connection, (kms) => kms.listVersions(cryptoKey));
  }
}

/** The version that is declared, by the settings of its source. */
export interface DeclaredCloudVersion {
  readonly existing: ExistingCloudKeys | undefined;
  readonly protectionLevel: CloudKmsKeysArgs["protectionLevel"];
  /** `projects/.../keyRings/R` */
  readonly ring: string;
  readonly role: KeyRole;
  readonly algorithm: Algorithm;
}

/** What Cloud KMS knows of the versions of a key. A version bears no label: every version that can sign is marked. */
export function cloudKmsKeeper(
  { ring, role, algorithm, existing, protectionLevel: level }: DeclaredCloudVersion,
  versions: Pick<CloudVersions, "of">,
): KeyKeeper {
  const cryptoKey = `${ring}/cryptoKeys/${role}`;
  const protectionLevel = typeof level === "string" ? level : level?.[role];
  const isKeyShared = isThere(existing?.cryptoKeys, role); // not made by this stack
  return {
    importId: parseCloudKey,
    idOutput: "name",
    keepCommands: (id) => `gcloud kms keys versions restore ${id}, gcloud kms keys versions enable ${id}`,
    discardCommand: (id) => `gcloud kms keys versions destroy ${id}`,
    mark: `that can sign, a version of ${cryptoKey}`,
    isMarkShared: isKeyShared,
    fits: ({ name }) => typeof name !== "string" || cryptoKeyOf(name) === cryptoKey,
    isMarked: ({ name }) => typeof name === "string" && cryptoKeyOf(name) === cryptoKey,
    async isAboutToBeDeleted(id) {
      const version = (await versions.of(cryptoKeyOf(id))).find(({ name }) => name === id);
      return version?.state === "DESTROY_SCHEDULED" || version?.state === "DESTROYED";
    },
    async requireAdoptable(id) {
      requireAdoptableVersion(id, await versions.of(cryptoKey), { cryptoKey, algorithm, protectionLevel });
      return isKeyShared ? "foreign" : "own";
    },
    findMarked: async () => usableVersions(await versions.of(cryptoKey)),
  };
}

/** Asks Cloud KMS, by a connection of its own. */
export async function withCloudKms<Result>(
  connection: CloudConnection,
  use: (kms: CloudKms) => Promise<Result>,
): Promise<Result> {
  const { CloudKms } = await import("../kms/cloudkms.js");
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

/** Whether the key of a role is there, and not made by the stack. */
export function isThere(cryptoKeys: ExistingCloudKeys["cryptoKeys"], role: KeyRole): boolean {
  return typeof cryptoKeys === "object" ? cryptoKeys[role] === true : cryptoKeys === true;
}
