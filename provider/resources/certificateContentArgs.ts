import type { Input } from "../pulumi";
import { argumentNames } from "../words/argumentNames";
import type { KeyUsage } from "../x509/profiles";
import { type CertificateExtensionArgs, EXTENSION_ARGUMENT_NAMES } from "./certificateExtensionArgs";
import type { DistinguishedNameArgs } from "./distinguishedNameArgs";

/** What a certificate says, or what a request asks for: everything but keys, dates and the issuer. */
export interface CertificateContentArgs extends CertificateExtensionArgs {
  /** The subject's name. A CA must have one. */
  subject?: Input<DistinguishedNameArgs | undefined>;
  /** How many CAs may follow below this one: a whole number from 0, or `unlimited`. Default: the profile's. */
  pathLength?: Input<number | "unlimited" | undefined>;
  /** Key usages, by their names in RFC 5280, section 4.2.1.3. Default: the profile's. */
  keyUsages?: Input<Input<KeyUsage>[] | undefined>;
  /** `serverAuth`, `clientAuth`, ... or object identifiers (RFC 5280, section 4.2.1.12). Default: the profile's. */
  extendedKeyUsages?: Input<Input<string>[] | undefined>;
  /** Subject alternative names: host names. A wildcard begins with `*.`. */
  dnsNames?: Input<Input<string>[] | undefined>;
  /** Subject alternative names: IPv4 and IPv6 addresses. */
  ipAddresses?: Input<Input<string>[] | undefined>;
  /** Subject alternative names: email addresses. */
  emailAddresses?: Input<Input<string>[] | undefined>;
  /** Subject alternative names: absolute URIs. */
  uris?: Input<Input<string>[] | undefined>;
}

/** The names of these arguments. */
export const CONTENT_ARGUMENT_NAMES = [
  ...argumentNames<Omit<CertificateContentArgs, keyof CertificateExtensionArgs>>({
    subject: true,
    pathLength: true,
    keyUsages: true,
    extendedKeyUsages: true,
    dnsNames: true,
    ipAddresses: true,
    emailAddresses: true,
    uris: true,
  }),
  ...EXTENSION_ARGUMENT_NAMES,
];
