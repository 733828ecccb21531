import { derived } from "../../resources/knownInputs";
import type { CertificateArgs } from "../../resources/certificateArgs";
import { generationCommonName } from "../../rotation/authorityPart";
import type { DistinguishedName } from "../../x509/distinguishedName";

/**
 * The subject of a generation: the program's for generation 0, and the same with a different common name for each later one.
 */
export function generationSubject(subject: CertificateArgs["subject"], generation: number): CertificateArgs["subject"] {
  return generation === 0
    ? subject
    : derived(subject, (name) => (name === undefined ? name : later(name as DistinguishedName, generation)));
}

function later(name: DistinguishedName, generation: number): DistinguishedName {
  const names = [name.commonName ?? ""].flat();
  const last = generationCommonName(names.at(-1) ?? "", generation).trim();
  return { ...name, commonName: names.length > 1 ? [...names.slice(0, -1), last] : last };
}
