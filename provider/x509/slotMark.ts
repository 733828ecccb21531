import { type KeyObject, webcrypto, X509Certificate as NodeCertificate } from "node:crypto";
import { SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator } from "./peculiarX509";

/**
 * How far the making of a key in a slot has come. `pending`: it may be there. `overwriting`: the same, in a slot that held
 * something. `made`: it is there. `released`: whatever is in the slot was given up.
 */
export type SlotMarkStage = "pending" | "overwriting" | "made" | "released";

/** What stands in the certificate object of a slot from before its key is made until its certificate is stored. */
export interface SlotMark {
  readonly stage: SlotMarkStage;
  /** The URN of the resource that the key is, or was, made for. */
  readonly owner: string;
  /** Of the key that is `made`; else of the one that was in the slot before, or of none. */
  readonly publicKey: KeyObject;
}

/** In front of stage and owner, as a URI in the subject alternative name. */
const PREFIX = "urn:pulumi-kms-pki:slot:";
const STAGES: readonly SlotMarkStage[] = ["pending", "overwriting", "made", "released"];
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * A certificate that marks a slot, as DER. It certifies nothing: a key of the moment signs it. It has the form of a certificate so
 * that every tool for the device shows it for what it says.
 *
 * @param publicKey of the key that is in the slot, as far as it is known
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

/** Reads what {@link slotMark} writes; undefined for everything else. Anybody who may write to the device can write one. */
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
