import { join } from "node:path";
import { findEarlierPassphrase, PASSPHRASE, requireSecret } from "../../words/secrets";
import { ALGORITHM_NAMES } from "../algorithms";
import type { KmsContext, KmsDescriptor } from "../descriptor";
import type { SoftKms } from "./softkms";
import { SOFT_KEY_ATTRIBUTES, softKeyPath, softKeyUri } from "./softKeyUri";

/** Keys in files. */
export const softkms: KmsDescriptor<SoftKms> = {
  scheme: "softkms",
  title: "softkms",
  algorithms: ALGORITHM_NAMES,
  uriAttributes: SOFT_KEY_ATTRIBUTES,
  canonicalKeyUri: (text) => softKeyUri(softKeyPath(text)),
  open: (context) => {
    let opened: Promise<SoftKms> | undefined;
    return () => (opened ??= load(context));
  },
  searchKeys: async (state, { secrets }) =>
    (await import("./unknownKeyFiles.js")).unknownKeyFiles(state, secrets.rootDirectory),
  keyResource: "SoftKey",
  keyFile: softKeyPath,
  takeover: async () => (await import("./softTakeover.js")).softTakeover,
  settings: ["directory", "adopt"],
  hasSshKeysByDefault: true,
  canHoldRootOnly: false,
  stackModule: join(__dirname, "program", "stackKeys.js"),
};

async function load({ secrets, notice }: KmsContext): Promise<SoftKms> {
  const { SoftKms } = await import("./softkms.js");
  const { rootDirectory } = secrets;
  return new SoftKms({
    rootDirectory,
    passphrase: () => requireSecret(PASSPHRASE, secrets),
    earlierPassphrase: () => findEarlierPassphrase(secrets),
    notice,
  });
}
