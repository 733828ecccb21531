import type { CertificateTemplate } from "./template";

/** Something that a certificate says otherwise than the program. */
export interface CertificateDifference {
  /** The argument: `pathLength`, or the arguments of one extension. */
  readonly argument: string;
  /** What the certificate says. */
  readonly found: string;
  /** What the program says. */
  readonly declared: string;
}

/** The dates of a certificate that differ from those that a template sets. */
export function dateDifferences(
  { notBefore, notAfter }: { readonly notBefore: Date; readonly notAfter: Date },
  template: Pick<CertificateTemplate, "notBefore" | "notAfter" | "validitySeconds" | "validityIsExplicit">,
): CertificateDifference[] {
  const { notBefore: begin, notAfter: end, validitySeconds, validityIsExplicit } = template;
  const seconds = (notAfter.getTime() - notBefore.getTime()) / 1000;
  return [
    ...(begin === undefined || isSameSecond(begin, notBefore) ? [] : [difference("notBefore", notBefore, begin)]),
    ...(end === undefined || isSameSecond(end, notAfter) ? [] : [difference("notAfter", notAfter, end)]),
    ...(end === undefined && validityIsExplicit && seconds !== validitySeconds
      ? [{ argument: "validity", found: `${String(seconds)}s`, declared: `${String(validitySeconds)}s` }]
      : []),
  ];
}

function isSameSecond(one: Date, other: Date): boolean {
  return Math.floor(one.getTime() / 1000) === Math.floor(other.getTime() / 1000);
}

function difference(argument: string, found: Date, declared: Date): CertificateDifference {
  return { argument, found: found.toISOString(), declared: declared.toISOString() };
}
