import { type KeyObject, webcrypto, X509Certificate as NodeCertificate } from "node:crypto";
import "reflect-metadata";
import { SubjectAlternativeNameExtension, X509Certificate, X509CertificateGenerator } from "@peculiar/x509";

/**
 * How far the making of a key in a slot has come. `pending`: it may be there. `made`: it is, and the mark bears its public
 * half. `released`: whatever is in the slot was given up.
 */
export type SlotMarkStage = "pending" | "made" | "released";

/** What stands in the certificate object of a slot from before its key is made until its certificate is stored. */
export interface SlotMark {
  readonly stage: SlotMarkStage;
  /** The URN of the resource that the key is, or was, made for. */
  readonly owner: string;
  /** Of the key in the slot when it is `made`. */
  readonly publicKey: KeyObject;
}

/** In front of stage and owner, as a URI in the subject alternative name. */
const PREFIX = "urn:pulumi-kms-pki:slot:";
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/**
 * A certificate that marks a slot, as DER. It certifies nothing: a key of the moment signs it. It has the form of a certificate so
 * that every tool for the device shows it for what it says.
 *
 * @param publicKey of the key in the slot, for `made`
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

/** Reads what {@link slotMark} writes; undefined for everything else. */
export function readSlotMark(der: Uint8Array): SlotMark | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(Buffer.from(der));
  } catch {
    return undefined;
  }
  const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const uri = names.find(({ type, value }) => type === "url" && value.startsWith(PREFIX))?.value;
  const [, stage, owner] = /^(pending|made|released):(.*)$/s.exec(uri?.slice(PREFIX.length) ?? "") ?? [];
  return stage === undefined || owner === undefined
    ? undefined
    : {
        stage: stage as SlotMarkStage,
        owner: decodeURI(owner),
        publicKey: new NodeCertificate(Buffer.from(der)).publicKey,
      };
}
