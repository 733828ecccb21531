import { askedByRequest } from "./askedCertificate";
import { extensionDifferences } from "./certificateDifferences";
import { keyUsageNames, requestedExtensions } from "./certificateExtensions";
import { declaredName } from "./declaredSubject";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralName,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
} from "./peculiarX509";
import { EXTENDED_KEY_USAGES, PROFILES } from "./profiles";
import { type CertificateContent, certificateTemplate } from "./template";

/** What a certificate request says, as a program declares it. */
export interface DeclaredRequest {
  readonly content: CertificateContent;
  /** The arguments that cannot say what the request says, each once. */
  readonly differences: readonly string[];
}

/**
 * What a certificate request says, as a program declares it: its profile, its names and its usages. Its signature is not verified here.
 *
 * @param name of the text, for messages
 * @throws PkiError `CSR_INVALID`
 */
export function declaredRequest(csrPem: string, name: string): DeclaredRequest {
  const { publicKey, subjectDer, ca } = askedByRequest(csrPem, name);
  const { extensions } = new Pkcs10CertificateRequest(csrPem);
  const profile = ca ? "intermediate" : "leaf";
  const subject = declaredName(subjectDer);
  const content = {
    profile,
    ...(subject === undefined ? {} : { subject }),
    ...usages(extensions, profile),
    ...alternativeNames(extensions),
  } as const;
  const declared = requestedExtensions(certificateTemplate(content, {}), publicKey);
  const found = extensionDifferences(extensions, declared).map(({ argument }) => argument);
  return { content, differences: subject === undefined ? ["subject", ...found] : found };
}

const USAGE_NAMES = new Map(Object.entries(EXTENDED_KEY_USAGES).map(([name, oid]) => [oid, name]));

/** What differs from the profile. */
function usages(
  extensions: readonly Extension[],
  profile: "intermediate" | "leaf",
): Pick<CertificateContent, "pathLength" | "keyUsages" | "extendedKeyUsages"> {
  const defaults = PROFILES[profile];
  const constraints = extensions.find((each) => each instanceof BasicConstraintsExtension);
  const used = extensions.find((each) => each instanceof KeyUsagesExtension);
  const extended = extensions.find((each) => each instanceof ExtendedKeyUsageExtension);
  const pathLength = constraints?.pathLength ?? "unlimited";
  const keyUsages = used === undefined ? defaults.keyUsages : keyUsageNames(used.usages);
  const extendedKeyUsages = [...(extended?.usages ?? [])].map((oid) => USAGE_NAMES.get(String(oid)) ?? String(oid));
  return {
    ...(defaults.ca && pathLength !== defaults.pathLength ? { pathLength } : {}),
    ...(keyUsages.join() === defaults.keyUsages.join() ? {} : { keyUsages }),
    ...(extendedKeyUsages.join() === defaults.extendedKeyUsages.join() ? {} : { extendedKeyUsages }),
  };
}

const NAMES: Readonly<Partial<Record<JsonGeneralName["type"], keyof CertificateContent>>> = {
  dns: "dnsNames",
  ip: "ipAddresses",
  email: "emailAddresses",
  url: "uris",
};

function alternativeNames(extensions: readonly Extension[]): Partial<CertificateContent> {
  const names = extensions.find((each) => each instanceof SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  return Object.fromEntries(
    Object.entries(NAMES).flatMap(([type, argument]) => {
      const values = names.filter((each) => each.type === type).map(({ value }) => value);
      return values.length === 0 ? [] : [[argument, values]];
    }),
  );
}
