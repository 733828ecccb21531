import type { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, PkiError, systemCode } from "../errors";
import { CERTIFICATE_FILES } from "../stepca/config";
import { fingerprintSha256, readCertificate } from "../x509/certificate";
import { isSignedBy } from "./certificateChain";
import type { AuthorityOutputs } from "./outputs";

/**
 * Refuses a folder that holds the certificates of another authority: a root with another key, or an intermediate that
 * neither this root's key signed nor has this intermediate's key. On doubt it refuses.
 *
 * @param directory the folder, absolute
 * @param given the folder as the user wrote it
 * @throws PkiError `CA_MISMATCH`
 */
export async function refuseOtherAuthority(
  directory: string,
  given: string,
  { root, intermediate }: AuthorityOutputs,
): Promise<void> {
  const check = async (
    file: string,
    expected: X509Certificate,
    belongs: (present: X509Certificate) => boolean,
  ): Promise<void> => {
    const name = join(given, file);
    const present = await readExisting(join(directory, file), name);
    if (present !== undefined && !belongs(present)) {
      throw refused(
        `"${name}" belongs to another CA: its fingerprint is ${fingerprintSha256(present)}, ` +
          `that of the stack's certificate ${fingerprintSha256(expected)}`,
      );
    }
  };
  await check(CERTIFICATE_FILES.root, root.certificate, ({ publicKey }) =>
    publicKey.equals(root.certificate.publicKey),
  );
  await check(
    CERTIFICATE_FILES.crt,
    intermediate.certificate,
    (present) =>
      isSignedBy(present, root.certificate.publicKey) || present.publicKey.equals(intermediate.certificate.publicKey),
  );
}

async function readExisting(path: string, name: string): Promise<X509Certificate | undefined> {
  try {
    return readCertificate(await readFile(path, "utf8"));
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") {
      return undefined;
    }
    throw refused(
      error instanceof PkiError ? `"${name}" is no certificate` : `"${name}" cannot be read: ${messageOf(error)}`,
    );
  }
}

function refused(reason: string): PkiError {
  return new PkiError(
    "CA_MISMATCH",
    `${reason}; nothing was written`,
    "Export to another folder with --dir, or replace what is there with --force",
  );
}
