import { all, type Output } from "../../pulumi";
import type { KeyState } from "../../rotation/generation";
import { fingerprintSha256, readCertificate } from "../../x509/certificate";
import type { AuthorityPlan } from "../plan";
import type { PlannedCertificate } from "../plannedCertificate";
import type { DeclaredAuthority } from "./declaredAuthority";

/** A certificate of a rotation. */
export interface CertificateGeneration {
  /** From 0. */
  readonly generation: number;
  /** If an intermediate has certificates under two roots, only the one in ca.json is active. */
  readonly state: KeyState;
  /** URI of its key. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
}

/** A root of a rotation. */
export interface RootGeneration extends CertificateGeneration {
  /** SHA-256 of the certificate, in hex. */
  readonly fingerprint: string;
}

/** A certificate that states that one root trusts another. */
export interface CrossCertificate {
  /** The generation of the root that it stands in for. */
  readonly generation: number;
  /** The generation of the root that signed it. */
  readonly issuerGeneration: number;
  /** PEM. */
  readonly certificate: string;
}

/** All roots as outputs, the active one first. */
export function rootGenerations(
  { roots, requests }: AuthorityPlan,
  declared: DeclaredAuthority,
): Output<RootGeneration[]> {
  const found = requests.length === 0 ? certificateGenerations(roots, declared) : declared.roots.apply(rootsElsewhere);
  return found.apply((all) =>
    all.map((root) => ({ ...root, fingerprint: fingerprintSha256(readCertificate(root.certificate)) })),
  );
}

/** The roots of an issuer elsewhere. Their keys are not known here. */
function rootsElsewhere(pems: readonly string[]): CertificateGeneration[] {
  return pems.map((certificate, generation) => ({
    ...{ generation, state: generation === 0 ? "active" : "retiring", key: "external", certificate },
  }));
}

/** All certificates of one kind as outputs, in order. */
export function certificateGenerations(
  certificates: readonly PlannedCertificate[],
  declared: DeclaredAuthority,
): Output<CertificateGeneration[]> {
  return all(
    certificates.map((each) =>
      all([declared.keyUri(each), declared.pem(each)]).apply(([key, certificate]) => ({
        ...{ generation: each.subject, state: each.state, key, certificate },
      })),
    ),
  );
}

/** The cross certificates as outputs. */
export function crossCertificateOutputs(
  { crossCertificates }: AuthorityPlan,
  declared: DeclaredAuthority,
): Output<CrossCertificate[]> {
  return all(
    crossCertificates.map((each) =>
      declared
        .pem(each)
        .apply((certificate) => ({ generation: each.subject, issuerGeneration: each.issuer, certificate })),
    ),
  );
}
