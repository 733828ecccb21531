import { certAuthorityLines, trustedUserCaKeys } from "../ssh/trustLines";
import { bundleFileName, CERTIFICATE_FILES, rootFileName } from "../stepca/config";
import { fingerprintSha256, readCertificate } from "../x509/certificate";

/** A file beside ca.json. */
export interface NamedFile {
  readonly name: string;
  readonly content: string;
}

/** A file beside ca.json that is not a text. */
interface BinaryFile {
  readonly name: string;
  readonly content: Buffer;
}

/** A revocation list to export. */
interface ExportedList {
  /** The name of its file. */
  readonly file: string;
  readonly pem: string;
}

/** The exported parts of an authority, each kind with the active generation first. */
export interface ExportedAuthority {
  /** Whether the certificates rotate. */
  readonly isRotated: boolean;
  /** PEM. */
  readonly roots: readonly string[];
  /** PEM: the content of the file that `crt` of ca.json names. */
  readonly bundle: string;
  /** One line for each key, as OpenSSH writes it; undefined without SSH keys. */
  readonly ssh:
    { readonly isRotated: boolean; readonly user: readonly string[]; readonly host: readonly string[] } | undefined;
  readonly lists: readonly ExportedList[];
  /** The requests for intermediates that an issuer elsewhere signs. */
  readonly requests: readonly { readonly name: string; readonly pem: string }[];
}

/** The files of the active SSH keys. */
export const SSH_FILES = { user: "ssh_user_ca_key.pub", host: "ssh_host_ca_key.pub" } as const;

/**
 * The files that SSH servers and clients need during a rotation: every user CA's key for sshd's `TrustedUserCAKeys`,
 * and every host CA's key as a line of known_hosts, under OpenSSH's name for the system-wide file.
 */
export const TRUST_FILES = { user: "ssh_trusted_user_ca_keys", host: "ssh_known_hosts" } as const;

/** The file of one of several roots. */
export function rootFile(pem: string): NamedFile {
  return { name: rootFileName(fingerprintSha256(readCertificate(pem))), content: pem };
}

/** The files of rotated certificates. Their content never changes, and they include every file that ca.json names. */
export function rotatedFiles(roots: readonly string[], bundle: string): { roots: NamedFile[]; crt: NamedFile } {
  return { roots: roots.map(rootFile), crt: { name: bundleFileName(bundle), content: bundle } };
}

/**
 * The files to write before ca.json, because it names them, and the files to write after it, which only people read or
 * an older ca.json may name.
 *
 * @param named the files that ca.json names
 */
export function exportedFiles(
  { isRotated, roots, bundle, ssh, lists, requests }: ExportedAuthority,
  named: readonly unknown[],
): { before: NamedFile[]; after: (NamedFile | BinaryFile)[] } {
  const { roots: rotatedRoots, crt } = rotatedFiles(roots, bundle);
  const plain = [
    { name: CERTIFICATE_FILES.root, content: roots[0] ?? "" },
    { name: CERTIFICATE_FILES.crt, content: bundle },
  ];
  const isSuperseded = ({ name }: NamedFile): boolean => isRotated && !named.includes(name);
  return {
    before: [
      ...(isRotated ? [...rotatedRoots, crt] : []),
      ...plain.filter((file) => !isSuperseded(file)),
      ...(ssh === undefined ? [] : sshFiles(ssh)),
    ],
    after: [...plain.filter(isSuperseded), ...lists.flatMap(listFiles), ...requests.map(requestFile)],
  };
}

/** The file of a request. */
export function requestFile({ name, pem }: { readonly name: string; readonly pem: string }): NamedFile {
  return { name: `${name}.csr`, content: pem };
}

/** The files of a revocation list: DER, as readers fetch it, and PEM. */
function listFiles({ file, pem }: ExportedList): [BinaryFile, NamedFile] {
  return [
    { name: file, content: Buffer.from(pem.replace(/-----[^-]*-----/g, ""), "base64") },
    { name: `${file}.pem`, content: pem },
  ];
}

function sshFiles({ isRotated, user, host }: NonNullable<ExportedAuthority["ssh"]>): NamedFile[] {
  return [
    { name: SSH_FILES.user, content: `${user[0] ?? ""}\n` },
    { name: SSH_FILES.host, content: `${host[0] ?? ""}\n` },
    ...(isRotated
      ? [
          { name: TRUST_FILES.user, content: trustedUserCaKeys(user) },
          { name: TRUST_FILES.host, content: `${certAuthorityLines(host)}\n` },
        ]
      : []),
  ];
}
