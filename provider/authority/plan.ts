import { type AuthorityPart } from "../rotation/authorityPart";
import { authorityState } from "../rotation/authorityState";
import { activeFirst } from "../rotation/generation";
import { type GenerationStates, generationStates } from "../rotation/generationStates";
import type { Rotation } from "../rotation/rotation";
import type { Instant } from "../rotation/schedule";
import type { SshKeyEntry, SshKeyType } from "../stepca/sshKeys";
import { type PlannedCertificate, plannedCertificate } from "./plannedCertificate";
import { type PlannedList, plannedLists } from "./plannedList";
import { type AuthorityKey, plannedKey } from "./plannedKey";
import { type AuthorityStructure, isMade, partsOf, rotationOf } from "./structure";

/** An authority at an instant, as data. Everything that is declared, recorded or exported follows from this. */
export interface AuthorityPlan {
  readonly at: Instant;
  readonly isRotated: boolean;
  readonly rotation: Rotation;
  /** The keys that the authority makes, in the order of their declaration. */
  readonly keys: readonly AuthorityKey[];
  /** All roots, which ca.json names as `root`; the active one first. */
  readonly roots: readonly PlannedCertificate[];
  /** All certificates of intermediates, the issuing one first. */
  readonly intermediates: readonly PlannedCertificate[];
  readonly crossCertificates: readonly PlannedCertificate[];
  /** The revocation lists of its CAs. */
  readonly lists: readonly PlannedList[];
  /** The certificates in the file that ca.json names as `crt`: the issuing one and its bundle. */
  readonly crt: readonly PlannedCertificate[];
  /** The certificates in use. */
  readonly root: PlannedCertificate;
  readonly intermediate: PlannedCertificate;
  /** Keys and certificates in the order of their declaration: each comes after everything that it needs. */
  readonly declared: readonly (AuthorityKey | PlannedCertificate)[];
  /** Undefined for an authority without SSH keys. */
  readonly ssh: SshPlan | undefined;
  /** The state of each generation, by label. */
  readonly states: GenerationStates;
  /** Warnings for the user, each a sentence. */
  readonly warnings: readonly string[];
}

/** The SSH keys of an authority. */
export interface SshPlan {
  /** In the order of the lines of trust: the active key first. */
  readonly user: readonly [AuthorityKey, ...AuthorityKey[]];
  readonly host: readonly [AuthorityKey, ...AuthorityKey[]];
  /** `ssh.keys` of ca.json: every key except the active one, which step-ca adds itself; each for both uses. */
  readonly entries: readonly (Pick<SshKeyEntry, "type" | "federated"> & { readonly key: AuthorityKey })[];
}

/**
 * The plan of an authority at an instant.
 *
 * @param name of the authority's resource
 * @param structure its rotation must pass {@link checkRotation}
 */
export function authorityPlan(name: string, structure: AuthorityStructure, at: Instant): AuthorityPlan {
  const rotation = rotationOf(structure);
  const state = authorityState(rotation, at);
  const parts = partsOf(structure);
  const keys = parts.flatMap((part) =>
    state.generations[part]
      .filter(({ number }) => isMade(structure, part, number))
      .map((generation) => plannedKey(name, structure, rotation, part, generation)),
  );
  const certificates = state.certificates.map((each) =>
    plannedCertificate(name, structure, rotation, state, each, keys),
  );
  const named = (wanted: string): PlannedCertificate =>
    required(certificates.find(({ name: each }) => each === wanted));
  const roots = state.caConfig.root.map(named);
  const intermediates = activeFirst(certificates.filter(({ kind }) => kind === "intermediate"));
  const declared = inOrder(structure, keys, certificates);
  return {
    at,
    isRotated: structure.rotation !== undefined,
    rotation,
    keys: declared.filter((each) => "keyName" in each),
    root: named(state.caConfig.root[0]),
    intermediate: named(state.caConfig.crt[0]),
    roots,
    intermediates,
    lists: plannedLists(name, structure, [...roots, ...intermediates]),
    crossCertificates: certificates.filter(({ kind }) => kind === "cross"),
    crt: state.caConfig.crt.map(named),
    declared,
    ssh: structure.ssh ? sshPlan(keys) : undefined,
    states: generationStates(Object.fromEntries(parts.map((part) => [part, state.generations[part]]))),
    warnings: state.warnings,
  };
}

/**
 * Puts the plan into the order of declaration. The resources that all keys of a source share bear the name of the
 * first, which must not change when the first root is rotated away.
 */
function inOrder(
  { hasExistingRoot }: AuthorityStructure,
  keys: readonly AuthorityKey[],
  certificates: readonly PlannedCertificate[],
): AuthorityPlan["declared"] {
  const of = (wanted: AuthorityPart): AuthorityKey[] => keys.filter(({ part }) => part === wanted);
  const issued = (wanted: PlannedCertificate["kind"]): PlannedCertificate[] =>
    certificates.filter(({ kind }) => kind === wanted);
  return [
    ...(hasExistingRoot ? of("intermediate") : []),
    ...of("root"),
    ...issued("root"),
    ...(hasExistingRoot ? [] : of("intermediate")),
    ...issued("intermediate"),
    ...issued("cross"),
    ...of("ssh-user"),
    ...of("ssh-host"),
  ];
}

function sshPlan(keys: readonly AuthorityKey[]): SshPlan {
  const of = (type: SshKeyType): SshPlan["user"] => activeFirst(keys.filter(({ part }) => part === `ssh-${type}`));
  const entries = (["host", "user"] as const).flatMap((type) =>
    of(type)
      .slice(1)
      .flatMap((key) => [false, true].map((federated) => ({ type, federated, key }))),
  );
  return { user: of("user"), host: of("host"), entries };
}

function required<Value>(found: Value | undefined): Value {
  if (found === undefined) {
    throw new Error("the plan names a certificate that does not exist"); // impossible
  }
  return found;
}
