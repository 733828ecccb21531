import { derived } from "../../resources/knownInputs";
import type { CertificateArgs } from "../../resources/certificateArgs";
import { generationCommonName } from "../../rotation/authorityPart";
import type { DistinguishedName } from "../../x509/distinguishedName";

/** The subject of a generation: that of the program for generation 0, the same with another common name for each other. */
export function generationSubject(subject: CertificateArgs["subject"], generation: number): CertificateArgs["subject"] {
  return generation === 0
    ? subject
    : derived(subject, (name) => (name === undefined ? name : later(name as DistinguishedName, generation)));
}

function later(name: DistinguishedName, generation: number): DistinguishedName {
  return { ...name, commonName: generationCommonName(name.commonName ?? "", generation).trim() };
}
