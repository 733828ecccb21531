import { X509Certificate } from "node:crypto";
import { badAnswer } from "./cloudkmsIntegrity";
import type { Attestation } from "../keyManager";

/** A KeyOperationAttestation of Google's API. A missing field is undefined, null or empty. */
interface AttestationAnswer {
  readonly format?: unknown;
  readonly content?: string | Uint8Array | null;
  readonly certChains?: Readonly<Partial<Record<(typeof CHAINS)[number], readonly string[] | null>>> | null;
}

/** The chains of Cloud HSM: the module maker's, and Google's for the card and for its partition that holds the key. */
const CHAINS = ["caviumCerts", "googleCardCerts", "googlePartitionCerts"] as const;

/**
 * The hardware's attestation of a key version, with the certificates to verify it.
 *
 * @param name of the version
 * @returns undefined if there is none: the key is in software, or still being generated
 * @throws PkiError `KMS_ANSWER_INVALID` for a chain that holds no certificates
 */
export function attestationOf(answer: AttestationAnswer | null | undefined, name: string): Attestation | undefined {
  const content = Buffer.from(answer?.content ?? "");
  if (content.length === 0) {
    return undefined;
  }
  const chains = CHAINS.flatMap((chain) => {
    const certificates = answer?.certChains?.[chain] ?? [];
    return certificates.length === 0 ? [] : [[chain, certificates.map((pem) => writtenAnew(pem, name))]];
  });
  return {
    format: String(answer?.format),
    content: content.toString("base64"),
    ...(chains.length === 0 ? {} : { certChains: Object.fromEntries(chains) as Record<string, string[]> }),
  };
}

/** A certificate without any text around it, encoded again. */
function writtenAnew(pem: string, name: string): string {
  try {
    return new X509Certificate(pem).toString();
  } catch {
    throw badAnswer("GetCryptoKeyVersion", name, "a certificate in its attestation that cannot be read");
  }
}
