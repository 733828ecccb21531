import { pluginType } from "../provider/kms/resourceType";
import { PROFILES } from "../provider/x509/profiles";
import { declaredCertificate } from "./declaredCertificate";
import type { DeclaredResource, StackResource } from "./resource";
import { ruleOf } from "./rule";

/** The keys that this package makes. An `ExistingKey` is never deleted. */
const KEYS: readonly string[] = ["SoftKey", "PivKey", "Pkcs11Key"];

/** The keys that other providers make for an authority. */
const CLOUD_KEYS: readonly string[] = [
  "aws:kms/key:Key",
  "gcp:kms/cryptoKey:CryptoKey",
  "gcp:kms/cryptoKeyVersion:CryptoKeyVersion",
];

const AUTHORITY = pluginType("CertificateAuthority");

/** Requires Pulumi's `protect` on keys and on the certificates of CAs. */
export const deletionProtection = ruleOf({
  name: "deletion-protection",
  description: "The engine refuses to delete keys and the certificates of CAs.",
  level: "mandatory",
  settings: {},
  inResource: (resource) => (isLost(resource) && !isInAuthority(resource) ? [whatToDo(resource)] : []),
  inStack: (stack) =>
    stack
      .filter((resource) => isLost(resource) && isInAuthority(resource) && !isHeldByRecord(resource, stack))
      .map((resource) => ({ resource, message: whatToDo(resource) })),
});

function whatToDo({ name }: DeclaredResource): string {
  return `${name} is not protected from deletion. Turn deletionProtection on, or give the resource the option protect.`;
}

function isLost(resource: DeclaredResource): boolean {
  const certificate = declaredCertificate(resource);
  const isKey = KEYS.includes(resource.type) || (CLOUD_KEYS.includes(resource.type) && isInAuthority(resource));
  return !resource.isProtected && (isKey || (certificate !== undefined && PROFILES[certificate.profile].ca));
}

function isInAuthority({ urn }: DeclaredResource): boolean {
  return urn.includes(`${AUTHORITY}$`);
}

/** Keys and certificates that rotate cannot be protected themselves. The record of their authority's last run is, in their place. */
function isHeldByRecord(resource: StackResource, stack: readonly StackResource[]): boolean {
  const authority = authorityOf(resource);
  return (
    authority !== undefined &&
    stack.some((each) => each.type === "RotationRun" && each.isProtected && authorityOf(each) === authority)
  );
}

function authorityOf({ parent }: StackResource): StackResource | undefined {
  return parent === undefined || parent.type === "CertificateAuthority" ? parent : authorityOf(parent);
}
