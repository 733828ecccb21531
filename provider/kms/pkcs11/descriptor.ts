import { join } from "node:path";
import type { KmsContext, KmsDescriptor } from "../descriptor";
import { CRYPTOKI_PACKAGE } from "./cryptokiPackage";
import type { Pkcs11Kms } from "./pkcs11";
import { PKCS11_ALGORITHMS } from "./pkcs11Algorithms";
import { TOKEN_PIN } from "./pkcs11SecretNames";
import {
  canonicalTokenKeyUri,
  parseTokenKmsUri,
  pinSourceIn,
  placeTokenPinSource,
  type TokenConnection,
  tokenKmsUri,
  TOKEN_URI_ATTRIBUTES,
} from "./pkcs11Uri";

/** Tokens that a PKCS#11 module reaches: HSMs, smart cards, and software. */
export const pkcs11: KmsDescriptor<Pkcs11Kms> = {
  scheme: "pkcs11",
  title: "a PKCS#11 token",
  packageName: CRYPTOKI_PACKAGE,
  algorithms: PKCS11_ALGORITHMS,
  uriAttributes: TOKEN_URI_ATTRIBUTES,
  canonicalKeyUri: canonicalTokenKeyUri,
  open: (context) => {
    let opening: Promise<(connection: TokenConnection) => Pkcs11Kms> | undefined;
    return async (kms, uri = "pkcs11:") => {
      const connection = parseTokenKmsUri(kms ?? uri);
      opening ??= load(context);
      return (await opening)(connection);
    };
  },
  searchKeys: async (state, context) => {
    const open = pkcs11.open(context);
    const { unknownTokenKeys } = await import("./unknownTokenKeys.js");
    return unknownTokenKeys(state, (kms) => open(kms));
  },
  keyResource: "Pkcs11Key",
  placeFiles: placeTokenPinSource,
  secretFile: pinSourceIn,
  deviceSecrets: [TOKEN_PIN],
  takeover: async () => (await import("./pkcs11Takeover.js")).pkcs11Takeover,
  settings: [
    "modulePath",
    "stepCaModulePath",
    "token",
    "tokenSerial",
    "slotId",
    "labelPrefix",
    "storeCertificates",
    "adopt",
    "deleteKeys",
  ],
  hasSshKeysByDefault: true,
  canHoldRootOnly: false,
  stackModule: join(__dirname, "program", "stackKeys.js"),
};

/** One process per module, one manager per token, and one record of rejected PINs. */
async function load({ secrets, notice }: KmsContext): Promise<(connection: TokenConnection) => Pkcs11Kms> {
  const { Pkcs11Kms } = await import("./pkcs11.js");
  const { ModuleProcess } = await import("./moduleProcess.js");
  const { TokenAccess } = await import("./tokenAccess.js");
  const { TokenLogins } = await import("./tokenLogins.js");
  const modules = new Map<string, InstanceType<typeof ModuleProcess>>();
  const managers = new Map<string, Pkcs11Kms>();
  const logins = new TokenLogins(secrets);
  return (connection) => {
    const { modulePath, token, serial, slotId } = connection;
    const name = tokenKmsUri({ modulePath, token, serial, slotId });
    const module = modules.get(modulePath) ?? new ModuleProcess(modulePath);
    modules.set(modulePath, module);
    const manager = managers.get(name) ?? new Pkcs11Kms(new TokenAccess(connection, module, logins), notice);
    managers.set(name, manager);
    return manager;
  };
}
