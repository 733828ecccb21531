import type { KeyState } from "../rotation/generation";
import { generationLabel } from "../rotation/authorityPart";
import type { PlannedCertificate } from "./plannedCertificate";
import type { AuthorityStructure } from "./structure";

/** The revocation list of a CA of the authority. */
export interface PlannedList {
  /** The CA: `root`, `intermediate-g1`. */
  readonly name: string;
  readonly part: "root" | "intermediate";
  readonly number: number;
  /** The state of the CA. The list of a compromised one is never issued again. */
  readonly state: KeyState;
  /** The withdrawn certificates of the CA, which are revoked because their keys are compromised. */
  readonly compromised: readonly PlannedCertificate[];
  /** The resource's name. */
  readonly resource: string;
  /** The name of the file, at its URL and in an export. */
  readonly file: string;
  /** The CA's certificate, whose key signs the list. Of several, the one in ca.json. */
  readonly issuer: PlannedCertificate;
  /** A root issues only to CAs. */
  readonly onlyContainsCACerts: boolean;
  readonly protect: boolean;
}

/**
 * The revocation lists of an authority: one for each CA whose key it makes. An existing root has its own list elsewhere.
 *
 * @param certificates of roots and intermediates; of one CA, the certificate in use first
 * @param withdrawn those out of service, and among them those of and by compromised keys
 */
export function plannedLists(
  authority: string,
  { hasLists }: AuthorityStructure,
  certificates: readonly PlannedCertificate[],
  withdrawn: readonly PlannedCertificate[],
): PlannedList[] {
  const ofCompromised = withdrawn.filter(({ kind, key }) => kind !== "cross" && key?.state === "compromised");
  const lists = [...certificates, ...ofCompromised]
    .filter(({ key }) => hasLists && key !== undefined)
    .map((each) => listOf(authority, each, withdrawn));
  return lists.filter(({ name }, at) => lists.findIndex((other) => other.name === name) === at);
}

function listOf(authority: string, issuer: PlannedCertificate, withdrawn: readonly PlannedCertificate[]): PlannedList {
  const { kind, subject: number, key, state, protect } = issuer;
  const part = kind === "root" ? "root" : "intermediate";
  const name = generationLabel(part, number);
  return {
    ...{ name, part, number, issuer, protect, state: key?.state ?? state },
    resource: `${authority}-${name}-crl`,
    file: `${name}.crl`,
    onlyContainsCACerts: part === "root",
    compromised: withdrawn.filter(
      (each) => part === "root" && each.kind !== "root" && each.issuer === number && each.state === "compromised",
    ),
  };
}

/** The list that covers a certificate: that of its issuer. A root is on no list. */
export function listCovering(
  lists: readonly PlannedList[],
  { kind, issuer }: Pick<PlannedCertificate, "kind" | "issuer">,
): PlannedList | undefined {
  return kind === "root" ? undefined : lists.find(({ part, number }) => part === "root" && number === issuer);
}
