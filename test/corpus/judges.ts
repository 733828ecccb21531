import { PkiError, type ErrorCode } from "../../provider/errors";
import { openssl } from "../fixtures/openssl";
import { runTool } from "../tools";
import type { Judged } from "./caWorkshop";

/** A reader's verdict on a file. */
export type Word = "accepted" | "refused";

/** This package's verdict: the code if it refuses. */
export function ourWord(read: () => unknown): "accepted" | ErrorCode {
  try {
    read();
    return "accepted";
  } catch (error) {
    if (error instanceof PkiError) {
      return error.code;
    }
    throw error; // it must always be an error with a code
  }
}

/** The verdict of another program, which fails to refuse. */
export function wordOf(run: () => unknown): Word {
  try {
    run();
    return "accepted";
  } catch {
    return "refused";
  }
}

/** openssl's verdict on a leaf below a CA. */
export function opensslWord({ chainFile, rootFile }: Judged): Word {
  const args = ["-no-CApath", "-no-CAstore", "-CAfile", rootFile, "-untrusted", chainFile, chainFile];
  return wordOf(() => openssl(["verify", "-purpose", "sslserver", ...args]));
}

/** Go's verdict on a leaf below a CA, as step-ca's clients see it. */
export function goWord({ chainFile, rootFile }: Judged): Word {
  return wordOf(() => runTool("step", ["certificate", "verify", chainFile, "--roots", rootFile]));
}
