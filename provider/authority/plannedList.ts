import type { GenerationState } from "../rotation/generation";
import { generationLabel } from "../rotation/authorityPart";
import type { PlannedCertificate } from "./plannedCertificate";
import type { AuthorityStructure } from "./structure";

/** The revocation list of a CA of the authority. */
export interface PlannedList {
  /** The CA: `root`, `intermediate-g1`. */
  readonly name: string;
  readonly part: "root" | "intermediate";
  readonly number: number;
  /** The state of the CA. */
  readonly state: GenerationState;
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
 */
export function plannedLists(
  authority: string,
  { hasLists }: AuthorityStructure,
  certificates: readonly PlannedCertificate[],
): PlannedList[] {
  const lists = certificates.filter(({ key }) => hasLists && key !== undefined).map((each) => listOf(authority, each));
  return lists.filter(({ name }, at) => lists.findIndex((other) => other.name === name) === at);
}

function listOf(authority: string, issuer: PlannedCertificate): PlannedList {
  const { kind, subject: number, key, state, protect } = issuer;
  const part = kind === "root" ? "root" : "intermediate";
  const name = generationLabel(part, number);
  return {
    ...{ name, part, number, issuer, protect, state: key?.state ?? state },
    resource: `${authority}-${name}-crl`,
    file: `${name}.crl`,
    onlyContainsCACerts: part === "root",
  };
}

/** The list that covers a certificate: that of its issuer. A root is on no list. */
export function listCovering(
  lists: readonly PlannedList[],
  { kind, issuer }: Pick<PlannedCertificate, "kind" | "issuer">,
): PlannedList | undefined {
  return kind === "root" ? undefined : lists.find(({ part, number }) => part === "root" && number === issuer);
}
