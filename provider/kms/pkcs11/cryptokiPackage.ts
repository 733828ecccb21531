import { createRequire } from "node:module";
import { messageOf, PkiError, systemCode } from "../../errors";
import type { Cryptoki } from "./cryptoki";

/** The npm package that loads PKCS#11 modules. It is optional: you only install it if your keys are in such a token. */
export const CRYPTOKI_PACKAGE = "pkcs11js";

/** The prerequisites for compiling the package on each system, for the middle of a sentence. */
const PREREQUISITES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux:
    "what it is compiled with (Debian: sudo apt-get install build-essential python3; " +
    "Fedora: sudo dnf install gcc-c++ make python3)",
  darwin: "a compiler (xcode-select --install)",
  win32: "a compiler (https://github.com/nodejs/node-gyp#on-windows)",
};

/**
 * Loads the package, which is compiled for one version of Node's binary interface.
 *
 * @param load for tests
 * @throws PkiError `BACKEND_NOT_INSTALLED`
 */
export function loadCryptoki(load: (name: string) => unknown = createRequire(__filename)): Cryptoki {
  try {
    const { PKCS11 } = load(CRYPTOKI_PACKAGE) as { readonly PKCS11: new () => Cryptoki };
    return new PKCS11();
  } catch (cause) {
    const isMissing = systemCode(cause) === "MODULE_NOT_FOUND" && messageOf(cause).includes(`'${CRYPTOKI_PACKAGE}'`);
    const [firstLine = ""] = messageOf(cause).split("\n");
    throw new PkiError(
      "BACKEND_NOT_INSTALLED",
      `a key in a PKCS#11 token needs the package ${CRYPTOKI_PACKAGE}, which ` +
        (isMissing
          ? "is not installed"
          : `does not load in Node ${process.version}: ${firstLine.replace(/[.\s]+$/, "")}`),
      `Install ${PREREQUISITES[process.platform] ?? "a compiler"}, then ` +
        (isMissing ? `npm install ${CRYPTOKI_PACKAGE}` : `npm rebuild ${CRYPTOKI_PACKAGE}`),
      { cause },
    );
  }
}
