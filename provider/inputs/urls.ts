import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** The schemes from which a certificate lets its readers fetch something (RFC 5280, sections 4.2.1.13 and 4.2.2.1). */
type Scheme = "http" | "https" | "ldap";

/** The schemes from which readers fetch revocation lists. */
export const LIST_SCHEMES: readonly Scheme[] = ["http", "https", "ldap"];

/** The arguments that hold URLs, with the schemes that readers follow. */
const SCHEMES: Readonly<Record<string, readonly Scheme[]>> = {
  crlDistributionPoints: LIST_SCHEMES,
  issuingCertificateUrls: ["http", "https", "ldap"],
  ocspServers: ["http", "https"], // RFC 6960, appendix A
};

/** Checks the places that a certificate names: of revocation lists, OCSP responders and the issuer's certificate. */
export function checkAccessLocations(inputs: Readonly<Record<string, unknown>>): Problem[] {
  return Object.entries(SCHEMES).flatMap(([property, schemes]) => checkUrls(inputs[property], property, schemes));
}

/** Checks a list of absolute URLs. */
export function checkUrls(value: unknown, property: string, schemes: readonly Scheme[]): Problem[] {
  if (value === undefined || value === null || value === UNKNOWN) {
    return [];
  }
  return Array.isArray(value)
    ? value.flatMap((url: unknown, index) => checkUrl(url, `${property}[${String(index)}]`, schemes))
    : [{ code: "EXTENSION_INVALID", property, reason: "it is not a list", remedy: `Write it as [${EXAMPLE}]` }];
}

const EXAMPLE = '"http://pki.example.com/ca"';

/** Checks one absolute URL. */
export function checkUrl(url: unknown, property: string, schemes: readonly Scheme[]): Problem[] {
  const reason = url === UNKNOWN ? undefined : urlFault(url, schemes);
  return reason === undefined
    ? []
    : [
        {
          ...{ code: "EXTENSION_INVALID", property, reason },
          remedy: `Give an absolute URL with ${schemes.join(", ")}, such as ${EXAMPLE}`,
        },
      ];
}

function urlFault(text: unknown, schemes: readonly Scheme[]): string | undefined {
  if (typeof text !== "string" || !/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) {
    return `${JSON.stringify(text)} is not an absolute URL`;
  }
  const { protocol, hostname, username, password, pathname, search } = new URL(text);
  const scheme = schemes.find((each) => protocol === `${each}:`);
  if (scheme === undefined) {
    return `readers do not follow URLs with ${protocol.slice(0, -1)}`;
  }
  if (username !== "" || password !== "") {
    return "it holds a user name or password, and a certificate is public"; // so it is not repeated here
  }
  if (scheme === "ldap") {
    // RFC 5280, section 4.2.1.13: a distinguished name, and an attribute to read.
    return pathname.length > 1 && search.length > 1
      ? undefined
      : `${JSON.stringify(text)} names no entry and attribute`;
  }
  // "http:path" and "http:///path" are read in different ways.
  return hostname !== "" && /^https?:\/\/[^/]/i.test(text) ? undefined : `${JSON.stringify(text)} names no host`;
}
