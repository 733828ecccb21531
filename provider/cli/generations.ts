import type { X509Certificate } from "node:crypto";
import { GENERATION_STATES, type GenerationState } from "../rotation/generation";
import { fingerprintSha256 } from "../x509/certificate";
import { readCertificates } from "../x509/pem";
import type { OutputReader } from "./outputReader";
import type { ActiveOutputs, CertificateOutputs, SshKeyOutputs } from "./keyOutputs";
import { parseSshPublicKey } from "./sshPublicKeyLine";

/** Which of several keys or certificates that follow each other it is. Both are absent where nothing is rotated. */
export interface Generation {
  /** Counted from 0. */
  readonly generation?: number;
  readonly state?: GenerationState;
}

/** The certificate by which one root says that it trusts another. */
interface CrossCertificate {
  /** Of the root that it stands for. */
  readonly generation: number;
  /** Of the root that signed it. */
  readonly issuerGeneration: number;
  readonly certificatePem: string;
  readonly certificate: X509Certificate;
}

/** All generations of an authority's keys and certificates, of each the one in use first. */
export interface Generations {
  readonly roots: readonly (CertificateOutputs & Generation)[];
  readonly intermediates: readonly (CertificateOutputs & Generation)[];
  readonly crossCertificates: readonly CrossCertificate[];
  readonly sshUserKeys: readonly (SshKeyOutputs & Generation)[];
  readonly sshHostKeys: readonly (SshKeyOutputs & Generation)[];
  /** What step-ca's `crt` holds, when that is more than an intermediate that is never rotated. */
  readonly intermediateBundlePem: string | undefined;
}

/**
 * Reads the outputs of a stack that rotates: `roots`, `intermediates`, `crossCertificates`, `sshUserKeys`, `sshHostKeys` and
 * `intermediateBundle`, each of them optional.
 *
 * @param active what the stack says of the generations in use, which must be the active ones
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export function readGenerations(outputs: OutputReader, { root, intermediate, ssh }: ActiveOutputs): Generations {
  const isCertificate = (one: CertificateOutputs, other: CertificateOutputs): boolean =>
    one.certificate.raw.equals(other.certificate.raw);
  const isKey = (one: SshKeyOutputs, other: SshKeyOutputs): boolean =>
    one.publicKey.fingerprint === other.publicKey.fingerprint;
  return {
    roots: readList(outputs, "roots", readRoot, root, isCertificate),
    intermediates: readList(outputs, "intermediates", readCertificateOutputs, intermediate, isCertificate),
    crossCertificates: outputs.list("crossCertificates").map(readCrossCertificate),
    sshUserKeys: readList(outputs, "sshUserKeys", readSshKey, ssh?.user, isKey),
    sshHostKeys: readList(outputs, "sshHostKeys", readSshKey, ssh?.host, isKey),
    intermediateBundlePem: readBundle(outputs, intermediate.certificate),
  };
}

/** The certificates of a PEM text, in its order. */
export function certificatesOf(bundlePem: string): X509Certificate[] {
  return bundlePem === "" ? [] : readCertificates(bundlePem, "the bundle");
}

/** Reads a list of generations of which one, the one in use, is active. Without a list that is all there is. */
function readList<Item extends object>(
  outputs: OutputReader,
  name: string,
  read: (item: OutputReader) => Item,
  inUse: Item | undefined,
  isSame: (one: Item, other: Item) => boolean,
): (Item & Generation)[] {
  const items = outputs.list(name).map((item) => ({ ...read(item), ...readGeneration(item) }));
  if (items.length === 0) {
    return inUse === undefined ? [] : [inUse];
  }
  const [active, second] = items.filter(({ state }) => state === "active");
  if (active === undefined || second !== undefined || inUse === undefined || !isSame(active, inUse)) {
    throw outputs.refused(name, "has not the one in use as its only active generation");
  }
  // What the stack says of the one in use alone, such as its renewal, counts too.
  return [{ ...inUse, ...active }, ...items.filter((item) => item !== active)];
}

function readGeneration(item: OutputReader): Required<Generation> {
  item.require(["generation", "state"]);
  return {
    generation: item.number("generation"),
    state: item.read("state", `state among ${GENERATION_STATES.join(", ")}`, (text) =>
      GENERATION_STATES.find((state) => state === text),
    ),
  };
}

function readCertificateOutputs(item: OutputReader): CertificateOutputs {
  item.require(["key", "certificate"]);
  return { key: item.text("key"), ...readPem(item) };
}

function readRoot(item: OutputReader): CertificateOutputs {
  item.require(["fingerprint"]);
  const root = readCertificateOutputs(item);
  if (item.text("fingerprint").toLowerCase() !== fingerprintSha256(root.certificate)) {
    throw item.refused("fingerprint", "is not that of its certificate");
  }
  return root;
}

function readCrossCertificate(item: OutputReader): CrossCertificate {
  item.require(["generation", "issuerGeneration", "certificate"]);
  return {
    generation: item.number("generation"),
    issuerGeneration: item.number("issuerGeneration"),
    ...readPem(item),
  };
}

function readPem(item: OutputReader): { certificatePem: string; certificate: X509Certificate } {
  const [certificate] = item.read("certificate", "certificate in PEM", readCertificates);
  return { certificatePem: certificate.toString(), certificate };
}

function readSshKey(item: OutputReader): SshKeyOutputs {
  item.require(["key", "publicKey"]);
  return {
    key: item.text("key"),
    publicKey: item.read("publicKey", "public key as OpenSSH writes it", parseSshPublicKey),
  };
}

function readBundle(outputs: OutputReader, issuing: X509Certificate): string | undefined {
  const name = "intermediateBundle";
  if (!outputs.has(name)) {
    return undefined;
  }
  outputs.require([name]);
  const bundle = outputs.read(name, "list of certificates in PEM", readCertificates);
  if (!bundle[0].raw.equals(issuing.raw)) {
    throw outputs.refused(name, "does not begin with intermediateCertificate, which issues");
  }
  return bundle.join("");
}
