import { type KeyObject, X509Certificate } from "node:crypto";
import { PkiError } from "../../../errors";
import type { Context } from "../../../lifecycle/context";
import type { Slot } from "../../../piv/slots";
import { publicKeyPem } from "../../../x509/certificate";
import { algorithmOf } from "../../algorithms";
import { yubikey } from "../descriptor";
import type { SlotContent } from "../yubikey";
import { deviceName, parseYubiKeyKmsUri, yubiKeyKmsUri, yubiKeySlot, yubiKeyUri } from "../yubiKeyUri";

/**
 * The arguments of a YubiKey, from its serial number, or from `yubikey:serial=12345678`. `yubikey:` is the only one that is plugged in.
 *
 * @throws PkiError `KEY_URI_INVALID`
 */
export function importedYubiKey(id: string): object {
  const { serial } = parseYubiKeyKmsUri(/^\d+$/.test(id) ? yubiKeyKmsUri({ serial: Number(id) }) : id);
  return serial === undefined ? {} : { serial };
}

/**
 * The arguments of a key in a slot, from its URI `yubikey:slot-id=9a`, which may name the device: `yubikey:serial=12345678;slot-id=9a`.
 *
 * @throws PkiError `KEY_URI_INVALID`, `KEY_NOT_FOUND`, `CARD_NOT_FOUND`, `CARD_AMBIGUOUS`
 */
export async function importedPivKey(uri: string, context: Context): Promise<object> {
  const { slot, kms, publicKey, content } = await slotAt(uri, context);
  const { pinPolicy, touchPolicy } = content;
  return { slot, kms, algorithm: algorithmOf(publicKey), pinPolicy, touchPolicy, use: "adopt" };
}

/**
 * The arguments of the certificate in a slot, from the URI of its key.
 *
 * @throws PkiError `INPUT_INVALID` if there is none, and as {@link importedPivKey}
 */
export async function importedPivCertificate(uri: string, context: Context): Promise<object> {
  const { slot, kms, publicKey, content } = await slotAt(uri, context);
  const { certificate } = content;
  const { markIn } = await import("../slotClaim.js");
  if (certificate === undefined || markIn(content) !== undefined) {
    throw new PkiError("INPUT_INVALID", `slot ${slot} has no certificate to import`, "Name a slot with a certificate");
  }
  const key = { uri: yubiKeyUri(slot), kms, algorithm: algorithmOf(publicKey), publicKeyPem: publicKeyPem(publicKey) };
  return { key, certificatePem: new X509Certificate(certificate).toString() };
}

/** A slot with a key. */
interface OccupiedSlot {
  readonly slot: Slot;
  /** The device by its serial number, if it reports one. */
  readonly kms: string;
  readonly content: SlotContent;
  readonly publicKey: KeyObject;
}

async function slotAt(uri: string, { backends }: Context): Promise<OccupiedSlot> {
  const slot = yubiKeySlot(uri);
  const device = await backends.open(yubikey, yubiKeyKmsUri({ serial: parseYubiKeyKmsUri(uri).serial }));
  const { publicKeyIn } = await import("../slotClaim.js");
  return device.turn(async (turn) => {
    const content = await turn.readSlot(slot);
    const publicKey = publicKeyIn(content);
    if (publicKey === undefined) {
      throw new PkiError(
        "KEY_NOT_FOUND",
        `slot ${slot} of ${deviceName(turn.serial)} shows no key`,
        "Check the slot, or store the certificate of its key in it",
      );
    }
    return { slot, kms: yubiKeyKmsUri({ serial: turn.serial }), content, publicKey };
  });
}
