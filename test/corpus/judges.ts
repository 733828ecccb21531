import { PkiError, type ErrorCode } from "../../provider/errors";
import { openssl } from "../fixtures/openssl";
import { runTool } from "../tools";
import type { Judged } from "./caWorkshop";

/** What a reader says of a file. */
export type Word = "accepted" | "refused";

/** What this package says: the code, when it refuses. */
export function ourWord(read: () => unknown): "accepted" | ErrorCode {
  try {
    read();
    return "accepted";
  } catch (error) {
    if (error instanceof PkiError) {
      return error.code;
    }
    throw error; // never anything but a coded error
  }
}

/** What another program says, which fails when it refuses. */
export function wordOf(run: () => unknown): Word {
  try {
    run();
    return "accepted";
  } catch {
    return "refused";
  }
}

/** What openssl says of a leaf below a CA. */
export function opensslWord({ chainFile, rootFile }: Judged): Word {
  const args = ["-no-CApath", "-no-CAstore", "-CAfile", rootFile, "-untrusted", chainFile, chainFile];
  return wordOf(() => openssl(["verify", "-purpose", "sslserver", ...args]));
}

/** What Go says of a leaf below a CA, as step-ca's clients see it. */
export function goWord({ chainFile, rootFile }: Judged): Word {
  return wordOf(() => runTool("step", ["certificate", "verify", chainFile, "--roots", rootFile]));
}
