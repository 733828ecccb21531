import type { KeyObject } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { hasUnknown, UNKNOWN } from "../words/unknown";
import { kmsRegistry } from "../kms/registry/registry";
import { readCertificate, readPublicKey } from "../x509/certificate";
import type { CertificateInputs, CertificateRecord } from "./certificateRecord";
import { type Declaration, sha256 } from "./certificateDeclaration";

/**
 * How a key or certificate that this certificate depends on has changed. `changed` also covers what a preview cannot
 * know. It never asks for a replacement, because that would block users who protect a certificate that stays.
 */
export type Relation = "same" | "changed" | "anotherKey";

/** How the declared subject key relates to the issued certificate. */
export function subjectRelation(
  { certificatePem }: CertificateRecord,
  declared: Declaration,
  news: CertificateInputs,
): Relation {
  return keyRelation(() => readCertificate(certificatePem).publicKey, declared, news);
}

/** What names a subject's key. */
export interface SubjectKeyInputs {
  readonly publicKeyPem?: string | undefined;
  readonly subjectKeyUri?: string | undefined;
  readonly signingKey?: unknown;
  readonly issuer?: unknown;
}

/** How the declared subject key relates to a recorded one. */
export function keyRelation(
  recorded: () => KeyObject,
  declared: Omit<SubjectKeyInputs, "publicKeyPem">,
  news: SubjectKeyInputs,
): Relation {
  const { publicKeyPem } = news;
  if (publicKeyPem === undefined) {
    return "same";
  }
  if (publicKeyPem !== UNKNOWN) {
    return recorded().equals(readPublicKey(publicKeyPem)) ? "same" : "anotherKey";
  }
  return relationOfUris(subjectUri(declared), subjectUri(news));
}

/**
 * The inputs of a certificate, with the key filled in if a preview does not know it. Updating a key's resource makes
 * the key unknown but never changes it: as long as the URI stays, the key is the last run's.
 */
export function withKnownKey<Inputs extends SubjectKeyInputs>(olds: SubjectKeyInputs, news: Inputs): Inputs {
  const { publicKeyPem } = olds;
  const stays =
    news.publicKeyPem === UNKNOWN &&
    publicKeyPem !== undefined &&
    relationOfUris(subjectUri(olds), subjectUri(news)) === "same";
  return stays ? { ...news, publicKeyPem } : news;
}

/**
 * How the declared issuer relates to what it has issued.
 *
 * @param compare compares the issuer's certificate with what it has issued
 */
export async function issuerRelation(
  declared: Pick<Declaration, "issuer" | "signingKey">,
  { issuer, signingKey }: Pick<CertificateInputs, "issuer" | "signingKey">,
  compare: (issuerPem: string) => Relation | Promise<Relation>,
): Promise<Relation> {
  const recorded = declared.issuer;
  if (isUnknown(issuer)) {
    return "changed";
  }
  if (recorded === undefined || issuer === undefined) {
    return recorded === issuer ? "same" : "anotherKey";
  }
  if (issuer.certificatePem !== UNKNOWN) {
    return sha256(issuer.certificatePem) === recorded.sha256 ? "same" : compare(issuer.certificatePem);
  }
  // In a preview, the issuer is about to be reissued. Its key's URI and its name tell what it will be.
  const relation = relationOfUris(declared.signingKey.uri, uriOf(signingKey));
  const keepsName = issuer.subject !== undefined && isDeepStrictEqual(recorded.subject, issuer.subject);
  return relation === "same" && !keepsName ? "changed" : relation;
}

/**
 * How the declared crossed root relates to the cross certificate. A cross certificate follows its root's name and key,
 * not its dates, so a renewed root needs no new one.
 */
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

/**
 * The URI of the subject's key as the program gives it. A self-signed certificate of 0.1.0 has only the signing key.
 */
function subjectUri({ subjectKeyUri, issuer, signingKey }: Omit<SubjectKeyInputs, "publicKeyPem">): unknown {
  return subjectKeyUri ?? (issuer === undefined ? uriOf(signingKey) : undefined);
}

/** How two URIs of a key relate. A preview may know only one or none of them. An alias may name any key. */
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

/**
 * Whether a value is unknown. The engine makes a whole object unknown if its parts come from a resource that is to be
 * deleted first.
 */
function isUnknown(value: unknown): boolean {
  return value === UNKNOWN;
}

function uriOf(signingKey: unknown): unknown {
  return typeof signingKey === "object" && signingKey !== null && "uri" in signingKey ? signingKey.uri : undefined;
}
