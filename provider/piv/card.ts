import { createRequire } from "node:module";
import { messageOf, PkiError, systemCode } from "../errors";
import type { CardReaders } from "./cardConnection";
import { PCSC_PACKAGE, type PcscClient, PREREQUISITES } from "./pcscPackage";
import { type PcscOptions, PcscReaders } from "./pcscReaders";

/**
 * The smart card readers of this machine. Nothing of them keeps the process from ending.
 *
 * @throws PkiError `BACKEND_NOT_INSTALLED`
 */
export function openReaders(options: PcscOptions = {}): Promise<CardReaders> {
  return Promise.resolve().then(() => new PcscReaders(loadPackage(), options));
}

/**
 * Loads the package, which is compiled for one version of Node.
 *
 * @param load for tests
 * @throws PkiError `BACKEND_NOT_INSTALLED`
 */
export function loadPackage(load: (name: string) => unknown = createRequire(__filename)): () => PcscClient {
  try {
    return load(PCSC_PACKAGE) as () => PcscClient;
  } catch (cause) {
    const isMissing = systemCode(cause) === "MODULE_NOT_FOUND" && messageOf(cause).includes(`'${PCSC_PACKAGE}'`);
    const [firstLine = ""] = messageOf(cause).split("\n");
    throw new PkiError(
      "BACKEND_NOT_INSTALLED",
      `a key in a YubiKey needs the package ${PCSC_PACKAGE}, which ` +
        (isMissing
          ? "is not installed"
          : `does not load in Node ${process.version}: ${firstLine.replace(/[.\s]+$/, "")}`),
      `Install ${PREREQUISITES[process.platform] ?? "a compiler and PC/SC's headers"}, then ` +
        (isMissing ? `npm install ${PCSC_PACKAGE}` : `npm rebuild ${PCSC_PACKAGE}`),
      { cause },
    );
  }
}
