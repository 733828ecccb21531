/** An extension by its object identifier. */
export interface CustomExtension {
  readonly oid: string;
  /** Whether a reader that does not know it must refuse the certificate. Default false. */
  readonly critical?: boolean | undefined;
  /** The extension's value: one element of DER, as base64. */
  readonly valueDer?: string | undefined;
  /** The same in hex, in place of `valueDer`. */
  readonly valueHex?: string | undefined;
}

/** An alternative name by its object identifier (RFC 5280, section 4.2.1.6). */
export interface OtherName {
  /** Such as `1.3.6.1.4.1.311.20.2.3`, the user principal name of Windows. */
  readonly oid: string;
  /** The name as a text. */
  readonly utf8String?: string | undefined;
  /** Any other value, in place of `utf8String`: one element of DER, in hex. */
  readonly valueHex?: string | undefined;
}

/** The features of TLS that have a name, by their number (RFC 7633). */
export const TLS_FEATURES = { status_request: 5, status_request_v2: 17 } as const;

/** A feature of TLS that the server must offer: by name, or by the number of its TLS extension. */
export type TlsFeature = keyof typeof TLS_FEATURES | number;

/** The arguments that make an extension, by its object identifier. */
export const EXTENSION_ARGUMENTS: Readonly<Record<string, string>> = {
  "2.5.29.14": "key",
  "2.5.29.15": "keyUsages",
  "2.5.29.17": "dnsNames, ipAddresses, emailAddresses, uris or otherNames",
  "2.5.29.19": "pathLength",
  "2.5.29.30": "nameConstraints",
  "2.5.29.31": "crlDistributionPoints",
  "2.5.29.32": "policies",
  "2.5.29.35": "issuer",
  "2.5.29.36": "policyConstraints",
  "2.5.29.37": "extendedKeyUsages",
  "2.5.29.54": "inhibitAnyPolicy",
  "1.3.6.1.5.5.7.1.1": "ocspServers or issuingCertificateUrls",
  "1.3.6.1.5.5.7.1.24": "tlsFeatures",
};

/** The value of an extension or a name, as DER; undefined if it is not written right. */
export function valueOctets({
  valueDer,
  valueHex,
}: Pick<CustomExtension, "valueDer" | "valueHex">): Buffer | undefined {
  if (typeof valueHex === "string") {
    return /^(?:[0-9a-f]{2})+$/i.test(valueHex) ? Buffer.from(valueHex, "hex") : undefined;
  }
  const octets = Buffer.from(valueDer ?? "", "base64");
  return octets.length > 0 && octets.toString("base64") === valueDer ? octets : undefined;
}
