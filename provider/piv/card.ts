import { createRequire } from "node:module";
import { messageOf, PkiError, systemCode } from "../errors";
import type { CardReaders } from "./cardConnection";
import { PCSC_PACKAGE, type PcscClient, PREREQUISITES } from "./pcscPackage";
import { type PcscOptions, PcscReaders } from "./pcscReaders";

/** The readers of this process, and how often they were opened: with two clients in a process the package crashes. */
let shared: { readonly readers: PcscReaders; users: number } | undefined;

/**
 * Opens the smart card readers of this machine. While they are open the process does not end by itself.
 *
 * @param options count for the first who opens them
 * @throws PkiError `BACKEND_NOT_INSTALLED`, `PCSC_UNAVAILABLE`
 */
export function openReaders(options: PcscOptions = {}): Promise<CardReaders> {
  return Promise.resolve().then(() => {
    shared ??= { readers: new PcscReaders(loadPackage(), options), users: 0 };
    return lease(shared);
  });
}

function lease(opened: NonNullable<typeof shared>): CardReaders {
  const { readers } = opened;
  opened.users += 1;
  let isOpen = true;
  return {
    list: () => readers.list(),
    connect: (reader) => readers.connect(reader),
    close: () => {
      if (!isOpen) {
        return;
      }
      isOpen = false;
      opened.users -= 1;
      if (opened.users === 0) {
        shared = undefined;
        readers.close();
      }
    },
  };
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
