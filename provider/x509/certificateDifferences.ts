import { type Extension, Name, X509Certificate } from "./peculiarX509";
import { type CertificateDifference, dateDifferences } from "./certificateDates";
import { certificateExtensions, KEY_IDENTIFIERS } from "./certificateExtensions";
import { EXTENSION_ARGUMENTS } from "./customExtension";
import { encodeDistinguishedName } from "./encodedDistinguishedName";
import { extensionText } from "./extensionText";
import { readIssuer } from "./issuer";
import { isSameName } from "./succession";
import type { CertificateTemplate } from "./template";

/**
 * What a certificate says otherwise than a template, apart from its keys and their identifiers. Dates count only if the program
 * sets them.
 */
export function certificateDifferences(
  certificatePem: string,
  template: CertificateTemplate,
  dates: "withDates" | "withoutDates",
): CertificateDifference[] {
  const { subjectDer, publicKey, certificateDer } = readIssuer(certificatePem);
  const certificate = new X509Certificate(certificateDer);
  const { subject } = template;
  return [
    ...(isSameName(subjectDer, subject)
      ? []
      : [
          difference(
            "subject",
            nameText(new Name(subjectDer)),
            nameText(new Name(encodeDistinguishedName(subject ?? {}))),
          ),
        ]),
    ...extensionDifferences(certificate.extensions, certificateExtensions({ template, publicKey })),
    ...(dates === "withDates" ? dateDifferences(certificate, template) : []),
  ];
}

/** A difference in one line, without a period. */
export function describeDifference({ argument, found, declared }: CertificateDifference): string {
  return `${argument}: the certificate says ${found}, the program ${declared}`;
}

/** How extensions differ from the declared ones, apart from the key identifiers. */
export function extensionDifferences(
  found: readonly Extension[],
  declared: readonly Extension[],
): CertificateDifference[] {
  const types = [...new Set([...found, ...declared].map(({ type }) => type))];
  return types
    .filter((type) => !KEY_IDENTIFIERS.includes(type))
    .flatMap((type) => {
      const [own, said] = [found, declared].map((list) => list.find((each) => each.type === type));
      const [ownText, saidText] = [extensionText(own), extensionText(said)];
      const isSame = own !== undefined && said !== undefined && isSameExtension(own, said, ownText === saidText);
      return isSame || isNoCa(own ?? said, own === undefined || said === undefined)
        ? []
        : [difference(EXTENSION_ARGUMENTS[type] ?? `extensions (${type})`, ownText, saidText)];
    });
}

/** Whether two extensions say the same. Only of known ones a text says all. */
function isSameExtension(one: Extension, other: Extension, isSameText: boolean): boolean {
  const isKnown = one.constructor === other.constructor && TEXTS.includes(one.type);
  return Buffer.from(one.rawData).equals(Buffer.from(other.rawData)) || (isKnown && isSameText);
}

/** The extensions whose text says all: basicConstraints, keyUsage, extKeyUsage. */
const TEXTS: readonly string[] = ["2.5.29.19", "2.5.29.15", "2.5.29.37"];

/** A leaf may say that it is no CA, which it is not without saying so. */
function isNoCa(extension: Extension | undefined, isAlone: boolean): boolean {
  return isAlone && extension !== undefined && extensionText(extension).startsWith("no CA");
}

function difference(argument: string, found: string, declared: string): CertificateDifference {
  return { argument, found, declared };
}

function nameText(name: Name): string {
  return `"${name.toString()}"`;
}
