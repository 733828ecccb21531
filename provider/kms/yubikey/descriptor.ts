import { join } from "node:path";
import { PCSC_PACKAGE } from "../../piv/pcscPackage";
import { PIV_ALGORITHMS } from "../../piv/pivAlgorithms";
import type { KmsContext, KmsDescriptor } from "../descriptor";
import { MANAGEMENT_KEY, PIN } from "./yubiKeySecretNames";
import type { YubiKeyPiv } from "./yubikey";
import {
  YUBIKEY_URI_ATTRIBUTES,
  parseYubiKeyKmsUri,
  placePinSource,
  yubiKeyKmsUri,
  yubiKeySlot,
  yubiKeyUri,
} from "./yubiKeyUri";

/** The PIV application of YubiKeys. */
export const yubikey: KmsDescriptor<YubiKeyPiv> = {
  scheme: "yubikey",
  title: "a YubiKey",
  packageName: PCSC_PACKAGE,
  algorithms: PIV_ALGORITHMS,
  uriAttributes: YUBIKEY_URI_ATTRIBUTES,
  canonicalKeyUri: (text) => yubiKeyUri(yubiKeySlot(text)),
  open: (context) => {
    let devices: Promise<(serial: number | undefined) => YubiKeyPiv> | undefined;
    return async (kms, uri = yubiKeyKmsUri({})) => {
      const { serial } = parseYubiKeyKmsUri(kms ?? uri);
      devices ??= load(context);
      return (await devices)(serial);
    };
  },
  searchKeys: async (state, context) => {
    const open = yubikey.open(context);
    const { unknownSlotKeys } = await import("./unknownSlotKeys.js");
    return unknownSlotKeys(state, (serial) => open(yubiKeyKmsUri({ serial })));
  },
  keyResource: "PivKey",
  placeFiles: placePinSource,
  secretFile: (kmsUri) => parseYubiKeyKmsUri(kmsUri).pinSource,
  deviceSecrets: [PIN, MANAGEMENT_KEY],
  takeover: async () => (await import("./yubiKeyTakeover.js")).yubiKeyTakeover,
  settings: [
    "serial",
    "adopt",
    "attestationRootFile",
    "rootSlot",
    "intermediateSlot",
    "sshUserSlot",
    "sshHostSlot",
    "overwrite",
    "pinPolicy",
    "touchPolicy",
    "deleteKeys",
  ],
  hasSshKeysByDefault: false, // there are no slots for them by default
  canHoldRootOnly: true,
  stackModule: join(__dirname, "program", "stackKeys.js"),
};

/** Loads one queue and one memory of rejected PINs for all YubiKeys. */
async function load(context: KmsContext): Promise<(serial: number | undefined) => YubiKeyPiv> {
  const { YubiKeyPiv } = await import("./yubikey.js");
  const { YubiKeyCards } = await import("./yubikeyCards.js");
  const { YubiKeySecrets } = await import("./yubikeySecrets.js");
  const { openReaders } = await import("../../piv/card.js");
  const { notice } = context;
  const shared = { cards: new YubiKeyCards(openReaders), secrets: new YubiKeySecrets(context), notice };
  return (serial) => new YubiKeyPiv(serial, shared);
}
