import type { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, PkiError, systemCode } from "../errors";
import { type NamedFile, rootFile } from "../authority/exportedFiles";
import { CERTIFICATE_FILES } from "../stepca/config";
import { fingerprintSha256, readCertificate } from "../x509/certificate";
import { isSignedBy } from "../x509/certificationPath";
import { subordinates } from "./certificateExamination";
import type { Generations } from "./generations";
import { isExportedKustomization, KUSTOMIZATION_FILE } from "./kustomization";
import type { AuthorityOutputs } from "./outputs";

/** The values of smallstep's chart with the certificates of `CERTIFICATE_FILES`. */
const CHART_VALUES = { root: "root_ca", crt: "intermediate_ca" } as const;

/**
 * Refuses a folder that holds the certificates of another authority: a root with another key, or an intermediate that
 * neither was signed by this root's key nor has this intermediate's key. In a rotation, any generation matches, and a
 * retired root is recognized by a younger one that was exported beside it. If in doubt, it refuses.
 *
 * @param directory the folder, absolute
 * @param given the folder as the user wrote it
 * @throws PkiError `CA_MISMATCH`
 */
export async function refuseOtherAuthority(directory: string, given: string, outputs: AuthorityOutputs): Promise<void> {
  if (await holdsRotatedRoot(directory, outputs.generations)) {
    return;
  }
  for (const certificate of certificatesOf(outputs)) {
    const file = CERTIFICATE_FILES[certificate.kind];
    const name = `"${join(given, file)}"`;
    const text = await readExisting(join(directory, file), name);
    if (text !== undefined) {
      refuseOther(text, name, certificate);
    }
  }
}

/**
 * Refuses values of smallstep's chart that hold the certificates of another authority, as {@link refuseOtherAuthority} does, or
 * that are no export.
 *
 * @param path the file, absolute
 * @param given the file as the user wrote it
 * @throws PkiError `CA_MISMATCH`
 */
export async function refuseOtherValues(path: string, given: string, outputs: AuthorityOutputs): Promise<void> {
  const values = await readExisting(path, `"${given}"`);
  if (values === undefined) {
    return;
  }
  for (const certificate of certificatesOf(outputs)) {
    const field = CHART_VALUES[certificate.kind];
    const block = new RegExp(`^ *${field}: \\|-?\n( *-----BEGIN [^-]+-----[^-]+-----END [^-]+-----)`, "m").exec(values);
    refuseOther((block?.[1] ?? "").replace(/^ +/gm, ""), `"${field}" in "${given}"`, certificate);
  }
}

/**
 * Refuses a folder in which an export for kustomize would overwrite what it did not write: another kustomization.yaml, or the
 * file of another key.
 *
 * @param directory the folder, absolute
 * @param given the folder as the user wrote it
 * @param keys the key files to copy there
 * @throws PkiError `CA_MISMATCH`
 */
export async function refuseOtherKustomization(
  directory: string,
  given: string,
  keys: readonly NamedFile[],
): Promise<void> {
  const present = (name: string): Promise<string | undefined> =>
    readExisting(join(directory, name), `"${join(given, name)}"`);
  const kustomization = await present(KUSTOMIZATION_FILE);
  if (kustomization !== undefined && !isExportedKustomization(kustomization)) {
    throw refused(`"${join(given, KUSTOMIZATION_FILE)}" is not an export of this command`);
  }
  for (const { name, content } of keys) {
    const other = await present(name);
    if (
      other !== undefined &&
      other !== content &&
      (ownerIn(other) === undefined || ownerIn(other) !== ownerIn(content))
    ) {
      throw refused(`"${join(given, name)}" is the file of another key`);
    }
  }
}

/** The resource that made a key file. A passphrase may have changed since, and with it all the rest. */
function ownerIn(keyFile: string): string | undefined {
  return /^pulumi-kms-pki key of ([^#\n]+)/.exec(keyFile)?.[1];
}

/** A certificate of an authority, and what the one in its place may be. */
interface ExpectedCertificate {
  readonly kind: keyof typeof CHART_VALUES;
  readonly expected: X509Certificate;
  readonly belongs: (present: X509Certificate) => boolean;
}

function certificatesOf({ root, intermediate, generations, compromise }: AuthorityOutputs): ExpectedCertificate[] {
  // What is compromised was exported before.
  const withdrawn = (compromise?.certificates ?? []).map(({ certificate }) => certificate.publicKey);
  const rootKeys = [...generations.roots.map(({ certificate }) => certificate.publicKey), ...withdrawn];
  const issuerKeys = [...rootKeys, ...subordinates(generations).map(({ publicKey }) => publicKey)];
  const intermediateKeys = generations.intermediates.map(({ certificate }) => certificate.publicKey);
  return [
    {
      kind: "root",
      expected: root.certificate,
      belongs: ({ publicKey }) => rootKeys.some((key) => publicKey.equals(key)),
    },
    {
      kind: "crt",
      expected: intermediate.certificate,
      belongs: (present) =>
        issuerKeys.some((key) => isSignedBy(present, key)) ||
        intermediateKeys.some((key) => present.publicKey.equals(key)),
    },
  ];
}

/** @param name where the text was, in quotes */
function refuseOther(text: string, name: string, { expected, belongs }: ExpectedCertificate): void {
  const present = certificateIn(text, name);
  if (!belongs(present)) {
    throw refused(
      `${name} belongs to another CA: its fingerprint is ${fingerprintSha256(present)}, ` +
        `and the stack's certificate has ${fingerprintSha256(expected)}`,
    );
  }
}

function certificateIn(text: string, name: string): X509Certificate {
  try {
    return readCertificate(text);
  } catch {
    throw refused(`${name} is not a certificate`);
  }
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

async function readExisting(path: string, name: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") {
      return undefined;
    }
    throw refused(`${name} cannot be read: ${messageOf(error)}`);
  }
}

function refused(reason: string): PkiError {
  return new PkiError(
    "CA_MISMATCH",
    `${reason}. Nothing was written`,
    "Export to another folder with --dir, or replace what is there with --force",
  );
}
