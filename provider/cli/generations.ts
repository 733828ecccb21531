import type { X509Certificate } from "node:crypto";
import { GENERATION_STATES, type GenerationState } from "../rotation/generation";
import { fingerprintSha256 } from "../x509/certificate";
import { readCertificates } from "../x509/pem";
import type { OutputReader } from "./outputReader";
import type { ActiveOutputs, CertificateOutputs, SshKeyOutputs } from "./keyOutputs";
import { parseSshPublicKey } from "../ssh/publicKeyLine";

/** The generation of a key or certificate. Both fields are absent without a rotation. */
export interface Generation {
  /** Counted from 0. */
  readonly generation?: number;
  readonly state?: GenerationState;
}

/** A certificate that states that one root trusts another. */
interface CrossCertificate {
  /** The generation of the root that it stands in for. */
  readonly generation: number;
  /** The generation of the root that signed it. */
  readonly issuerGeneration: number;
  readonly certificatePem: string;
  readonly certificate: X509Certificate;
}

/** All generations of an authority's keys and certificates, the ones in use first. */
export interface Generations {
  readonly roots: readonly (CertificateOutputs & Generation)[];
  readonly intermediates: readonly (CertificateOutputs & Generation)[];
  readonly crossCertificates: readonly CrossCertificate[];
  readonly sshUserKeys: readonly (SshKeyOutputs & Generation)[];
  readonly sshHostKeys: readonly (SshKeyOutputs & Generation)[];
  /** The content of step-ca's `crt`, if that is more than an intermediate that never rotates. */
  readonly intermediateBundlePem: string | undefined;
}

/**
 * Reads the outputs of a stack that rotates: `roots`, `intermediates`, `crossCertificates`, `sshUserKeys`, `sshHostKeys` and
 * `intermediateBundle`, each of them optional.
 *
 * @param active the stack's outputs about the generations in use, which must be the active ones
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

/**
 * Reads a list of generations, of which exactly one, the one in use, is active. Without a list, the one in use is the only one.
 */
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
    throw outputs.refused(name, "does not have the one in use as its only active generation");
  }
  // Outputs only about the one in use, such as its renewal, count too.
  return [{ ...inUse, ...active }, ...items.filter((item) => item !== active)];
}

function readGeneration(item: OutputReader): Required<Generation> {
  item.require(["generation", "state"]);
  return {
    generation: item.number("generation"),
    state: item.read("state", `one of ${GENERATION_STATES.join(", ")}`, (text) =>
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
    throw item.refused("fingerprint", "does not match its certificate");
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
  const [certificate] = item.read("certificate", "a certificate in PEM", readCertificates);
  return { certificatePem: certificate.toString(), certificate };
}

function readSshKey(item: OutputReader): SshKeyOutputs {
  item.require(["key", "publicKey"]);
  return {
    key: item.text("key"),
    publicKey: item.read("publicKey", "a public key in OpenSSH's format", parseSshPublicKey),
  };
}

function readBundle(outputs: OutputReader, issuing: X509Certificate): string | undefined {
  const name = "intermediateBundle";
  if (!outputs.has(name)) {
    return undefined;
  }
  outputs.require([name]);
  const bundle = outputs.read(name, "a list of certificates in PEM", readCertificates);
  if (!bundle[0].raw.equals(issuing.raw)) {
    throw outputs.refused(name, "does not begin with intermediateCertificate, the issuing one");
  }
  return bundle.join("");
}
