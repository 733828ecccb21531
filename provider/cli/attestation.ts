import { isJsonObject, type JsonObject } from "../stepca/config";

/** The keys of an authority, by the names that its stack gives them. */
export const KEY_ROLES = ["root", "intermediate", "ssh-user-key", "ssh-host-key"] as const;

/** One of {@link KEY_ROLES}. */
export type KeyRole = (typeof KEY_ROLES)[number];

/** What a hardware module says of a key of its own. */
export interface Attestation {
  /** Google's name of the form, such as `CAVIUM_V2_COMPRESSED`. */
  readonly format: string;
  readonly content: Buffer;
}

/** By key. A key in software has none. */
export type Attestations = Readonly<Partial<Record<KeyRole, Attestation>>>;

/** The name of the file that an attestation is exported to. */
export function attestationFile(role: KeyRole): string {
  return `${role.replaceAll("-", "_")}_attestation.dat`;
}

/** Reads the attestations among a stack's outputs, their content in base64; undefined when something else is among them. */
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
  const { format, content: text } = value;
  // The format is printed: nothing that a terminal would act on.
  if (typeof format !== "string" || !/^\w+$/.test(format) || typeof text !== "string") {
    return undefined;
  }
  const content = Buffer.from(text, "base64"); // which passes over what is no base64
  return content.length > 0 && content.toString("base64") === text ? { format, content } : undefined;
}
