import { isDeepStrictEqual } from "node:util";
import { hasUnknown, UNKNOWN } from "../words/unknown";
import { kmsRegistry } from "../kms/registry/registry";
import { readCertificate, readPublicKey } from "../x509/certificate";
import type { CertificateInputs, CertificateRecord } from "./certificateRecord";
import { type Declaration, sha256 } from "./certificateDeclaration";

/**
 * What became of a key or of another certificate that this one depends on. `changed` is also what a preview cannot know: it
 * never asks for a replacement, which would block whoever protects a certificate that stays.
 */
export type Relation = "same" | "changed" | "anotherKey";

/** What the subject's key that is declared now is to the certificate that was issued. */
export function subjectRelation(
  { certificatePem }: CertificateRecord,
  declared: Declaration,
  news: CertificateInputs,
): Relation {
  const { publicKeyPem } = news;
  if (publicKeyPem === undefined) {
    return "same";
  }
  if (publicKeyPem !== UNKNOWN) {
    return readCertificate(certificatePem).publicKey.equals(readPublicKey(publicKeyPem)) ? "same" : "anotherKey";
  }
  return relationOfUris(subjectUri(declared), subjectUri(news));
}

/**
 * The inputs of a certificate, with its key filled in where a preview does not know it. The update of a key's resource makes
 * the key unknown, and never brings another: it is the one of the last run as long as its URI stays.
 */
export function withKnownKey(olds: Partial<CertificateInputs>, news: CertificateInputs): CertificateInputs {
  const { publicKeyPem } = olds;
  const stays =
    news.publicKeyPem === UNKNOWN &&
    publicKeyPem !== undefined &&
    relationOfUris(subjectUri(olds), subjectUri(news)) === "same";
  return stays ? { ...news, publicKeyPem } : news;
}

/** What the issuer that is declared now is to the certificate that was issued. */
export async function issuerRelation(
  state: CertificateRecord,
  declared: Declaration,
  { issuer, signingKey }: CertificateInputs,
): Promise<Relation> {
  const recorded = declared.issuer;
  if (isUnknown(issuer)) {
    return "changed";
  }
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
  const relation = relationOfUris(declared.signingKey.uri, uriOf(signingKey));
  const keepsName = issuer.subject !== undefined && isDeepStrictEqual(recorded.subject, issuer.subject);
  return relation === "same" && !keepsName ? "changed" : relation;
}

/** A cross certificate follows its root's name and key, not its dates: a root that was renewed needs no other. */
export async function crossRelation(
  state: CertificateRecord,
  declared: Declaration,
  { crossOf }: CertificateInputs,
): Promise<Relation> {
  if (crossOf === UNKNOWN) {
    return "changed";
  }
  if (declared.crossOf === undefined || crossOf === undefined) {
    return declared.crossOf === crossOf ? "same" : "anotherKey";
  }
  if (sha256(crossOf) === declared.crossOf) {
    return "same";
  }
  const { compareCrossedRoot } = await import("./certificateIssuance.js");
  return compareCrossedRoot(state.certificatePem, crossOf);
}

/** As the program names the subject's key. A self-signed certificate of version 0.1.0 has it as the signing key alone. */
function subjectUri({ subjectKeyUri, issuer, signingKey }: Partial<CertificateInputs | Declaration>): unknown {
  return subjectKeyUri ?? (issuer === undefined ? uriOf(signingKey) : undefined);
}

/** What is told by two URIs of a key, of which a preview may know one or none. An alias may name any key. */
function relationOfUris(recorded: unknown, declared: unknown): Relation {
  if (typeof recorded !== "string" || typeof declared !== "string" || hasUnknown([recorded, declared])) {
    return "changed";
  }
  const [one, other] = [kmsRegistry.canonicalKeyUri(recorded), kmsRegistry.canonicalKeyUri(declared)];
  if (recorded === declared || (one !== undefined && one === other)) {
    return "same";
  }
  return one === undefined || other === undefined ? "changed" : "anotherKey";
}

/** The engine makes the whole of an object unknown whose parts come from something that is to be deleted first. */
function isUnknown(value: unknown): boolean {
  return value === UNKNOWN;
}

function uriOf(signingKey: unknown): unknown {
  return typeof signingKey === "object" && signingKey !== null && "uri" in signingKey ? signingKey.uri : undefined;
}
