import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { NEW_EC_KEY, openssl } from "../fixtures/openssl";
import { runTool } from "../tools";

// ssh-keygen treats times as local.
process.env["TZ"] = "UTC";

/** A leaf, with the certificates that step-ca would send with it. */
export interface Leaf {
  readonly file: string;
  /** The intermediates that were served with it. */
  readonly bundleFile: string;
  readonly issuedAt: number;
  readonly notAfter: number;
}

/** An SSH certificate, read back by ssh-keygen. */
export interface SshLeaf {
  readonly type: "user" | "host";
  readonly issuedAt: number;
  readonly notAfter: number;
  /** The fingerprint of the key that signed it. */
  readonly signingFingerprint: string;
}

/** The validity of a leaf. */
export interface LeafValidity {
  readonly notBefore: number;
  readonly notAfter: number;
}

const CA_SETTINGS = `[ca]
default_ca = leaves
[leaves]
database = index.txt
new_certs_dir = .
default_md = sha256
rand_serial = yes
unique_subject = no
policy = any
copy_extensions = none
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:leaf.example.com
`;

/** Issues leaves as step-ca would, but only with openssl and ssh-keygen. */
export class LeafIssuer {
  readonly #directory: string;
  readonly #passphraseFile: string;
  readonly #answers = new Map<string, boolean>();
  #issued = 0;

  constructor(directory: string, passphraseFile: string) {
    this.#directory = directory;
    this.#passphraseFile = passphraseFile;
    mkdirSync(directory, { recursive: true });
    writeFileSync(
      this.#path("ca.cnf"),
      CA_SETTINGS.replace("index.txt", this.#path("index.txt")).replace("= .", `= ${directory}`),
    );
    writeFileSync(this.#path("index.txt"), "");
    runTool("ssh-keygen", ["-q", "-t", "ecdsa", "-N", "", "-f", this.#path("subject")]);
    openssl([
      "req",
      "-new",
      ...NEW_EC_KEY,
      "-subj",
      "/CN=leaf",
      "-keyout",
      this.#path("leaf.key"),
      "-out",
      this.#path("leaf.csr"),
    ]);
  }

  /** A TLS leaf of an intermediate's key file. */
  issue(bundlePem: string, keyFile: string, { notBefore, notAfter }: LeafValidity): Leaf {
    this.#issued += 1;
    const file = this.#path(`leaf-${String(this.#issued)}.crt`);
    const bundleFile = this.#path(`leaf-${String(this.#issued)}-bundle.crt`);
    writeFileSync(bundleFile, bundlePem); // openssl uses the first as the issuer
    openssl([
      ...[
        "ca",
        "-batch",
        "-notext",
        "-config",
        this.#path("ca.cnf"),
        "-cert",
        bundleFile,
        "-in",
        this.#path("leaf.csr"),
      ],
      ...["-keyfile", this.#plainKey(keyFile), "-out", file],
      ...["-startdate", asn1Time(notBefore), "-enddate", asn1Time(notAfter)],
    ]);
    return { file, bundleFile, issuedAt: notBefore, notAfter };
  }

  /** An SSH certificate of a CA's key file. */
  issueSsh(type: "user" | "host", keyFile: string, { notBefore, notAfter }: LeafValidity): SshLeaf {
    const plain = this.#plainKey(keyFile);
    const validity = `${sshTime(notBefore)}:${sshTime(notAfter)}`;
    const kind = type === "host" ? ["-h"] : [];
    runTool("ssh-keygen", [
      "-q",
      "-s",
      plain,
      ...kind,
      "-I",
      "id",
      "-n",
      "me",
      "-V",
      validity,
      this.#path("subject.pub"),
    ]);
    // It verifies the signature when it reads a certificate.
    const text = runTool("ssh-keygen", ["-L", "-f", this.#path("subject-cert.pub")]);
    const [, signingFingerprint = ""] = /Signing CA: \S+ (SHA256:\S+)/.exec(text) ?? [];
    return { type, issuedAt: notBefore, notAfter, signingFingerprint };
  }

  /** Whether openssl verifies a leaf at an instant, for a client with only these roots. Clients with the same ones ask it once. */
  verifies(leaf: Leaf, rootsPem: string, at: number): boolean {
    const question = JSON.stringify([leaf.file, rootsPem, at]);
    const answer = this.#answers.get(question) ?? this.#verifies(leaf, rootsPem, at);
    this.#answers.set(question, answer);
    return answer;
  }

  #verifies({ file, bundleFile }: Leaf, rootsPem: string, at: number): boolean {
    writeFileSync(this.#path("roots.crt"), rootsPem);
    try {
      openssl([
        ...["verify", "-x509_strict", "-attime", String(Math.floor(at / 1000)), "-purpose", "sslserver"],
        ...["-CAfile", this.#path("roots.crt"), "-untrusted", bundleFile, file],
      ]);
      return true;
    } catch {
      return false;
    }
  }

  /** The fingerprints of the keys in a TrustedUserCAKeys file, or in the `@cert-authority` lines of a known_hosts. */
  fingerprints(text: string): string[] {
    const keys = text.replace(/^@cert-authority \S+ /gm, "");
    writeFileSync(this.#path("trusted"), `${keys.trim()}\n`);
    const listed = runTool("ssh-keygen", ["-l", "-f", this.#path("trusted")]);
    return listed.match(/SHA256:\S+/g) ?? [];
  }

  /** The key is decrypted once: that is slow, and ssh-keygen only asks for a passphrase at a terminal. */
  #plainKey(keyFile: string): string {
    const plain = this.#path(`plain-${keyFile.replaceAll("/", "_")}`);
    if (!existsSync(plain)) {
      const pem = openssl(["pkey", "-in", keyFile, "-passin", `file:${this.#passphraseFile}`]);
      writeFileSync(plain, pem, { mode: 0o600 });
    }
    return plain;
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

/** GeneralizedTime. */
function asn1Time(instant: number): string {
  return `${digits(instant)}Z`;
}

/** YYYYMMDDHHMMSS. */
function sshTime(instant: number): string {
  return digits(instant);
}

function digits(instant: number): string {
  return new Date(instant).toISOString().slice(0, 19).replace(/[-:T]/g, "");
}
