import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openssl } from "../fixtures/openssl";
import { temporaryDirectory } from "../fixtures/temporaryDirectory";
import { keyPair } from "../x509/keySigner";

/** A CA that openssl made, with its key. */
export interface MadeCa {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** The properties of a CA in the corpus. The rest is as `openssl req -x509` makes it. */
export interface CaWish {
  readonly subject?: string;
  readonly keyPem?: string;
  /** The extensions in an openssl configuration; those of a CA by default. */
  readonly extensions?: string;
  readonly days?: number;
  readonly serial?: string;
  /** Its issuer; itself by default. */
  readonly issuer?: MadeCa;
  /** Further arguments, such as the hash. */
  readonly arguments?: readonly string[];
}

/** Extensions of a CA. */
export const CA = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
/** The extensions by which openssl finds issuers. */
const IDENTIFIERS = "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n";

const directory = temporaryDirectory();
let files = 0;

function file(content: string): string {
  files += 1;
  const path = join(directory, `${String(files)}.pem`);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

/** A private key for one use only, as PKCS#8. */
export function newKey(
  type: "P-256" | "P-224" | "secp256k1" | "RSA-1024" | "RSA-2048" | "Ed25519" | "Ed448" = "P-256",
): string {
  const encoding = { type: "pkcs8", format: "pem" } as const;
  const [, bits] = /^RSA-(\d+)$/.exec(type) ?? [];
  if (bits !== undefined) {
    return generateKeyPairSync("rsa", { modulusLength: Number(bits) })
      .privateKey.export(encoding)
      .toString();
  }
  if (type === "Ed448") {
    return generateKeyPairSync("ed448").privateKey.export(encoding).toString();
  }
  return type === "Ed25519"
    ? keyPair("ED25519", "corpus").privateKey.export(encoding).toString()
    : generateKeyPairSync("ec", { namedCurve: type }).privateKey.export(encoding).toString();
}

/** Has openssl issue a certificate. */
export function makeCa(wish: CaWish = {}): MadeCa {
  const { subject = "/CN=Corpus Root", keyPem = newKey(), extensions = CA, days = 3650, serial = "1", issuer } = wish;
  const extfile = file(`${extensions}${issuer === undefined ? "" : IDENTIFIERS}`);
  const signing =
    issuer === undefined
      ? ["-signkey", file(keyPem)]
      : [
          ...["-CA", file(issuer.certificatePem), "-CAkey", file(issuer.keyPem)],
          ...["-force_pubkey", file(openssl(["pkey", "-pubout"], keyPem))],
        ];
  const args = ["-new", "-subj", subject, "-days", String(days), "-set_serial", serial, "-extfile", extfile];
  return { certificatePem: openssl(["x509", ...args, ...signing, ...(wish.arguments ?? [])]), keyPem };
}

/** The result of `openssl req -x509` with a configuration: names in every string type, and only the given extensions. */
export function requestCa(config: string, keyPem = newKey(), ...args: readonly string[]): MadeCa {
  const options = ["-x509", "-config", file(config), "-key", file(keyPem), "-days", "3650", ...args];
  return { certificatePem: openssl(["req", "-new", ...options]), keyPem };
}

const issuingKey = newKey();
const leafKey = newKey();

/** A leaf below a CA to judge: two files, as a TLS server and its client have them. */
export interface Judged {
  /** The leaf, the intermediate, and the certificates above it without the root. */
  readonly chainFile: string;
  readonly rootFile: string;
}

/**
 * Has openssl, which checks nothing, issue an intermediate below a CA and a leaf below that.
 *
 * @param above the CAs above, its root last
 */
export function issueBelow(ca: MadeCa, above: readonly MadeCa[]): Judged {
  const intermediate = makeCa({
    ...{ subject: "/CN=Corpus Intermediate", keyPem: issuingKey, days: 300, issuer: ca },
    extensions: "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\n",
  });
  const leaf = makeCa({
    ...{ subject: "/CN=leaf.example", keyPem: leafKey, days: 30, issuer: intermediate },
    extensions: "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\nsubjectAltName=DNS:leaf.example\n",
  });
  const path = [ca, ...above].map(({ certificatePem }) => certificatePem);
  const root = path.pop() ?? "";
  return {
    chainFile: file([leaf.certificatePem, intermediate.certificatePem, ...path].join("")),
    rootFile: file(root),
  };
}

/** The public key that belongs to a private key, as PEM. */
export function publicHalf(keyPem: string): string {
  return createPublicKey(keyPem).export({ type: "spki", format: "pem" }).toString();
}
