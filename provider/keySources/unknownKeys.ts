import { log } from "../pulumi";
import { PkiError } from "../errors";
import type { KeyKeeper, MarkedKeys } from "./keyKeeper";
import type { KeyName } from "../authority/keyNames";
import type { RecordedResources } from "./recordedResources";
import { argumentNaming } from "../words/argumentNaming";

/** A key that is about to be made. */
interface MissingKey {
  readonly keyName: KeyName;
  readonly name: string;
}

/**
 * Refuses to make a key beside one that only the cloud knows.
 *
 * @param known the ids of the keys in the state
 * @throws PkiError `KEY_EXISTS`
 */
export function refuseUnknown(key: MissingKey, keeper: KeyKeeper, marked: MarkedKeys, known: readonly string[]): void {
  refuseOthers(keeper, without(marked.others, known));
  const own = without(marked.own, known);
  if (own.length > 0) {
    const why = "an earlier run was killed after it was made, or made it twice, or could not delete it";
    throw unknownKey(key, keeper, own, { why, caution: "" });
  }
  const doubtful = without(marked.doubtful, known);
  if (doubtful.length > 0) {
    throw unknownKey(key, keeper, doubtful, {
      why: "an earlier run of this stack left it behind, or another checkout of this project, or another stack, uses it",
      caution:
        "Find out first who uses it. If another checkout does, use other names here. Continue only if nobody else does. ",
    });
  }
}

function without(ids: readonly string[], known: readonly string[]): string[] {
  return ids.filter((id) => !known.includes(id));
}

/** Refuses keys of other authorities, which may be in use and must be neither adopted nor deleted. */
function refuseOthers(keeper: KeyKeeper, found: readonly string[]): void {
  if (found.length > 0) {
    throw new PkiError(
      "KEY_EXISTS",
      `there is the key ${found.join(" and the key ")} ${keeper.mark}, which belongs to another authority and may be in use`,
      keeper.elsewhere,
    );
  }
}

function unknownKey(
  { keyName, name }: MissingKey,
  keeper: KeyKeeper,
  found: readonly string[],
  { why, caution }: { readonly why: string; readonly caution: string },
): PkiError {
  const [id = ""] = found;
  return new PkiError(
    "KEY_EXISTS",
    `there is the key ${found.join(" and the key ")} ${keeper.mark}, which is not in the state of "${name}": ${why}`,
    `${caution}To use it: ${argumentNaming().assignment(`keys.adopt.${keyName}`, id)}. ` +
      `To discard it: ${keeper.discardCommand(id)}. Then run "pulumi up"`,
  );
}

/** Warns about unknown keys that may also belong to another stack. */
export function warnOfUnknown(
  { name }: MissingKey,
  keeper: KeyKeeper,
  { own, doubtful, others }: MarkedKeys,
  known: readonly string[],
): void {
  refuseOthers(keeper, without(others, known));
  const found = without([...own, ...doubtful], known);
  if (found.length > 0) {
    void log.warn(
      `there is the key ${found.join(" and the key ")} ${keeper.mark}, which is not in the state of "${name}". ` +
        "A destroyed stack may have left it behind, or it belongs to another stack. " +
        `If you are certain that nobody needs it: ${found.map((id) => keeper.discardCommand(id)).join("; ")}.`,
    );
  }
}

/** The ids of the keys in the state: of its resources, and of keys that a rotation released. */
export function knownKeys(keeper: KeyKeeper, recorded: RecordedResources): string[] {
  const names = [...recorded.values()].flatMap(({ uri, releasedKeys, [keeper.idOutput]: held }) => [
    ...[uri, held].filter((value) => typeof value === "string"),
    ...(typeof releasedKeys === "string" ? (JSON.parse(releasedKeys) as string[]) : []),
  ]);
  return names.flatMap((name) => {
    try {
      return [keeper.importId(name)];
    } catch {
      return []; // a key in another KMS, or not a key
    }
  });
}
