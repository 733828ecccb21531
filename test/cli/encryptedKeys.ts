import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openssl } from "../fixtures/openssl";

/** The passphrase of the encrypted keys. */
const KEY_PASSPHRASE = "correct-horse";

/** Encrypts key files of a folder in place. */
export function encryptKeys(directory: string, names: readonly string[]): void {
  for (const name of names) {
    const path = join(directory, `${name}.pem`);
    const cipher = ["-v2", "aes-256-cbc", "-passout", `pass:${KEY_PASSPHRASE}`];
    writeFileSync(path, openssl(["pkcs8", "-topk8", "-in", path, ...cipher]));
  }
}
