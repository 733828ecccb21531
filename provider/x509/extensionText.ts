import {
  AuthorityInfoAccessExtension,
  BasicConstraintsExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
} from "./peculiarX509";
import { keyUsageNames } from "./certificateExtensions";
import { EXTENDED_KEY_USAGES } from "./profiles";

/** How much of a value that has no text is shown, in characters of hex. */
const SHOWN = 64;

/**
 * What an extension says, for a message. Lists whose order means nothing are sorted, so equal texts of known extensions say the
 * same.
 */
export function extensionText(extension: Extension | undefined): string {
  return extension === undefined ? "nothing" : `${contentText(extension)}${extension.critical ? " (critical)" : ""}`;
}

function contentText(extension: Extension): string {
  if (extension instanceof BasicConstraintsExtension) {
    const { ca, pathLength } = extension;
    return ca
      ? `CA with ${pathLength === undefined ? "any path length" : `path length ${String(pathLength)}`}`
      : "no CA";
  }
  if (extension instanceof KeyUsagesExtension) {
    return listed(keyUsageNames(extension.usages));
  }
  if (extension instanceof ExtendedKeyUsageExtension) {
    return listed(extension.usages.map((usage) => purposeName(usage)).sort());
  }
  if (extension instanceof SubjectAlternativeNameExtension) {
    return listed(extension.names.items.map(({ type, value }) => `${type}:${value}`).sort());
  }
  if (extension instanceof CRLDistributionPointsExtension) {
    const points = extension.distributionPoints.flatMap(({ distributionPoint }) => distributionPoint?.fullName ?? []);
    return listed(points.map(({ uniformResourceIdentifier: url }) => url ?? "a name that is no URL"));
  }
  if (extension instanceof AuthorityInfoAccessExtension) {
    const { ocsp, caIssuers } = extension;
    return listed([...ocsp.map(({ value }) => `OCSP ${value}`), ...caIssuers.map(({ value }) => `issuer ${value}`)]);
  }
  const hex = Buffer.from(extension.value).toString("hex");
  return hex.length > SHOWN ? `${hex.slice(0, SHOWN)}...` : hex;
}

function purposeName(usage: unknown): string {
  const oid = String(usage);
  return Object.keys(EXTENDED_KEY_USAGES).find((name) => EXTENDED_KEY_USAGES[name] === oid) ?? oid;
}

function listed(items: readonly string[]): string {
  return items.length === 0 ? "none" : items.join(", ");
}
