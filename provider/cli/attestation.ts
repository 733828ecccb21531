import type { Attestation } from "../kms/keyManager";
import { KEY_ROLES, type KeyRole } from "../authority/keyNames";
import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { certificatePem } from "../x509/pem";

/** The chains of Cloud HSM as files: the end of the file's name, by Google's name of the chain. */
const CHAIN_FILES = {
  caviumCerts: "manufacturer_chain",
  googleCardCerts: "google_card_chain",
  googlePartitionCerts: "google_partition_chain",
} as const;

type ChainName = keyof typeof CHAIN_FILES;

const CHAIN_NAMES = Object.keys(CHAIN_FILES) as ChainName[];

/** Attestations by key. A key in software has none. */
export type Attestations = Readonly<Partial<Record<KeyRole, Attestation>>>;

/** The name of the file that an attestation is exported to. */
export function attestationFile(role: KeyRole): string {
  return `${prefixOf(role)}.dat`;
}

/**
 * The files that an attestation is exported to, such as `root_attestation_google_card_chain.pem`, with their contents.
 */
export function attestationFiles(
  role: KeyRole,
  attestation: Attestation,
): { name: string; content: string | Buffer }[] {
  const { content, certChains = {} } = attestation;
  return [
    { name: attestationFile(role), content: Buffer.from(content, "base64") },
    ...CHAIN_NAMES.flatMap((chain) => {
      const certificates = certChains[chain];
      return certificates === undefined ? [] : [{ name: chainFile(role, chain), content: certificates.join("") }];
    }),
  ];
}

/** The names of files that an earlier attestation of a key may have left and this one does not use. */
export function unusedAttestationFiles(role: KeyRole, attestation: Attestation | undefined): string[] {
  const used = attestation === undefined ? [] : attestationFiles(role, attestation).map(({ name }) => name);
  return [attestationFile(role), ...CHAIN_NAMES.map((chain) => chainFile(role, chain))].filter(
    (name) => !used.includes(name),
  );
}

function prefixOf(role: KeyRole): string {
  return `${role.replaceAll("-", "_")}_attestation`;
}

function chainFile(role: KeyRole, chain: ChainName): string {
  return `${prefixOf(role)}_${CHAIN_FILES[chain]}.pem`;
}

/** Reads the attestations among a stack's outputs, their content in base64; undefined if they include anything else. */
export function parseAttestations(output: JsonObject): Attestations | undefined {
  const attestations: Partial<Record<KeyRole, Attestation>> = {};
  for (const [name, value] of Object.entries(output)) {
    const role = KEY_ROLES.find((known) => known === name);
    const attestation = parseAttestation(value);
    if (role === undefined || attestation === undefined) {
      return undefined;
    }
    attestations[role] = attestation;
  }
  return attestations;
}

function parseAttestation(value: unknown): Attestation | undefined {
  if (!isJsonObject(value)) {
    return undefined;
  }
  const { format, content, certChains: given = {} } = value;
  const certChains = parseChains(given);
  // The format is printed, so it must hold nothing that a terminal would act on.
  if (typeof format !== "string" || !/^\w+$/.test(format) || typeof content !== "string" || certChains === undefined) {
    return undefined;
  }
  // Buffer ignores anything that is not base64.
  const isBase64 = content !== "" && Buffer.from(content, "base64").toString("base64") === content;
  return isBase64 ? { format, content, certChains } : undefined;
}

/** Undefined unless each is a known chain of certificates. */
function parseChains(value: unknown): Attestation["certChains"] {
  if (!isJsonObject(value)) {
    return undefined;
  }
  const chains: Partial<Record<ChainName, readonly string[]>> = {};
  for (const [name, texts] of Object.entries(value)) {
    const chain = CHAIN_NAMES.find((known) => known === name);
    const certificates = Array.isArray(texts) ? texts.map(parseCertificate) : [undefined];
    if (chain === undefined || !certificates.every((certificate) => certificate !== undefined)) {
      return undefined;
    }
    chains[chain] = certificates;
  }
  return chains;
}

function parseCertificate(text: unknown): string | undefined {
  try {
    return typeof text === "string" ? certificatePem(text, "attestations") : undefined;
  } catch {
    return undefined;
  }
}
