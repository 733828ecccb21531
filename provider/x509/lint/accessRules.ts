import type { LintedGeneralName } from "./certificateSyntax";
import { generalNameFault } from "./generalNameFaults";
import type { LintedCertificate } from "./lintedCertificate";
import { type Rule, when } from "./rule";

const POINTS = ["cRLDistributionPoints", "freshestCRL"] as const;
const ACCESS = ["authorityInfoAccess", "subjectInfoAccess"] as const;

const RETRIEVABLE = /^(?:https?|ldaps?|ftp):/i;

function distributionPoints(certificate: LintedCertificate) {
  return POINTS.flatMap((name) => certificate.value(name) ?? []);
}

/** The names of the lists that the distribution points give. */
export function distributionPointNames(certificate: LintedCertificate): LintedGeneralName[] {
  return distributionPoints(certificate).flatMap(({ distributionPoint }) =>
    distributionPoint?.kind === "fullName" ? distributionPoint.value : [],
  );
}

export const accessRules: readonly Rule[] = [
  {
    name: "distribution-point-complete",
    source: "RFC 5280, section 4.2.1.13",
    level: "error",
    check: (certificate) =>
      when(
        distributionPoints(certificate).some(
          ({ distributionPoint, cRLIssuer }) => distributionPoint === undefined && cRLIssuer === undefined,
        ),
        "a distribution point names neither a list nor its issuer",
      ),
  },
  {
    name: "distribution-point-name-form",
    source: "RFC 5280, section 4.2.1.13",
    level: "error",
    check: (certificate) => distributionPointNames(certificate).flatMap((name) => generalNameFault(name) ?? []),
  },
  {
    name: "distribution-point-retrievable",
    source: "RFC 5280, section 4.2.1.13",
    level: "warning",
    check: (certificate) =>
      when(
        distributionPoints(certificate).some(
          ({ distributionPoint }) =>
            distributionPoint !== undefined &&
            !(distributionPoint.kind === "fullName" && distributionPoint.value.some(isRetrievable)),
        ),
        "a distribution point has no HTTP or LDAP URI",
      ),
  },
  {
    name: "access-location-form",
    source: "RFC 5280, sections 4.2.2.1 and 4.2.2.2",
    level: "error",
    check: (certificate) =>
      ACCESS.flatMap((extension) =>
        (certificate.value(extension) ?? []).flatMap(({ accessLocation }) => generalNameFault(accessLocation) ?? []),
      ),
  },
  {
    name: "access-location-retrievable",
    source: "RFC 5280, section 4.2.2.1",
    level: "warning",
    check: (certificate) =>
      when(
        (certificate.value("authorityInfoAccess") ?? []).some(({ accessLocation }) => !isRetrievable(accessLocation)),
        "a location of authorityInfoAccess is no HTTP or LDAP URI",
      ),
  },
];

function isRetrievable(name: LintedGeneralName): boolean {
  return (
    name.kind === "directoryName" || (name.kind === "uniformResourceIdentifier" && RETRIEVABLE.test(name.value.text))
  );
}
