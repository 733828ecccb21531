import { log, type Resource, runtime } from "@pulumi/pulumi";
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

/** A key of a cloud that is about to be declared. */
export interface DeclaredKey {
  readonly keyName: KeyName;
  /** The resource's name. */
  readonly name: string;
  readonly parent: Resource;
  /** The type and name of the resource that makes the key in the cloud. */
  readonly type: string;
  readonly resource: string;
  readonly algorithm: Algorithm;
  /** The name of the key that the user wants taken into the state. */
  readonly adopted: string | undefined;
  /** Whether the user allows a new key in place of one that is lost. */
  readonly mayBeNew: boolean;
  /** Whether the engine will refuse to replace what is pinned to a lost key. */
  readonly protect: boolean;
}

/** Which key a declaration stands for. */
export interface KeyOrigin {
  /** The name of the resource that makes or holds the key. That of a key which somebody else made tells it from then on. */
  readonly resource: string;
  /** Whether somebody else made it: it is released when it is given up, not deleted. */
  readonly isForeign: boolean;
  /** The id of the key to import into the state. */
  readonly imported?: string;
}

/**
 * Decides, before the engine hears of a key, whether it is the one of the last run, or one that must be taken back, or
 * a new one. The engine itself would make a new key for every one that is not in its state, and import any key at all.
 *
 * @throws PkiError `KEY_PENDING_DELETION`; `KEY_EXISTS` for a key of which only its mark tells; `INPUT_INVALID` when a
 * new key is allowed and its certificates are protected; what a keeper says of a key that cannot be the declared one
 */
export async function keyOrigin(key: DeclaredKey, keeper: KeyKeeper): Promise<KeyOrigin> {
  const recorded = await recordedResources();
  // What a preview does not know is looked at by the run.
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
    return runtime.isDryRun()
      ? announced(key, adopted, own)
      : take(notElsewhere(key, adopted, keeper, authority, recorded));
  }
  const lost = key.mayBeNew || held.length > 0 ? undefined : lostKey(key, pinned);
  if (lost !== undefined) {
    const id = keeper.importId(lost);
    await refuseLost(key, id, keeper);
    return runtime.isDryRun() ? { ...own, imported: id } : take(id);
  }
  if (key.mayBeNew) {
    refuseProtected(key, pinned !== undefined);
  }
  await lookForUnknown(key, keeper, authority, recorded);
  return own;
}

/** The key that the state tells of, and which has left it. */
function lostKey({ algorithm }: DeclaredKey, pinned: RecordedKey | undefined): string | undefined {
  const uri = pinned?.["uri"];
  return typeof uri === "string" && pinned?.["algorithm"] === algorithm ? uri : undefined; // another algorithm is another key
}

/** A preview calls no KMS. With the import the engine would say in its own words what is wrong with the key. */
function announced({ name, keyName }: DeclaredKey, id: string, origin: KeyOrigin): KeyOrigin {
  void log.warn(
    `adopt names ${id} for "${name}" (${keyName}). The preview does not look at it, and shows a key that is created; ` +
      "up looks at it, and takes it into the stack or refuses it",
  );
  return origin;
}

/** One resource holds a key: two would each delete it for the other. */
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
      `adopt names ${id} for "${name}" (${keyName}), and the stack has that key already as ${others.join(" and ")}`,
      "Remove it from adopt: each key of an authority is a key of its own",
    );
  }
  return id;
}

function isKey(name: string, id: string, keeper: KeyKeeper): boolean {
  try {
    return keeper.importId(name) === id;
  } catch {
    return false; // a key in another KMS, or no key
  }
}

/** The engine would give up the one for the sake of the other. */
function refuseOther({ keyName, name }: DeclaredKey, held: unknown, adopted: string | undefined): void {
  if (adopted !== undefined && typeof held === "string" && held !== adopted) {
    throw new PkiError(
      "INPUT_INVALID",
      `adopt names ${adopted} for "${name}" (${keyName}), which has the key ${held} already`,
      "Remove it from adopt",
    );
  }
}

/**
 * What an import put into the state by mistake would be replaced by the key that was meant, and be deleted for it: a key that
 * neither bears the mark nor was ever used here.
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
      `the state holds for "${name}" (${keyName}) the key ${id}, which is none that this authority made or can use, ` +
        "and would be deleted when another takes its place",
      `Release it: pulumi state delete with the URN of its ${type} (pulumi stack --show-urns). It stays as it is in the cloud. ` +
        'Take it out of adopt, then "pulumi up"',
    );
  }
}

/** The engine would say so too, but only when the new key is made. */
function refuseProtected({ keyName, name, protect }: DeclaredKey, isPinned: boolean): void {
  if (protect && isPinned) {
    throw new PkiError(
      "INPUT_INVALID",
      `newKeys allows a new key for "${name}" (${keyName}), and deletionProtection forbids to replace its certificates`,
      `Turn deletionProtection off (${argumentNaming().assignment("deletionProtection", false)}) for the up that makes the new key`,
    );
  }
}

/** A refresh drops a key that is about to be deleted from the state. Its certificates are there still. */
async function refuseLost({ keyName, name }: DeclaredKey, id: string, keeper: KeyKeeper): Promise<void> {
  const problem = `the key ${id} of "${name}" is not in the state any more, as after a refresh that found it scheduled for deletion`;
  const remedy =
    `To keep it: ${keeper.keepCommands(id)}, then "pulumi up", ` +
    `which takes it back. To have a new key and new certificates: allow it by ${argumentNaming().assignment("keys.newKeys[0]", keyName)}, ` +
    "with deletionProtection off";
  if (runtime.isDryRun()) {
    void log.warn(`${problem}. ${remedy}.`); // a preview calls no KMS
  } else if (await keeper.isAboutToBeDeleted(id)) {
    throw new PkiError("KEY_PENDING_DELETION", problem, remedy);
  }
}

/** Before a key is made: where the authority itself was never recorded, it never asked for one. */
async function lookForUnknown(
  key: DeclaredKey,
  keeper: KeyKeeper,
  authority: KnownResource,
  recorded: RecordedResources,
): Promise<void> {
  if (runtime.isDryRun()) {
    return; // a preview calls no KMS
  }
  const known = knownKeys(keeper, recorded);
  if (findRecorded(recorded, authority.urns) !== undefined) {
    refuseUnknown(key, keeper, await keeper.findMarked(known), known);
  } else if (keeper.isMarkShared) {
    warnOfUnknown(key, keeper, await keeper.findMarked(known), known);
  }
}
