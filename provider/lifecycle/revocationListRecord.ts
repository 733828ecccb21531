import type { NamedCertificate } from "../inputs/revokedCertificate";
import { hasUnknown } from "../words/unknown";
import { type Declaration, parseDeclaration, recordedIssuer } from "./certificateDeclaration";
import type { CertificateInputs } from "./certificateRecord";
import { requireRecorded, stateInvalid } from "./recorded";
import type { LastList, ListedCertificate } from "./listedCertificates";

/** What a list says apart from its issuer and its entries, and when the next one is due. */
export interface ListContent {
  /** How long a list is valid: a duration. */
  readonly validity?: string;
  /** How long before its end the next list is issued: a duration or a share. */
  readonly renewBefore?: string;
  readonly url?: string;
  readonly onlyContainsCACerts?: boolean;
  /** Whether no list is ever issued again. */
  readonly withdrawn?: boolean;
}

/** The inputs of a certificate revocation list. */
export interface RevocationListInputs extends ListContent, Pick<CertificateInputs, "signingKey"> {
  readonly issuer: NonNullable<CertificateInputs["issuer"]>;
  /** Once checked, those that are known are named by their serial numbers. */
  readonly revoked?: readonly NamedCertificate[];
}

/** The record of a certificate revocation list. */
export interface RevocationListRecord {
  /** Empty if the list was withdrawn before it was ever issued; so is what follows from it. */
  readonly crlPem: string;
  readonly crlNumber: number;
  /** RFC 3339, like `nextUpdate`. */
  readonly thisUpdate: string;
  readonly nextUpdate: string;
  readonly status: "valid" | "expired" | "withdrawn";
  readonly readyForRenewal: boolean;
  /** The declaration, as JSON. */
  readonly declaration: string;
}

/** The inputs of an issued list, with what is on it. */
export interface ListDeclaration extends Omit<RevocationListInputs, "issuer" | "revoked"> {
  readonly issuer: NonNullable<Declaration["issuer"]>;
  /** All certificates on the list, also those that the program no longer names. */
  readonly listed: readonly ListedCertificate[];
}

/** The inputs to record, as JSON. */
export function listDeclarationOf(
  { issuer, revoked: _, ...inputs }: RevocationListInputs,
  listed: readonly ListedCertificate[],
): string {
  const declaration: ListDeclaration = { ...inputs, issuer: recordedIssuer(issuer), listed };
  return JSON.stringify(declaration);
}

/**
 * The recorded declaration of an issued list.
 *
 * @throws PkiError `STATE_INVALID`
 */
export function recordedListDeclaration(state: RevocationListRecord): ListDeclaration {
  requireRecorded(state, ["crlPem", "thisUpdate", "nextUpdate", "declaration"]);
  const declared = parseDeclaration<ListDeclaration>(state.declaration);
  const { signingKey, issuer, listed } = declared;
  if (signingKey === undefined || issuer === undefined || !Array.isArray(listed) || hasUnknown(declared)) {
    throw stateInvalid("holds a declaration without an issuer, signing key or entries, or with an unknown value");
  }
  const isIssued = state.crlPem !== "";
  if (isIssued && [state.thisUpdate, state.nextUpdate].some((instant) => Number.isNaN(Date.parse(instant)))) {
    throw stateInvalid("has a thisUpdate or nextUpdate that is not an instant");
  }
  return { ...declared, signingKey, issuer, listed };
}

/** The record of a list that is never issued again. The engine needs an id that is not empty. */
export function withdrawnList(
  inputs: RevocationListInputs,
  last: RevocationListRecord | undefined,
): { id: string; state: RevocationListRecord } {
  const listed = last === undefined ? [] : recordedListDeclaration(last).listed;
  const nothing = { crlPem: "", crlNumber: 0, thisUpdate: "", nextUpdate: "" };
  const declaration = listDeclarationOf(inputs, listed);
  return {
    id: "never issued",
    state: { ...nothing, ...last, status: "withdrawn", readyForRenewal: false, declaration },
  };
}

/** The certificates on the recorded list. */
export function lastList({ thisUpdate }: RevocationListRecord, { listed }: ListDeclaration): LastList {
  return { listed, thisUpdate };
}
