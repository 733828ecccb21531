import { type KeyObject, webcrypto, X509Certificate as NodeCertificate } from "node:crypto";
import { SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator } from "./peculiarX509";

/**
 * The progress of making a key in a slot. `pending`: the key may exist. `overwriting`: the same, in a slot that held
 * something. `made`: the key exists. `released`: the stack no longer manages the slot's content.
 */
export type SlotMarkStage = "pending" | "overwriting" | "made" | "released";

/** The mark in a slot's certificate object, from before its key is made until its certificate is stored. */
export interface SlotMark {
  readonly stage: SlotMarkStage;
  /** The URN of the resource that the key was made for. */
  readonly owner: string;
  /** The public key that is `made`; otherwise that of the slot's previous key, if any. */
  readonly publicKey: KeyObject;
}

/** The prefix of stage and owner, in a URI of the subject alternative name. */
const PREFIX = "urn:pulumi-kms-pki:slot:";
const STAGES: readonly SlotMarkStage[] = ["pending", "overwriting", "made", "released"];
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * A certificate that marks a slot, as DER. It certifies nothing, and a throwaway key signs it. It is a certificate so
 * that every tool for the device can display the mark.
 *
 * @param publicKey of the key in the slot, if known
 */
export async function slotMark(stage: SlotMarkStage, owner: string, publicKey?: KeyObject): Promise<Uint8Array> {
  const { privateKey, publicKey: ownKey } = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const name = `CN=pulumi-kms-pki ${stage} slot`;
  const generated = await X509CertificateGenerator.create(
    {
      subject: name,
      issuer: name,
      serialNumber: "01",
      notBefore: new Date(0),
      notAfter: new Date(0),
      publicKey: publicKey?.export({ type: "spki", format: "der" }) ?? ownKey,
      signingKey: privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new SubjectAlternativeNameExtension([{ type: "url", value: `${PREFIX}${stage}:${encodeURI(owner)}` }]),
      ],
    },
    webcrypto,
  );
  return new Uint8Array(generated.rawData);
}

/**
 * Reads a mark that {@link slotMark} wrote; undefined for everything else. Anyone who may write to the device can write a mark.
 */
export function readSlotMark(der: Uint8Array): SlotMark | undefined {
  try {
    const { publicKey } = new NodeCertificate(Buffer.from(der));
    const extension = new X509Certificate(Buffer.from(der)).getExtension(SubjectAlternativeNameExtension);
    const uri = extension?.names.toJSON().find(({ type, value }) => type === "url" && value.startsWith(PREFIX))?.value;
    const [, stage, owner] = /^([a-z]+):(.*)$/s.exec(uri?.slice(PREFIX.length) ?? "") ?? [];
    return isStage(stage) && owner !== undefined ? { stage, owner: decodeURI(owner), publicKey } : undefined;
  } catch {
    return undefined;
  }
}

function isStage(text: string | undefined): text is SlotMarkStage {
  return STAGES.some((stage) => stage === text);
}
