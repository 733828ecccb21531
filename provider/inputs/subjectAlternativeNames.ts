import { isIP } from "node:net";
import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** The names that a certificate is valid for, in addition to its subject (RFC 5280, section 4.2.1.6). */
export interface SubjectAlternativeNames {
  /** Host names; a leading `*.` is a wildcard. */
  readonly dnsNames?: readonly string[];
  /** IPv4 and IPv6 addresses. */
  readonly ipAddresses?: readonly string[];
  /** E-mail addresses (RFC 822). */
  readonly emailAddresses?: readonly string[];
  /** Absolute URIs, such as `spiffe://example.org/ca`. */
  readonly uris?: readonly string[];
}

const LABEL = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/;

/** Whether a text is a host name, or a wildcard for host names. */
export function isDnsName(text: string): boolean {
  const labels = (text.startsWith("*.") ? text.slice(2) : text).split(".");
  return text.length <= 253 && labels.every((label) => LABEL.test(label)) && isIP(text) === 0;
}

/**
 * Whether a text is an IP address that a certificate can hold. It must have no zone (`fe80::1%eth0`), and no dotted
 * tail (`::ffff:192.0.2.1`), which `@peculiar/x509` encodes as another address.
 */
export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0 && !/%|:.*\./.test(text);
}

/** Whether a text is an email address. */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf("@");
  return /^[\x21-\x7e]+$/.test(text) && at > 0 && isDnsName(text.slice(at + 1)) && !text.startsWith("*.", at + 1);
}

function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(text) && URL.canParse(text);
}

const KINDS: Record<keyof SubjectAlternativeNames, { is: (text: string) => boolean; what: string; example: string }> = {
  dnsNames: { is: isDnsName, what: "a DNS name", example: '"ca.example.com"' },
  ipAddresses: { is: isIpAddress, what: "an IP address", example: '"192.0.2.1" or "2001:db8::1"' },
  emailAddresses: { is: isEmailAddress, what: "an e-mail address", example: '"pki@example.com"' },
  uris: { is: isUri, what: "an absolute URI", example: '"spiffe://example.org/ca"' },
};

/** The properties that hold alternative names. */
export const NAME_KINDS = Object.keys(KINDS) as (keyof SubjectAlternativeNames)[];

/** Checks the alternative names among a resource's properties. */
export function checkSubjectAlternativeNames(inputs: Readonly<Record<string, unknown>>): Problem[] {
  return NAME_KINDS.flatMap((kind) => checkNames(inputs[kind], kind, kind));
}

/** Checks a list of names of one kind. */
export function checkNames(value: unknown, kind: keyof SubjectAlternativeNames, property: string): Problem[] {
  const { is, what, example } = KINDS[kind];
  if (value === undefined || value === UNKNOWN) {
    return [];
  }
  if (!Array.isArray(value)) {
    return [{ code: "SAN_INVALID", property, reason: "it is not a list", remedy: `Write it as [${example}]` }];
  }
  return value.flatMap((name: unknown, index): Problem[] =>
    name === UNKNOWN || (typeof name === "string" && is(name))
      ? []
      : [
          {
            code: "SAN_INVALID",
            property: `${property}[${String(index)}]`,
            reason: `${JSON.stringify(name)} is not ${what}`,
            remedy: `Write it like ${example}`,
          },
        ],
  );
}
