import type { KeyObject, X509Certificate } from "node:crypto";
import { createRequire } from "node:module";
import { PkiError } from "../errors";
import { type CertificateFault, fault } from "./fault";
import type * as issuer from "./issuer";
import { readCertificates } from "./pem";
import { subjectLine } from "./subjectLine";

/** Loaded when a certificate is looked at, and not by each start of the command: it takes a while. */
const readIssuer: typeof issuer.readIssuer = (pem) =>
  (createRequire(__filename)("./issuer") as typeof issuer).readIssuer(pem);

/** Whether a certificate's signature was made by a key. */
export function isSignedBy(certificate: X509Certificate, publicKey: KeyObject): boolean {
  try {
    return certificate.verify(publicKey);
  } catch {
    return false; // a key that does not fit the signature's algorithm
  }
}

/**
 * Whether a certificate was issued under another (RFC 5280, section 6.1): its signature verifies, it names the other octet by
 * octet, as Go compares names, and its key identifier leads there, if it has one.
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
 * @param others among which the issuers are looked for
 */
export function certificationPath(certificate: X509Certificate, others: readonly X509Certificate[]): X509Certificate[] {
  const path = [certificate];
  for (let last = certificate; !isSelfSigned(last);) {
    const issuers = others.filter((each) => !path.some(({ raw }) => raw.equals(each.raw)) && isIssuedBy(last, each));
    // Of a root and a cross certificate for it, the root.
    const issuer = issuers.find(isSelfSigned) ?? issuers[0];
    if (issuer === undefined) {
      break;
    }
    path.push(issuer);
    last = issuer;
  }
  return path;
}

/** What keeps a certificate from being a root's, dates apart; undefined when nothing does. */
export function rootFault(root: X509Certificate): CertificateFault | undefined {
  const { fault: own } = readIssuer(root.toString());
  return own ?? (isSelfSigned(root) ? undefined : NOT_SELF_SIGNED);
}

const NOT_SELF_SIGNED = fault(
  "INPUT_INVALID",
  "it is not signed by its own key",
  "Give a root; or append the certificates above this one, up to the root that signs itself",
);

/**
 * What keeps a certification path from leading from a CA to a root, dates apart; undefined when nothing does. This decides
 * before keys are made, in an export and in a status alike.
 *
 * @param path as {@link certificationPath} finds it
 * @param below how many CAs follow below the first
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
        `it has path length ${String(pathLength)}, and ${String(below)} ${below === 1 ? "CA is" : "CAs are"} to follow below it`,
        "Use a CA with a longer path",
      );
}

/** The certification path of the first certificate of a PEM text, among the others in it. */
export function certificationPathOf(pem: string, name: string): X509Certificate[] {
  const [first, ...others] = readCertificates(pem, name);
  return certificationPath(first, others);
}

/** What a path allows: the shortest path length that is left below the first certificate, and the time that all are valid. */
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
 * Requires that the first certificate of a PEM text is that of a CA under which an intermediate can be issued, and that the
 * others in it lead to a root.
 *
 * @param now undefined to leave the dates aside
 * @throws PkiError `PRIVATE_KEY_GIVEN`, and what is wrong: `ISSUER_NOT_CA`, `INPUT_INVALID`, `ALGORITHM_UNSUPPORTED`,
 * `PATH_LENGTH_VIOLATED`, `VALIDITY_EXCEEDS_ISSUER`
 */
export function requireIssuingPath(pem: string, name: string, now: Date | undefined): void {
  const path = certificationPathOf(pem, name);
  const found = pathFault(path, 1) ?? (now === undefined ? undefined : dateFault(path, now));
  if (found !== undefined) {
    throw new PkiError(found.code, `the certificate in ${name} cannot be used: ${found.reason}`, found.remedy);
  }
}

function dateFault(path: readonly X509Certificate[], now: Date): CertificateFault | undefined {
  const ended = path.find(({ validFrom, validTo }) => now < new Date(validFrom) || now >= new Date(validTo));
  return (
    ended &&
    fault(
      "VALIDITY_EXCEEDS_ISSUER",
      `"${subjectLine(ended)}" is valid from ${new Date(ended.validFrom).toISOString()} to ${new Date(ended.validTo).toISOString()}, not now`,
      "Use a CA that is valid, or set the clock of this computer right",
    )
  );
}
