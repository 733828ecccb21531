import { anyAttribute } from "../keyUri";
import { given, type KeyTakeover, ofEach, type StepCaKms, type TakenSettings } from "../takeover";
import type { Pkcs11Kms } from "./pkcs11";
import { TOKEN_PIN } from "./pkcs11SecretNames";
import { DEFAULT_MODULE, namesToken, parseTokenKmsUri, type TokenConnection, tokenKmsUri } from "./pkcs11Uri";

/** Takes over the keys that a step-ca has in a token. They stay as they are. */
export const pkcs11Takeover: KeyTakeover<Pkcs11Kms> = {
  source: { name: "Pkcs11Keys", module: "pulumi-kms-pki/pkcs11" },
  connection: (kms, keyUri) => tokenKmsUri(connectionOf(kms, keyUri)),
  secrets: ({ block: { uri = "", pin } }) => ({
    [TOKEN_PIN.config]: anyAttribute(uri, "pin-value") ?? pin,
    [`${TOKEN_PIN.config}File`]: anyAttribute(uri, "pin-source"),
  }),
  settings({ block, keys, connection = "pkcs11:", place }) {
    const { modulePath, token, serial, slotId } = parseTokenKmsUri(connection);
    const pinFile = anyAttribute(block["uri"] ?? "", "pin-source");
    return given<unknown>({
      modulePath: modulePath === DEFAULT_MODULE ? undefined : modulePath,
      token,
      tokenSerial: serial,
      slotId: slotId === undefined ? undefined : String(slotId),
      [`${TOKEN_PIN.config}File`]: pinFile === undefined ? undefined : place(pinFile),
      adopt: ofEach(keys, ({ uri }) => uri),
    });
  },
  argumentsOf: ({ modulePath, token, tokenSerial, slotId, adopt }: TakenSettings) =>
    given({
      ...{ modulePath, token, serial: tokenSerial, adopt },
      slotId: slotId === undefined ? undefined : Number(slotId),
    }),
};

/** The token that the block names, or that the key names if there is no block. */
function connectionOf({ block }: StepCaKms, keyUri: string): TokenConnection {
  const { uri } = block;
  return parseTokenKmsUri(uri !== undefined && (namesToken(uri) || !namesToken(keyUri)) ? uri : keyUri);
}
