import { parseKeyUri } from "../provider/kms/keyUri";
import { hasUnknown } from "../provider/words/unknown";
import { declaredCertificate, firstCertificate } from "./declaredCertificate";
import type { DeclaredResource, Properties, StackResource } from "./resource";
import { ruleOf } from "./rule";

const HARDWARE = ["awskms", "cloudkms", "yubikey", "pkcs11"] as const;
const CLOUD = "cloudkms";

/** Requires that the key of a root is in hardware. */
export const rootInHardware = ruleOf<{ readonly kms: readonly string[] }>({
  name: "root-in-hardware",
  description: "The key of a root is in hardware.",
  level: "advisory",
  settings: {
    kms: {
      type: "array",
      items: { type: "string", enum: ["softkms", ...HARDWARE] },
      description:
        "The key management services that may have the key of a root. In cloudkms, its protection level must be HSM",
      default: HARDWARE,
    },
  },
  inResource: (resource, { settings: { kms } }) => {
    const scheme = schemeOf(rootKeyUri(resource));
    return scheme === undefined || kms.includes(scheme)
      ? []
      : [`the key of the root that signs ${resource.name} is in ${scheme}. Move it to one of ${kms.join(", ")}.`];
  },
  inStack: (stack) =>
    stack
      .filter((resource) => rootKeyUri(resource) !== undefined)
      .filter((resource) => isInSoftware(keysOf(resource.sources["signingKey"] ?? [])))
      .map((resource) => ({
        resource,
        message: `the key of the root that signs ${resource.name} is in ${CLOUD} with the protection level SOFTWARE. Give it the protectionLevel HSM.`,
      })),
});

/** The URI of the root's key that signs a certificate, if a root signs it. It may be unknown. */
function rootKeyUri(resource: DeclaredResource): unknown {
  const { profile, inputs } = declaredCertificate(resource) ?? {};
  const { signingKey, issuer, answerPem } = inputs ?? {};
  const above = firstCertificate((issuer as Properties | undefined)?.["certificatePem"]);
  const isBelowRoot = above !== undefined && above.issuer === above.subject;
  const isSignedByRoot = profile === "root" || profile === "cross" || isBelowRoot;
  return isSignedByRoot && answerPem === undefined ? (signingKey as Properties | undefined)?.["uri"] : undefined;
}

/** step-ca's name of the KMS that has a key. */
function schemeOf(uri: unknown): string | undefined {
  if (typeof uri !== "string" || hasUnknown(uri)) {
    return undefined;
  }
  if (uri.startsWith("projects/")) {
    return CLOUD;
  }
  try {
    return parseKeyUri(uri).scheme;
  } catch {
    return undefined; // a name that only its KMS can read
  }
}

/** Keys, and the resources that they are made from. */
function keysOf(keys: readonly StackResource[]): readonly StackResource[] {
  return keys.flatMap((key) => [key, ...keysOf([...new Set(Object.values(key.sources).flat())])]);
}

/** Whether a key in Google Cloud is known to be in no hardware. */
function isInSoftware(keys: readonly StackResource[]): boolean {
  const cryptoKeys = keys.filter(({ type }) => type === "gcp:kms/cryptoKey:CryptoKey");
  const levels = cryptoKeys.map(
    ({ properties }) => (properties["versionTemplate"] as Properties | undefined)?.["protectionLevel"],
  );
  return levels.includes("SOFTWARE");
}
