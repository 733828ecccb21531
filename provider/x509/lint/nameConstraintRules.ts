import { isIP } from "node:net";
import type { LintedGeneralName } from "./certificateSyntax";
import type { LintedCertificate } from "./lintedCertificate";
import { isDomainName, mailboxFault, quoted } from "./nameForms";
import { type Rule, when } from "./rule";

const SOURCE = "RFC 5280, section 4.2.1.10";

function subtrees(certificate: LintedCertificate) {
  const { permittedSubtrees = [], excludedSubtrees = [] } = certificate.value("nameConstraints") ?? {};
  return [...permittedSubtrees, ...excludedSubtrees];
}

export const nameConstraintRules: readonly Rule[] = [
  {
    name: "name-constraints-not-empty",
    source: SOURCE,
    level: "error",
    check: (certificate) =>
      when(
        certificate.value("nameConstraints") !== undefined && subtrees(certificate).length === 0,
        "nameConstraints has no names",
      ),
  },
  {
    name: "name-constraints-distance",
    source: SOURCE,
    level: "error",
    check: (certificate) =>
      when(
        subtrees(certificate).some(({ minimum, maximum }) => minimum !== 0n || maximum !== undefined),
        "nameConstraints has a minimum other than 0, or a maximum",
      ),
  },
  {
    name: "name-constraints-form",
    source: SOURCE,
    level: "error",
    check: (certificate) => subtrees(certificate).flatMap(({ base }) => constraintFault(base) ?? []),
  },
  {
    name: "name-constraints-kind",
    source: SOURCE,
    level: "warning",
    check: (certificate) =>
      subtrees(certificate)
        .filter(({ base }) => ["x400Address", "ediPartyName", "registeredID"].includes(base.kind))
        .map(({ base }) => `nameConstraints has a ${base.kind}, which cannot be constrained`),
  },
];

/** Why a constraint does not have the form of its kind. */
function constraintFault(base: LintedGeneralName): string | undefined {
  switch (base.kind) {
    case "dNSName": {
      const { text } = base.value;
      return when(text !== "" && !isDomainName(text), `the DNS constraint ${quoted(text)} is not a domain name`);
    }
    case "uniformResourceIdentifier": {
      const { text } = base.value;
      const domain = text.replace(/^\./, "");
      const isDomain = isDomainName(domain) && domain.includes(".") && isIP(domain) === 0;
      return when(!isDomain, `the URI constraint ${quoted(text)} is not a fully qualified domain name`);
    }
    case "rfc822Name": {
      const { text } = base.value;
      return text.includes("@")
        ? mailboxFault(text)
        : when(!isDomainName(text.replace(/^\./, "")), `the e-mail constraint ${quoted(text)} is not a domain name`);
    }
    case "iPAddress":
      return addressFault(base.value);
    case "directoryName":
    case "otherName":
    case "x400Address":
    case "ediPartyName":
    case "registeredID":
      return undefined;
  }
}

/** An address and a mask, which is 1s and then 0s (RFC 4632). */
function addressFault(octets: Buffer): string | undefined {
  if (octets.length !== 8 && octets.length !== 32) {
    return `an IP constraint has ${String(octets.length)} octets`;
  }
  const mask = octets.subarray(octets.length / 2);
  const bits = [...mask].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  return when(!/^1*0*$/.test(bits), "the mask of an IP constraint is not a prefix");
}
