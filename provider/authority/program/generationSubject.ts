import { type Input, output } from "@pulumi/pulumi";
import { plainValues } from "../../resources/lifecycleResource";
import { hasUnknown } from "../../words/unknown";
import { generationCommonName } from "../../rotation/authorityPart";
import type { DistinguishedName } from "../../x509/distinguishedName";

/** The subject of a generation: that of the program for generation 0, the same with another common name for each other. */
export function generationSubject(
  subject: Input<DistinguishedName> | undefined,
  generation: number,
): Input<DistinguishedName> | undefined {
  if (generation === 0 || subject === undefined) {
    return subject;
  }
  const later = (name: DistinguishedName): DistinguishedName => ({
    ...name,
    commonName: generationCommonName(name.commonName ?? "", generation).trim(),
  });
  const { subject: plain } = plainValues({ subject });
  // What is known now stays known, also in a preview.
  return hasUnknown(plain)
    ? output(subject).apply((name) => later(name as DistinguishedName))
    : later(subject as DistinguishedName);
}
