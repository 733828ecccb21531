import type { PlannedKey } from "../../../authority/plannedKey";
import type { FindRecorded } from "../../../keySources/keySource";
import { programSecrets } from "../../../keySources/programSecrets";
import { invalid, type Problem } from "../../../words/problem";
import { PkiError } from "../../../errors";
import { ownerMark } from "../../ownerMark";
import { resourceType } from "../../resourceType";
import { pkcs11 } from "../descriptor";
import { tokenKmsUri } from "../pkcs11Uri";

/** A key of a source, and its label. */
export interface LabelledKey {
  readonly key: PlannedKey;
  readonly label: string;
}

/**
 * Checks, before the first key is made, that a token is present, accepts the PIN, has the algorithm, and holds no other key with
 * the labels of the keys that the state does not know. If the state knows all keys, nothing is checked.
 *
 * @param connection of the token
 * @param adopted the names of the existing keys
 */
export async function checkKeysInToken(
  keys: readonly LabelledKey[],
  find: FindRecorded,
  connection: Parameters<typeof tokenKmsUri>[0],
  adopted: readonly string[],
): Promise<Problem[]> {
  const unknown = keys.filter(({ key }) => find(resourceType("Pkcs11Key"), key.name) === undefined);
  if (unknown.length === 0) {
    return [];
  }
  const manager = await pkcs11.open({ secrets: programSecrets(), notice: () => undefined })(tokenKmsUri(connection));
  try {
    return await manager.token.turn(async (turn) => {
      const problems: Problem[] = [];
      for (const { key, label } of unknown) {
        const owner = ownerMark("this authority", recordedId(key, find));
        problems.push(
          ...(await problemOf(async () => {
            await manager.requireAlgorithm(turn, key.algorithm);
            if (!adopted.includes(key.keyName)) {
              await manager.requireFree(turn, label, { owner });
            }
          })),
        );
      }
      return problems;
    });
  } catch (error) {
    return await problemOf(() => {
      throw error;
    }); // a problem with the token or its PIN is reported once for all keys
  } finally {
    await manager.close();
  }
}

/** The name of the authority whose key it is. */
export function authorityOf({ name }: PlannedKey): string {
  return name.replace(/-(?:root|intermediate|ssh-user|ssh-host)(?:-g\d+)?-key$/, "");
}

/** The id of the authority, which identifies the keys that a killed run made. */
function recordedId(key: PlannedKey, find: FindRecorded): string | undefined {
  const id = find(resourceType("AuthorityId"), `${authorityOf(key)}-id`)?.["authorityId"];
  return typeof id === "string" ? id : undefined;
}

async function problemOf(check: () => Promise<void>): Promise<Problem[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (error instanceof PkiError) {
      return [{ ...invalid("", error.reason, error.remedy), code: error.code }];
    }
    throw error;
  }
}
