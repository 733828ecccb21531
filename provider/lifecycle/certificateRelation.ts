import { isDeepStrictEqual } from "node:util";
import { UNKNOWN } from "../inputs/unknown";
import type { CertificateInputs, CertificateRecord } from "./certificate";
import { type Declaration, sha256 } from "./certificateDeclaration";

/** What became of another certificate that this one depends on. */
export type Relation = "same" | "changed" | "anotherKey";

/** What the issuer that is declared now is to the certificate that was issued. */
export async function issuerRelation(
  state: CertificateRecord,
  declared: Declaration,
  { issuer, signingKey }: CertificateInputs,
): Promise<Relation> {
  const recorded = declared.issuer;
  if (recorded === undefined || issuer === undefined) {
    return recorded === issuer ? "same" : "anotherKey";
  }
  if (issuer.certificatePem !== UNKNOWN) {
    if (sha256(issuer.certificatePem) === recorded.sha256) {
      return "same";
    }
    const { compareIssuer } = await import("./certificateIssuance.js");
    return compareIssuer(state.certificatePem, issuer.certificatePem);
  }
  // A preview in which the issuer is about to be issued anew: its key's URI and its name tell what will come.
  if (signingKey.uri !== declared.signingKey.uri) {
    return "anotherKey";
  }
  const keepsName = issuer.subject !== undefined && isDeepStrictEqual(recorded.subject, issuer.subject);
  return keepsName ? "same" : "changed";
}

/** A cross certificate follows its root's name and key, not its dates: a root that was renewed needs no other. */
export async function crossRelation(
  state: CertificateRecord,
  declared: Declaration,
  { crossOf }: CertificateInputs,
): Promise<Relation> {
  if (declared.crossOf === undefined || crossOf === undefined) {
    return declared.crossOf === crossOf ? "same" : "anotherKey";
  }
  if (crossOf === UNKNOWN) {
    return "changed";
  }
  if (sha256(crossOf) === declared.crossOf) {
    return "same";
  }
  const { compareCrossedRoot } = await import("./certificateIssuance.js");
  return compareCrossedRoot(state.certificatePem, crossOf);
}
