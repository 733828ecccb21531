import { SLOTS } from "../../piv/slots";
import { anyAttribute } from "../keyUri";
import { given, type KeyTakeover, ofEach, type StepCaKms, type TakenSettings } from "../takeover";
import { MANAGEMENT_KEY, PIN } from "./yubiKeySecretNames";
import type { YubiKeyPiv } from "./yubikey";
import { parseYubiKeyKmsUri, yubiKeyKmsUri, yubiKeySlot, yubiKeyUri } from "./yubiKeyUri";

const SLOT_SETTINGS: Readonly<Record<string, string>> = {
  root: "rootSlot",
  intermediate: "intermediateSlot",
  "ssh-user-key": "sshUserSlot",
  "ssh-host-key": "sshHostSlot",
};

/** Takes over the slots of a step-ca. Keys and certificates stay in them as they are. */
export const yubiKeyTakeover: KeyTakeover<YubiKeyPiv> = {
  source: { name: "PivKeys", module: "pulumi-kms-pki/yubikey" },
  connection: (kms, keyUri) => yubiKeyKmsUri({ serial: serialOf(kms, keyUri) }),
  secrets: ({ block: { uri = "", pin, managementkey } }) => ({
    [PIN.config]: anyAttribute(uri, "pin-value") ?? pin,
    [`${PIN.config}File`]: anyAttribute(uri, "pin-source"),
    [MANAGEMENT_KEY.config]: anyAttribute(uri, "management-key") ?? managementkey,
    [`${MANAGEMENT_KEY.config}File`]: anyAttribute(uri, "management-key-source"),
  }),
  rootCandidates: (_device, { uri }) =>
    Promise.resolve(SLOTS.filter((slot) => slot !== yubiKeySlot(uri)).map((slot) => yubiKeyUri(slot))),
  settings({ block, password, keys, connection = "yubikey:", place }) {
    const secrets = yubiKeyTakeover.secrets({ block, password });
    const slots = ofEach(keys, ({ uri }) => yubiKeySlot(uri));
    const { serial } = parseYubiKeyKmsUri(connection);
    const files = Object.entries(secrets).filter(([name, path]) => name.endsWith("File") && path !== undefined);
    return given<unknown>({
      serial: serial === undefined ? undefined : String(serial),
      ...given(Object.fromEntries(Object.entries(SLOT_SETTINGS).map(([role, setting]) => [setting, slots[role]]))),
      adopt: slots,
      ...Object.fromEntries(files.map(([name, path = ""]) => [name, place(path)] as const)),
    });
  },
  argumentsOf: ({ serial, adopt }: TakenSettings) =>
    given({ serial: serial === undefined ? undefined : Number(serial), slots: adopt, adopt }),
};

function serialOf({ block }: StepCaKms, keyUri: string): number | undefined {
  const [ofKms, ofKey] = [block["uri"], keyUri].map((uri) =>
    uri === undefined ? undefined : parseYubiKeyKmsUri(uri).serial,
  );
  return ofKms ?? ofKey;
}
