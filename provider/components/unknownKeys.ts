import { log } from "@pulumi/pulumi";
import { PkiError } from "../errors";
import type { KeyKeeper } from "./keyKeeper";
import type { KeyName } from "./keySource";
import type { RecordedResources } from "./recordedResources";

/** A key that is about to be made. */
interface MissingKey {
  readonly keyName: KeyName;
  readonly name: string;
}

/**
 * Refuses to make a key beside one of which only the cloud knows.
 *
 * @param marked the ids of the keys that bear the mark
 * @throws PkiError `KEY_EXISTS`
 */
export function refuseUnknown(
  { keyName, name }: MissingKey,
  keeper: KeyKeeper,
  marked: readonly string[],
  recorded: RecordedResources,
): void {
  const found = unknown(marked, keeper, recorded);
  const [id] = found;
  if (id !== undefined) {
    throw new PkiError(
      "KEY_EXISTS",
      `there is the key ${found.join(" and the key ")} ${keeper.mark}, which is not in the state of "${name}": ` +
        "an earlier run was cut off after it was made, or made it twice, or could not delete it",
      `To use it: adopt: { "${keyName}": "${id}" } (pulumi config set --path 'kms-pki:adopt.${keyName}' ${id}). ` +
        `To be rid of it: ${keeper.discardCommand(id)}. Then "pulumi up"`,
    );
  }
}

/** Says of such keys what they may be, where they may as well be another's. */
export function warnOfUnknown(
  { name }: MissingKey,
  keeper: KeyKeeper,
  marked: readonly string[],
  recorded: RecordedResources,
): void {
  const found = unknown(marked, keeper, recorded);
  if (found.length > 0) {
    void log.warn(
      `there is the key ${found.join(" and the key ")} ${keeper.mark}, which is not in the state of "${name}". ` +
        "A stack that was destroyed may have left it behind, or it is another stack's. " +
        `Once it is certain that nobody needs it: ${found.map((id) => keeper.discardCommand(id)).join("; ")}.`,
    );
  }
}

/** Those that the state does not tell of: in its resources, or among those that a rotation released. */
function unknown(marked: readonly string[], keeper: KeyKeeper, recorded: RecordedResources): string[] {
  const names = [...recorded.values()].flatMap(({ uri, releasedKeys, [keeper.idOutput]: held }) => [
    ...[uri, held].filter((value) => typeof value === "string"),
    ...(typeof releasedKeys === "string" ? (JSON.parse(releasedKeys) as string[]) : []),
  ]);
  const known = names.flatMap((name) => {
    try {
      return [keeper.importId(name)];
    } catch {
      return []; // a key in another KMS, or no key
    }
  });
  return marked.filter((id) => !known.includes(id));
}
