import { isIP } from "node:net";
import { domainToUnicode } from "node:url";

const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;
const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;

/** The text in quotes, with escapes for what a terminal would act on. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}

/** Whether a text is a domain name in the preferred syntax (RFC 1034, section 3.5; RFC 1123, section 2.1). */
export function isDomainName(text: string): boolean {
  return domainNameFault(text) === undefined;
}

/** Why a text is not a domain name in the preferred syntax; an underscore counts as a letter. */
export function domainNameFault(text: string): string | undefined {
  if (text === "" || text.trim() === "") {
    return "is empty";
  }
  if (text.length > LONGEST_NAME) {
    return `has more than ${String(LONGEST_NAME)} characters`;
  }
  const labels = text.split(".");
  if (labels.includes("")) {
    return "has an empty label";
  }
  if (labels.some((label) => label.length > LONGEST_LABEL)) {
    return `has a label of more than ${String(LONGEST_LABEL)} characters`;
  }
  if (!labels.every((label) => LABEL.test(label.replaceAll("_", "a")))) {
    return "has a label that is not of letters, digits and hyphens inside";
  }
  return isIP(text) === 0 ? undefined : "is an IP address";
}

/** Why an internationalized domain name is not one (RFC 5891). */
export function internationalFault(text: string): string | undefined {
  const broken = text.split(".").find((label) => /^xn--/i.test(label) && !isPunycode(label));
  return broken === undefined ? undefined : `has the label ${quoted(broken)}, which is not Punycode for a valid label`;
}

/** Node leaves a label that it cannot decode as it is, or returns nothing. */
function isPunycode(label: string): boolean {
  const decoded = domainToUnicode(label);
  return decoded !== "" && !/^xn--/i.test(decoded);
}

/** Why a text is not a mailbox (RFC 5280, section 4.2.1.6; RFC 5321, section 4.1.2). */
export function mailboxFault(text: string): string | undefined {
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  if (at === -1) {
    return `${quoted(text)} has no @`;
  }
  const isLocal =
    /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(local) ||
    /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"$/.test(local);
  if (!isLocal || local.length > 64) {
    return `${quoted(text)} is not a mailbox before the @`;
  }
  return isDomainName(domain) || /^\[[\dA-Za-z:.]+\]$/.test(domain)
    ? undefined
    : `${quoted(text)} has no domain after the @`;
}

/** Why a text is not an absolute URI (RFC 3986). */
export function uriFault(text: string): string | undefined {
  const [, scheme, rest = ""] = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(text) ?? [];
  if (scheme === undefined) {
    return `${quoted(text)} is not an absolute URI`;
  }
  if (rest === "" || rest === "//") {
    return `${quoted(text)} has nothing after its scheme`;
  }
  if (!/^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$/.test(rest)) {
    return `${quoted(text)} has a character that a URI cannot have`;
  }
  if (!rest.startsWith("//")) {
    return undefined;
  }
  const host = hostOf(text) ?? "";
  return isDomainName(host) || isIP(host) !== 0
    ? undefined
    : `${quoted(text)} has a host that is no domain name or IP address`;
}

/**
 * Whether the host of a URI, if it has one, is a fully qualified domain name or an address. The authority of a SPIFFE ID
 * is a trust domain, which need not be one.
 */
export function hasQualifiedHost(text: string): boolean {
  const host = /^spiffe:/i.test(text) ? undefined : hostOf(text);
  return host === undefined || host.includes(".") || isIP(host) !== 0;
}

/** The host of a URI with an authority, without the brackets of an IPv6 address. */
export function hostOf(text: string): string | undefined {
  const [, authority] = /^[^:]+:\/\/([^/?#]*)/.exec(text) ?? [];
  return authority
    ?.replace(/^.*@/, "")
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1");
}
