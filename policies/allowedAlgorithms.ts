import { createPublicKey, type KeyObject } from "node:crypto";
import { type Algorithm, ALGORITHM_NAMES, algorithmOf, fitsAlgorithm, isAlgorithm } from "../provider/kms/algorithms";
import { hasUnknown } from "../provider/words/unknown";
import { declaredCertificate } from "./declaredCertificate";
import type { DeclaredResource } from "./resource";
import { ruleOf } from "./rule";

/** Limits the algorithms of keys. */
export const allowedAlgorithms = ruleOf<{ readonly allowed: readonly Algorithm[] }>({
  name: "allowed-algorithms",
  description: "Keys have an allowed algorithm.",
  level: "mandatory",
  settings: {
    allowed: {
      type: "array",
      items: { type: "string", enum: ALGORITHM_NAMES },
      description: "The algorithms that keys may have",
      default: ALGORITHM_NAMES.filter((name) => !name.startsWith("RSA_2048_")),
    },
  },
  inResource: (resource, { settings: { allowed } }) => {
    const { name, type, properties } = resource;
    const remedy = `Use one of ${allowed.join(", ")}.`;
    const declared = properties["algorithm"];
    if (type !== "Certificate") {
      return KEYS.includes(type) && isAlgorithm(declared) && !allowed.includes(declared)
        ? [`the key ${name} has the algorithm ${declared}. ${remedy}`]
        : [];
    }
    const key = certifiedKey(resource);
    return key === undefined || allowed.some((each) => fitsAlgorithm(key, each))
      ? []
      : [`the key of the certificate ${name} has the algorithm ${algorithmText(key)}. ${remedy}`];
  },
});

const KEYS: readonly string[] = ["SoftKey", "PivKey", "Pkcs11Key", "ExistingKey"];

/** The key in a certificate, as far as it is known before the certificate is made. */
function certifiedKey(resource: DeclaredResource): KeyObject | undefined {
  const certificate = declaredCertificate(resource);
  const pem = certificate?.inputs["publicKeyPem"];
  if (certificate?.given !== undefined || typeof pem !== "string" || hasUnknown(pem)) {
    return certificate?.given?.publicKey;
  }
  try {
    return createPublicKey(pem);
  } catch {
    return undefined; // the provider refuses it, and says why
  }
}

function algorithmText(key: KeyObject): string {
  try {
    return algorithmOf(key).replace(/_PKCS1$/, "");
  } catch {
    return key.asymmetricKeyType ?? "unknown";
  }
}
