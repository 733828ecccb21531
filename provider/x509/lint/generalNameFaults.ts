import type { LintedGeneralName } from "./certificateSyntax";
import { domainNameFault, internationalFault, mailboxFault, quoted, uriFault } from "./nameForms";

/** Why a name does not have the form of RFC 5280, section 4.2.1.6. */
export function generalNameFault(name: LintedGeneralName): string | undefined {
  switch (name.kind) {
    case "dNSName":
      return dnsNameFault(name.value.text);
    case "rfc822Name":
      return mailboxFault(name.value.text);
    case "uniformResourceIdentifier":
      return uriFault(name.value.text);
    case "iPAddress": {
      const { length } = name.value;
      return length === 4 || length === 16 ? undefined : `an IP address has ${String(length)} octets`;
    }
    case "directoryName":
      return name.value.value.length === 0 ? "a directory name is empty" : undefined;
    case "otherName":
    case "x400Address":
    case "ediPartyName":
    case "registeredID":
      return undefined;
  }
}

/** A wildcard is the whole first label, with more labels behind it (RFC 6125, section 6.4.3). */
function dnsNameFault(text: string): string | undefined {
  const isWildcard = text.startsWith("*.");
  const domain = isWildcard ? text.slice(2) : text;
  const fault = domainNameFault(domain) ?? internationalFault(domain);
  return fault === undefined ? undefined : `the DNS name ${quoted(text)} ${fault}`;
}

/** A name in a form that tells two equal names. */
export function comparableName(name: LintedGeneralName): string {
  switch (name.kind) {
    case "dNSName":
    case "rfc822Name":
    case "uniformResourceIdentifier":
      return `${name.kind} ${name.value.text.toLowerCase()}`;
    case "iPAddress":
      return `${name.kind} ${name.value.toString("hex")}`;
    case "directoryName":
      return `${name.kind} ${name.value.der.toString("hex")}`;
    case "otherName":
      return `${name.kind} ${name.value.type} ${name.value.value.whole.toString("hex")}`;
    case "registeredID":
      return `${name.kind} ${name.value}`;
    case "x400Address":
    case "ediPartyName":
      return `${name.kind} ${JSON.stringify(name.value)}`;
  }
}
