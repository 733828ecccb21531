import type { KeyObject, X509Certificate } from "node:crypto";
import { createRequire } from "node:module";
import { PkiError } from "../errors";
import { type CertificateFault, fault } from "./fault";
import type * as issuer from "./issuer";
import { readCertificates } from "./pem";
import { subjectLine } from "./subjectLine";

/** Loaded on first use, not at each start of the command, because loading takes a while. */
const readIssuer: typeof issuer.readIssuer = (pem) =>
  (createRequire(__filename)("./issuer") as typeof issuer).readIssuer(pem);

/** Whether a certificate's signature was made by a key. */
export function isSignedBy(certificate: X509Certificate, publicKey: KeyObject): boolean {
  try {
    return certificate.verify(publicKey);
  } catch {
    return false; // a key that does not match the signature's algorithm
  }
}

/**
 * Whether a certificate was issued under another (RFC 5280, section 6.1): its signature verifies, its issuer name
 * equals the other's subject octet by octet, as Go compares names, and its authority key identifier, if any, matches.
 */
export function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  const { issuerDer } = readIssuer(certificate.toString());
  const { subjectDer } = readIssuer(issuer.toString());
  return (
    Buffer.from(issuerDer).equals(Buffer.from(subjectDer)) &&
    certificate.checkIssued(issuer) &&
    isSignedBy(certificate, issuer.publicKey)
  );
}

/** Whether a certificate is signed by its own key. */
export function isSelfSigned(certificate: X509Certificate): boolean {
  return isIssuedBy(certificate, certificate);
}

/**
 * The certification path from a certificate upwards, as far as it goes: the certificate first, its root last.
 *
 * @param others the certificates to look for issuers in
 */
export function certificationPath(certificate: X509Certificate, others: readonly X509Certificate[]): X509Certificate[] {
  const path = [certificate];
  for (let last = certificate; !isSelfSigned(last);) {
    const issuers = others.filter((each) => !path.some(({ raw }) => raw.equals(each.raw)) && isIssuedBy(last, each));
    // Prefers a root to a cross certificate for it.
    const issuer = issuers.find(isSelfSigned) ?? issuers[0];
    if (issuer === undefined) {
      break;
    }
    path.push(issuer);
    last = issuer;
  }
  return path;
}

/** The reason why a certificate is not a root's, apart from its dates; undefined if there is none. */
export function rootFault(root: X509Certificate): CertificateFault | undefined {
  const { fault: own } = readIssuer(root.toString());
  return own ?? (isSelfSigned(root) ? undefined : NOT_SELF_SIGNED);
}

const NOT_SELF_SIGNED = fault(
  "INPUT_INVALID",
  "it is not signed by its own key",
  "Give a root, or append the certificates above this one, up to the self-signed root",
);

/**
 * The reason why a certification path does not lead from a CA to a root, apart from dates; undefined if there is none.
 * This one function decides before keys are made, in an export and in a status.
 *
 * @param path as {@link certificationPath} returns it
 * @param below how many CAs follow below the first certificate
 */
export function pathFault(path: readonly X509Certificate[], below: number): CertificateFault | undefined {
  for (const [at, certificate] of path.entries()) {
    const { fault: own, pathLength } = readIssuer(certificate.toString());
    const isTop = at === path.length - 1;
    const found =
      own ?? (isTop && !isSelfSigned(certificate) ? NOT_SELF_SIGNED : undefined) ?? lengthFault(pathLength, at + below);
    if (found !== undefined) {
      return at === 0 ? found : { ...found, reason: `of "${subjectLine(certificate)}" above it: ${found.reason}` };
    }
  }
  return undefined;
}

function lengthFault(pathLength: number | undefined, below: number): CertificateFault | undefined {
  return pathLength === undefined || pathLength >= below
    ? undefined
    : fault(
        "PATH_LENGTH_VIOLATED",
        `it has path length ${String(pathLength)}, but ${String(below)} ${below === 1 ? "CA" : "CAs"} must follow below it`,
        "Use a CA with a longer path length",
      );
}

/** The certification path of the first certificate of a PEM text, from the others in it. */
export function certificationPathOf(pem: string, name: string): X509Certificate[] {
  const [first, ...others] = readCertificates(pem, name);
  return certificationPath(first, others);
}

/**
 * The limits of a path: the shortest path length that is left below the first certificate, and the period in which all
 * are valid.
 */
export function pathLimits(pem: string, name: string): Pick<issuer.Issuer, "pathLength" | "notBefore" | "notAfter"> {
  const issuers = certificationPathOf(pem, name).map((each) => readIssuer(each.toString()));
  const lengths = issuers.flatMap(({ pathLength }, at) => (pathLength === undefined ? [] : [pathLength - at]));
  return {
    pathLength: lengths.length === 0 ? undefined : Math.max(0, Math.min(...lengths)),
    notBefore: new Date(Math.max(...issuers.map(({ notBefore }) => notBefore.getTime()))),
    notAfter: new Date(Math.min(...issuers.map(({ notAfter }) => notAfter.getTime()))),
  };
}

/**
 * Requires that the first certificate of a PEM text belongs to a CA that can issue an intermediate, and that the others
 * lead to a root.
 *
 * @param now undefined to ignore the dates
 * @param below how many CAs follow below the first certificate. Default the intermediate
 * @throws PkiError `PRIVATE_KEY_GIVEN`, `ISSUER_NOT_CA`, `INPUT_INVALID`, `ALGORITHM_UNSUPPORTED`,
 * `PATH_LENGTH_VIOLATED`, `VALIDITY_EXCEEDS_ISSUER`
 */
export function requireIssuingPath(pem: string, name: string, now: Date | undefined, below = 1): void {
  const path = certificationPathOf(pem, name);
  requireFaultless(pathFault(path, below) ?? (now === undefined ? undefined : dateFault(path, now)), name);
}

/**
 * Requires that a certificate is that of a CA that every reader accepts, apart from its dates and its place in a path.
 *
 * @throws PkiError `ISSUER_NOT_CA`, `INPUT_INVALID`, `ALGORITHM_UNSUPPORTED`
 */
export function requireCa(pem: string, name: string): void {
  requireFaultless(readIssuer(pem).fault, name);
}

/**
 * Requires that a certificate has no fault.
 *
 * @param name of its input, for the message
 * @throws PkiError the code of the fault
 */
export function requireFaultless(found: CertificateFault | undefined, name: string): void {
  if (found !== undefined) {
    throw new PkiError(found.code, `the certificate in ${name} cannot be used: ${found.reason}`, found.remedy);
  }
}

/** The reason why a certificate of a path is not valid at an instant; undefined if all are. */
export function dateFault(path: readonly X509Certificate[], now: Date): CertificateFault | undefined {
  const ended = path.find(({ validFrom, validTo }) => now < new Date(validFrom) || now >= new Date(validTo));
  return (
    ended &&
    fault(
      "VALIDITY_EXCEEDS_ISSUER",
      `"${subjectLine(ended)}" is valid from ${new Date(ended.validFrom).toISOString()} to ${new Date(ended.validTo).toISOString()}, not now`,
      "Use a CA that is valid, or correct the clock of this computer",
    )
  );
}
