import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** Checks inputs that this package's resources always give, but another program may not. */
export function checkSigner({ signingKey, issuer }: { signingKey?: unknown; issuer?: unknown }): Problem[] {
  const missing = [
    ...(isText(signingKey, "uri") ? [] : ["signingKey"]),
    ...(issuer === undefined || isText(issuer, "certificatePem") ? [] : ["issuer"]),
  ];
  return missing.map((property) => ({
    code: "INPUT_INVALID",
    property,
    reason: "the signing CA is missing",
    remedy:
      "Give the issuer's certificate, with the uri and algorithm of its key. For a self-signed certificate, give only the key",
  }));
}

/** Whether an object has a string, or an unknown value, under a name. */
function isText(value: unknown, name: string): boolean {
  return value === UNKNOWN || typeof new Map(Object.entries(value ?? {})).get(name) === "string";
}
