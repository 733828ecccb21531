import { isDryRun, log, type Resource } from "../pulumi";
import { PkiError } from "../errors";
import { UNKNOWN } from "../words/unknown";
import { resourceType } from "../kms/resourceType";
import type { Algorithm } from "../kms/algorithms";
import type { KeyKeeper, RecordedKey } from "./keyKeeper";
import type { KeyName } from "../authority/keyNames";
import { findRecorded, recordedResources, type RecordedResources } from "./recordedResources";
import { childUrns, type KnownResource, knownResource } from "./resourceUrns";
import { knownKeys, refuseUnknown, warnOfUnknown } from "./unknownKeys";
import { argumentNaming } from "../words/argumentNaming";

/** A key in a cloud that is about to be declared. */
export interface DeclaredKey {
  readonly keyName: KeyName;
  /** The resource's name. */
  readonly name: string;
  readonly parent: Resource;
  /** The type and name of the resource that makes the key in the cloud. */
  readonly type: string;
  readonly resource: string;
  readonly algorithm: Algorithm;
  /** The name of the key that the user adopts. */
  readonly adopted: string | undefined;
  /** Whether the user allows a new key in place of a lost one. */
  readonly mayBeNew: boolean;
  /** Whether the engine will refuse to replace resources that are pinned to a lost key. */
  readonly protect: boolean;
}

/** The key that a declaration stands for. */
export interface KeyOrigin {
  /**
   * The name of the resource that makes or holds the key. For a foreign key, the name marks it as foreign from then on.
   */
  readonly resource: string;
  /** Whether someone else made it. Then it is released when given up, not deleted. */
  readonly isForeign: boolean;
  /** The id of the key to import into the state. */
  readonly imported?: string;
}

/**
 * Decides, before a key is registered with the engine, whether it is the last run's key, a key to restore or adopt, or
 * a new one. The engine itself would make a new key for every key that is not in its state, and would import any key at
 * all.
 *
 * @throws PkiError `KEY_PENDING_DELETION`; `KEY_EXISTS` for a key that is known only by its mark; `INPUT_INVALID` if a
 * new key is allowed but its certificates are protected; the keeper's errors for a key that cannot be the declared one
 */
export async function keyOrigin(key: DeclaredKey, keeper: KeyKeeper): Promise<KeyOrigin> {
  const recorded = await recordedResources();
  // The run checks what a preview does not know.
  const adopted = key.adopted === undefined || key.adopted === UNKNOWN ? undefined : keeper.importId(key.adopted);
  const authority = await knownResource(key.parent);
  const own = { resource: key.resource, isForeign: false };
  const foreign = { resource: `${key.resource}-adopted`, isForeign: true };
  const places = [own, foreign].map((origin) => ({
    origin,
    held: findRecorded(recorded, childUrns(authority, key.type, origin.resource)),
  }));
  const kept = places.find(({ held }) => held !== undefined && keeper.fits(held));
  if (kept !== undefined) {
    refuseOther(key, kept.held?.[keeper.idOutput], adopted);
    return kept.origin;
  }
  const pinned = findRecorded(recorded, childUrns(authority, resourceType("ExistingKey"), key.name));
  const held = places.flatMap((place) => (place.held === undefined ? [] : [place.held]));
  held.forEach((stranger) => {
    refuseStranger(key, keeper, stranger, pinned);
  });
  const take = async (id: string): Promise<KeyOrigin> => ({
    ...((await keeper.requireAdoptable(id, knownKeys(keeper, recorded))) === "own" ? own : foreign),
    imported: id,
  });
  if (adopted !== undefined) {
    return isDryRun() ? announced(key, adopted, own) : take(notElsewhere(key, adopted, keeper, authority, recorded));
  }
  const lost = key.mayBeNew || held.length > 0 ? undefined : lostKey(key, pinned);
  if (lost !== undefined) {
    const id = keeper.importId(lost);
    await refuseLost(key, id, keeper);
    return isDryRun() ? { ...own, imported: id } : take(id);
  }
  if (key.mayBeNew) {
    refuseProtected(key, pinned !== undefined);
  }
  await lookForUnknown(key, keeper, authority, recorded);
  return own;
}

/** The id of a key that the state still refers to, but that has left the state. */
function lostKey({ algorithm }: DeclaredKey, pinned: RecordedKey | undefined): string | undefined {
  const uri = pinned?.["uri"];
  return typeof uri === "string" && pinned?.["algorithm"] === algorithm ? uri : undefined; // another algorithm is another key
}

/**
 * Announces an adoption in a preview, which calls no KMS. With an import, the engine itself would report problems with the key.
 */
function announced({ name, keyName }: DeclaredKey, id: string, origin: KeyOrigin): KeyOrigin {
  void log.warn(
    `adopt names ${id} for "${name}" (${keyName}). The preview does not check it and shows the key as created; ` +
      "up checks it, and adopts or refuses it",
  );
  return origin;
}

/** Refuses a key that another resource already holds, because each would delete it for the other. */
function notElsewhere(
  { keyName, name, type }: DeclaredKey,
  id: string,
  keeper: KeyKeeper,
  authority: KnownResource,
  recorded: RecordedResources,
): string {
  const own = [resourceType("ExistingKey"), type].flatMap((each) => childUrns(authority, each, name));
  const others = [...recorded].flatMap(([urn, { uri, [keeper.idOutput]: held }]) => {
    return own.includes(urn) || ![uri, held].some((value) => typeof value === "string" && isKey(value, id, keeper))
      ? []
      : [urn];
  });
  if (others.length > 0) {
    throw new PkiError(
      "INPUT_INVALID",
      `adopt names ${id} for "${name}" (${keyName}), but the stack already has that key as ${others.join(" and ")}`,
      "Remove it from adopt: each key of an authority must be a separate key",
    );
  }
  return id;
}

function isKey(name: string, id: string, keeper: KeyKeeper): boolean {
  try {
    return keeper.importId(name) === id;
  } catch {
    return false; // a key in another KMS, or not a key
  }
}

/** Refuses to adopt a key in the place of another one, which the engine would give up. */
function refuseOther({ keyName, name }: DeclaredKey, held: unknown, adopted: string | undefined): void {
  if (adopted !== undefined && typeof held === "string" && held !== adopted) {
    throw new PkiError(
      "INPUT_INVALID",
      `adopt names ${adopted} for "${name}" (${keyName}), which already has the key ${held}`,
      "Remove it from adopt",
    );
  }
}

/**
 * Refuses to continue with a key that was imported by mistake: it neither bears the mark nor was ever used here. The
 * intended key would replace it, and the engine would delete it.
 */
function refuseStranger(
  { keyName, name, type }: DeclaredKey,
  keeper: KeyKeeper,
  held: RecordedKey,
  pinned: RecordedKey | undefined,
): void {
  const id = held[keeper.idOutput];
  const pinnedUri = pinned?.["uri"];
  const isPinned = typeof id === "string" && typeof pinnedUri === "string" && isKey(pinnedUri, id, keeper);
  if (typeof id === "string" && !isPinned && !keeper.isMarked(held)) {
    throw new PkiError(
      "KEY_OWNED",
      `for "${name}" (${keyName}), the state holds the key ${id}, which this authority neither made nor can use, ` +
        "and which would be deleted when another key takes its place",
      `Release it: pulumi state delete with the URN of its ${type} (pulumi stack --show-urns). The key itself stays in the cloud. ` +
        'Remove it from adopt, then run "pulumi up"',
    );
  }
}

/**
 * Refuses a new key whose certificates are protected. The engine would refuse too, but only after the new key is made.
 */
function refuseProtected({ keyName, name, protect }: DeclaredKey, isPinned: boolean): void {
  if (protect && isPinned) {
    throw new PkiError(
      "INPUT_INVALID",
      `newKeys allows a new key for "${name}" (${keyName}), but deletionProtection forbids replacing its certificates`,
      `Turn deletionProtection off (${argumentNaming().assignment("deletionProtection", false)}) for the up that makes the new key`,
    );
  }
}

/**
 * Refuses to make a new key for a lost one. A refresh drops a key that is scheduled for deletion from the state, but
 * its certificates are still there.
 */
async function refuseLost({ keyName, name }: DeclaredKey, id: string, keeper: KeyKeeper): Promise<void> {
  const problem = `the key ${id} of "${name}" is no longer in the state, as after a refresh that found it scheduled for deletion`;
  const remedy =
    `To keep it: ${keeper.keepCommands(id)}, then "pulumi up", ` +
    `which restores it. For a new key and new certificates, allow it with ${argumentNaming().assignment("keys.newKeys[0]", keyName)}, ` +
    "with deletionProtection off";
  if (isDryRun()) {
    void log.warn(`${problem}. ${remedy}.`); // a preview calls no KMS
  } else if (await keeper.isAboutToBeDeleted(id)) {
    throw new PkiError("KEY_PENDING_DELETION", problem, remedy);
  }
}

/** Looks for unknown keys before a key is made. An authority that was never recorded never asked for one. */
async function lookForUnknown(
  key: DeclaredKey,
  keeper: KeyKeeper,
  authority: KnownResource,
  recorded: RecordedResources,
): Promise<void> {
  if (isDryRun()) {
    return; // a preview calls no KMS
  }
  const known = knownKeys(keeper, recorded);
  if (findRecorded(recorded, authority.urns) !== undefined) {
    refuseUnknown(key, keeper, await keeper.findMarked(known), known);
  } else if (keeper.isMarkShared) {
    warnOfUnknown(key, keeper, await keeper.findMarked(known), known);
  }
}
