import type { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, PkiError, systemCode } from "../errors";
import { rootFile } from "../authority/exportedFiles";
import { CERTIFICATE_FILES } from "../stepca/config";
import { fingerprintSha256, readCertificate } from "../x509/certificate";
import { isSignedBy } from "../x509/certificationPath";
import { subordinates } from "./certificateExamination";
import type { Generations } from "./generations";
import type { AuthorityOutputs } from "./outputs";

/**
 * Refuses a folder that holds the certificates of another authority: a root with another key, or an intermediate that
 * neither was signed by this root's key nor has this intermediate's key. In a rotation, any generation matches, and a
 * retired root is recognized by a younger one that was exported beside it. If in doubt, it refuses.
 *
 * @param directory the folder, absolute
 * @param given the folder as the user wrote it
 * @throws PkiError `CA_MISMATCH`
 */
export async function refuseOtherAuthority(
  directory: string,
  given: string,
  { root, intermediate, generations, compromise }: AuthorityOutputs,
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
          `and the stack's certificate has ${fingerprintSha256(expected)}`,
      );
    }
  };
  if (await holdsRotatedRoot(directory, generations)) {
    return;
  }
  // What is compromised was exported before.
  const withdrawn = (compromise?.certificates ?? []).map(({ certificate }) => certificate.publicKey);
  const rootKeys = [...generations.roots.map(({ certificate }) => certificate.publicKey), ...withdrawn];
  const issuerKeys = [...rootKeys, ...subordinates(generations).map(({ publicKey }) => publicKey)];
  const intermediateKeys = generations.intermediates.map(({ certificate }) => certificate.publicKey);
  await check(CERTIFICATE_FILES.root, root.certificate, ({ publicKey }) =>
    rootKeys.some((key) => publicKey.equals(key)),
  );
  await check(
    CERTIFICATE_FILES.crt,
    intermediate.certificate,
    (present) =>
      issuerKeys.some((key) => isSignedBy(present, key)) ||
      intermediateKeys.some((key) => present.publicKey.equals(key)),
  );
}

/** Whether a root of this authority was exported to a folder under its name in a rotation. */
async function holdsRotatedRoot(directory: string, { roots }: Generations): Promise<boolean> {
  for (const { generation, certificate, certificatePem } of roots) {
    const path = join(directory, rootFile(certificatePem).name);
    if (generation !== undefined && (await holdsCertificate(path, certificate))) {
      return true;
    }
  }
  return false;
}

async function holdsCertificate(path: string, certificate: X509Certificate): Promise<boolean> {
  try {
    return readCertificate(await readFile(path, "utf8")).raw.equals(certificate.raw);
  } catch {
    return false; // which proves nothing, so the other files are checked
  }
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
      error instanceof PkiError ? `"${name}" is not a certificate` : `"${name}" cannot be read: ${messageOf(error)}`,
    );
  }
}

function refused(reason: string): PkiError {
  return new PkiError(
    "CA_MISMATCH",
    `${reason}. Nothing was written`,
    "Export to another folder with --dir, or replace the certificates with --force",
  );
}
