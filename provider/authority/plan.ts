import { type AuthorityPart } from "../rotation/authorityPart";
import { authorityState, type AuthorityState } from "../rotation/authorityState";
import { stateWithAnswers } from "../rotation/awaitedAnswers";
import type { AuthorityCertificate } from "../rotation/certificates";
import { activeFirst, type KeyState } from "../rotation/generation";
import { type GenerationStates, generationStates } from "../rotation/generationStates";
import type { Rotation } from "../rotation/rotation";
import type { Instant } from "../rotation/schedule";
import type { SshKeyEntry, SshKeyType } from "../stepca/sshKeys";
import { type CompromisePlan, compromisePlan } from "./compromisePlan";
import { type PlannedCertificate, plannedCertificate } from "./plannedCertificate";
import { type PlannedList, plannedLists } from "./plannedList";
import { type AuthorityKey, plannedKey } from "./plannedKey";
import { type PlannedRequest, plannedRequests } from "./plannedRequest";
import { type StoredCertificates, storedCertificates } from "./storedCertificates";
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
  /** The certificates that are out of service for good. They are declared, so that they can be revoked. */
  readonly withdrawn: readonly PlannedCertificate[];
  /** The revocation lists of its CAs. */
  readonly lists: readonly PlannedList[];
  /** The requests for the certificates of intermediates that an issuer elsewhere signs. */
  readonly requests: readonly PlannedRequest[];
  /** Whether an issuer elsewhere signs the intermediates, and the root is its own. */
  readonly isElsewhere: boolean;
  /** Whether there is no intermediate to issue with, because no answer to a request is there. */
  readonly isWaiting: boolean;
  /** The certificates in the file that ca.json names as `crt`: the issuing one and its bundle. */
  readonly crt: readonly PlannedCertificate[];
  /** The certificates in use. While the authority waits for an answer, they are not declared. */
  readonly root: PlannedCertificate;
  readonly intermediate: PlannedCertificate;
  /** Keys and certificates in the order of their declaration: each comes after everything that it needs. */
  readonly declared: readonly (AuthorityKey | PlannedCertificate)[];
  /** The certificates to store beside their keys. */
  readonly stored: readonly StoredCertificates[];
  /** Undefined for an authority without SSH keys. */
  readonly ssh: SshPlan | undefined;
  /** The state of each generation, by label. */
  readonly states: GenerationStates;
  /** What a compromise demands; undefined if no key is compromised. */
  readonly compromise: CompromisePlan | undefined;
  /** Warnings for the user, each a sentence. */
  readonly warnings: readonly string[];
}

/** The SSH keys of an authority. */
export interface SshPlan {
  /** In the order of the lines of trust: the active key first. */
  readonly user: readonly [AuthorityKey, ...AuthorityKey[]];
  readonly host: readonly [AuthorityKey, ...AuthorityKey[]];
  /** The compromised keys, which nobody must trust. */
  readonly revoked: { readonly user: readonly AuthorityKey[]; readonly host: readonly AuthorityKey[] };
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
  const { answers } = structure;
  const scheduled = authorityState(rotation, at);
  const state =
    answers === undefined
      ? { ...scheduled, awaited: [], isWaiting: false }
      : stateWithAnswers(rotation, scheduled, answers);
  const { isWaiting } = state;
  const parts = partsOf(structure);
  const inProgram = Object.fromEntries(parts.map((part) => [part, generationsInProgram(state, part)]));
  const keys = parts.flatMap((part) =>
    (inProgram[part] ?? [])
      .filter(({ number }) => isMade(structure, part, number))
      .map((generation) => plannedKey(name, structure, rotation, part, generation)),
  );
  const planned = (each: AuthorityCertificate): PlannedCertificate =>
    plannedCertificate(name, structure, rotation, state, each, keys);
  const certificates = state.certificates.map(planned);
  const withdrawn = state.withdrawn.map(planned);
  const named = (wanted: string): PlannedCertificate =>
    required(certificates.find(({ name: each }) => each === wanted));
  const roots = state.caConfig.root.map(named);
  const intermediates = activeFirst(certificates.filter(({ kind }) => kind === "intermediate"));
  // The root of an issuer elsewhere is none of ours.
  const made =
    answers === undefined ? certificates : isWaiting ? [] : certificates.filter(({ kind }) => kind !== "root");
  const declared = inOrder(structure, keys, [...made, ...withdrawn]);
  return {
    at,
    isRotated: structure.rotation !== undefined,
    rotation,
    keys: declared.filter((each) => "keyName" in each),
    root: named(state.caConfig.root[0]),
    intermediate: named(state.caConfig.crt[0]),
    roots,
    intermediates,
    lists: plannedLists(name, structure, isWaiting ? [] : [...roots, ...intermediates], withdrawn),
    requests:
      answers === undefined
        ? []
        : plannedRequests(
            name,
            keys,
            state.awaited,
            (number) => number > 0 || at >= (structure.unaskedUntil ?? -Infinity),
          ),
    isElsewhere: answers !== undefined,
    isWaiting,
    crossCertificates: certificates.filter(({ kind }) => kind === "cross"),
    crt: state.caConfig.crt.map(named),
    withdrawn,
    declared,
    stored: storedCertificates(keys, [...made, ...withdrawn]),
    ssh: structure.ssh ? sshPlan(keys) : undefined,
    states: generationStates(inProgram),
    compromise: compromisePlan(state),
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
    certificates
      .filter(({ kind }) => kind === wanted)
      .sort((one, other) => one.subject - other.subject || one.issuer - other.issuer);
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

/** The generations of a part that have a key in the program, by number. */
function generationsInProgram(
  { generations, compromised }: AuthorityState,
  part: AuthorityPart,
): { readonly number: number; readonly state: KeyState }[] {
  return [...generations[part], ...compromised[part].map((each) => ({ ...each, state: "compromised" as const }))].sort(
    (one, other) => one.number - other.number,
  );
}

function sshPlan(keys: readonly AuthorityKey[]): SshPlan {
  const all = (type: SshKeyType): AuthorityKey[] => keys.filter(({ part }) => part === `ssh-${type}`);
  const of = (type: SshKeyType): SshPlan["user"] =>
    activeFirst(all(type).filter(({ state }) => state !== "compromised"));
  const entries = (["host", "user"] as const).flatMap((type) =>
    of(type)
      .slice(1)
      .flatMap((key) => [false, true].map((federated) => ({ type, federated, key }))),
  );
  const revoked = (type: SshKeyType): AuthorityKey[] => all(type).filter(({ state }) => state === "compromised");
  return { user: of("user"), host: of("host"), entries, revoked: { user: revoked("user"), host: revoked("host") } };
}

function required<Value>(found: Value | undefined): Value {
  if (found === undefined) {
    throw new Error("the plan names a certificate that does not exist"); // impossible
  }
  return found;
}
