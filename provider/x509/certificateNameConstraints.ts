import type { X509Certificate } from "node:crypto";
import { childrenOf, type DerElement, firstElement, objectIdentifierOf } from "./der";
import type { DistinguishedName, OtherAttribute, StringType } from "./distinguishedName";
import { rangeText } from "./ipRange";
import { readCertificates } from "./pem";
import { type NameConstraints, type NameTrees, withoutEmptyTrees } from "./nameConstraints";

const NAME_CONSTRAINTS = "2.5.29.30";
const [EXTENSIONS, PERMITTED, EXCLUDED] = [0xa3, 0xa0, 0xa1];

/** The tags of the kinds of general names (RFC 5280, section 4.2.1.6). */
const [EMAIL, DNS, DIRECTORY, URI, IP] = [0x81, 0x82, 0xa4, 0x86, 0x87];

/** The string types of directory names, by tag. */
const STRINGS: Readonly<Record<number, StringType>> = {
  0x0c: "utf8String",
  0x13: "printableString",
  0x16: "ia5String",
};

/**
 * The name constraints in a certificate; undefined if there are none. Kinds of names that this package does not write are
 * left out.
 */
export function nameConstraintsOf({ raw }: X509Certificate): NameConstraints | undefined {
  const [content] = childrenOf(raw);
  const list = childrenOf(content?.whole).find(({ tag }) => tag === EXTENSIONS);
  const extension = childrenOf(firstElement(list?.content ?? Buffer.alloc(0))?.whole)
    .map(({ whole }) => childrenOf(whole))
    .find(([id]) => id !== undefined && objectIdentifierOf(id.content) === NAME_CONSTRAINTS);
  const sides = childrenOf(extension?.at(-1)?.content);
  const side = (wanted: number): NameTrees | undefined => {
    const found = sides.find(({ tag }) => tag === wanted);
    return found && treesOf(childrenOf(found.whole).flatMap(({ whole }) => childrenOf(whole).slice(0, 1)));
  };
  return withoutEmptyTrees({ permitted: side(PERMITTED), excluded: side(EXCLUDED) });
}

/**
 * The name constraints in the certificates of a PEM text, which are those of one path. What cannot be read is left out:
 * another check tells what is wrong with it.
 */
export function chainNameConstraints(pem: string): NameConstraints[] {
  try {
    return readCertificates(pem, "").flatMap((certificate) => nameConstraintsOf(certificate) ?? []);
  } catch {
    return [];
  }
}

function treesOf(names: readonly DerElement[]): NameTrees {
  const of = (wanted: number): DerElement[] => names.filter(({ tag }) => tag === wanted);
  const texts = (wanted: number): string[] => of(wanted).map(({ content }) => content.toString("latin1"));
  const directoryNames = of(DIRECTORY).map(({ content }) => directoryName(content));
  return {
    dnsDomains: texts(DNS),
    emailAddresses: texts(EMAIL),
    ipRanges: of(IP).flatMap(({ content }) => rangeText(content) ?? []),
    uriDomains: texts(URI),
    // One that cannot be compared leaves open what the others say.
    ...(directoryNames.includes(undefined)
      ? {}
      : { directoryNames: directoryNames.filter((name) => name !== undefined) }),
  };
}

/** Undefined for a name with strings of old types, or with several attributes side by side. */
function directoryName(content: Buffer): DistinguishedName | undefined {
  const attributes = childrenOf(content).map(({ whole: set }): OtherAttribute | undefined => {
    const [attribute, ...beside] = childrenOf(set);
    const [id, value] = childrenOf(attribute?.whole);
    const type = value && STRINGS[value.tag];
    return beside.length > 0 || id === undefined || value === undefined || type === undefined
      ? undefined
      : { oid: objectIdentifierOf(id.content), value: value.content.toString("utf8"), type };
  });
  return attributes.includes(undefined)
    ? undefined
    : { attributes: attributes.filter((attribute) => attribute !== undefined) };
}
