import type { X509Certificate } from "node:crypto";
import { crossProblem, intermediateProblem, rootProblem } from "./certificateChain";
import { certificatesOf, type Generation, type Generations } from "./generations";

/** A certificate and its problem, apart from today's date. */
export interface Examined extends Generation {
  readonly name: "root" | "intermediate" | "subordinate" | "cross";
  /** For a cross certificate: the generation of the root that signed it. */
  readonly issuerGeneration?: number;
  readonly key: string;
  readonly certificate: X509Certificate;
  readonly renewalTime?: Date;
  readonly problem: string | undefined;
}

/**
 * Verifies every certificate of an authority, for `status`, which reports problems, and for `export`, which writes only
 * certificates that verify.
 */
export function examine(generations: Generations): Examined[] {
  const { roots, intermediates, crossCertificates } = generations;
  const rootCertificates = roots.map(({ certificate }) => certificate);
  const between = subordinates(generations);
  const examinedRoots = roots.map((root): Examined => ({
    ...root,
    name: "root",
    problem: rootProblem(root.certificate),
  }));
  const examinedIntermediates = intermediates.map((intermediate): Examined => ({
    ...intermediate,
    name: "intermediate",
    problem: intermediateProblem(intermediate.certificate, rootCertificates, between),
  }));
  const rootOf = (wanted: number): X509Certificate | undefined =>
    roots.find(({ generation }) => generation === wanted)?.certificate;
  return [
    ...examinedRoots.slice(0, 1).map((root) => (between.length === 0 ? root : { ...root, key: "" })),
    ...examinedIntermediates.slice(0, 1),
    ...between.map((certificate, at): Examined => ({
      ...{ name: "subordinate", key: at === 0 ? (roots[0]?.key ?? "") : "", certificate },
      problem: intermediateProblem(certificate, rootCertificates, between),
    })),
    ...examinedRoots.slice(1),
    ...examinedIntermediates.slice(1),
    ...crossCertificates.map((cross): Examined => ({
      ...cross,
      name: "cross",
      key: "",
      problem: crossProblem(cross.certificate, { of: rootOf(cross.generation), by: rootOf(cross.issuerGeneration) }),
    })),
  ];
}

/** The certificates that step-ca shows between the intermediate and the root, the issuer of the intermediate first. */
export function subordinates({
  intermediates,
  crossCertificates,
  intermediateBundlePem = "",
}: Generations): X509Certificate[] {
  const known = [...intermediates, ...crossCertificates].map(({ certificate }) => certificate);
  return certificatesOf(intermediateBundlePem).filter(({ raw }) => !known.some((each) => each.raw.equals(raw)));
}
