import type { KeyObject, X509Certificate as NodeCertificate } from "node:crypto";
import { PkiError } from "../errors";
import type { AskedCertificate } from "./askedCertificate";
import { certificationPath, dateFault, pathFault } from "./certificationPath";
import { readIssuer } from "./issuer";
import { Name, X509Certificate } from "./peculiarX509";
import { readCertificates } from "./pem";
import { subjectLine } from "./subjectLine";

/** The answer of an issuer elsewhere. */
export interface Answer {
  readonly certificate: NodeCertificate;
  /** The certificates above it: its issuer first, the self-signed root last. */
  readonly above: readonly [NodeCertificate, ...NodeCertificate[]];
  /** How it differs from what was asked for, each in a few words. */
  readonly differences: readonly string[];
}

/**
 * Reads the answer of an issuer elsewhere, and requires that it can be used: that it has the key and the name that were asked for,
 * that it leads to a self-signed root, and, for a CA, that it can issue.
 *
 * @param text the certificate as PEM, then those above it, up to the self-signed root
 * @param name of the input, for messages
 * @param now undefined to ignore the dates
 * @throws PkiError `PRIVATE_KEY_GIVEN`, `INPUT_INVALID`, `ANSWER_MISMATCH`, `ISSUER_NOT_CA`, `ALGORITHM_UNSUPPORTED`,
 * `PATH_LENGTH_VIOLATED`, `VALIDITY_INVALID`
 */
export function readAnswer(text: string, name: string, asked: AskedCertificate, now: Date | undefined): Answer {
  const [certificate, ...others] = readCertificates(text, name);
  requireKey(certificate, others, asked.publicKey, name);
  requireSubject(certificate, asked.subjectDer, name);
  const path = certificationPath(certificate, others);
  const [, issuer, ...aboveIssuer] = path;
  if (issuer === undefined) {
    throw refused(
      "INPUT_INVALID",
      name,
      certificate.checkIssued(certificate) ? "it is signed by its own key" : "its issuer's certificate is missing",
      "Append the certificates above it, up to the self-signed root (kms-pki accept: --chain)",
    );
  }
  requirePath(asked.ca ? path : path.slice(1), name);
  requireDates(path, name, now);
  return { certificate, above: [issuer, ...aboveIssuer], differences: differencesOf(certificate, asked) };
}

function requireKey(
  certificate: NodeCertificate,
  others: readonly NodeCertificate[],
  key: KeyObject,
  name: string,
): void {
  if (certificate.publicKey.equals(key)) {
    return;
  }
  const isLater = others.some(({ publicKey }) => publicKey.equals(key));
  throw refused(
    "ANSWER_MISMATCH",
    name,
    "it is for another key than the request's",
    isLater ? "Put the certificate for that key first" : "Give the certificate that was issued for this request",
  );
}

/** Compares the names by their texts: an issuer may write them as other types of strings. */
function requireSubject(certificate: NodeCertificate, subjectDer: ArrayBuffer, name: string): void {
  const [own, asked] = [readIssuer(certificate.toString()).subjectDer, subjectDer].map((der) => new Name(der));
  if (JSON.stringify(own?.toJSON()) !== JSON.stringify(asked?.toJSON())) {
    throw refused(
      "ANSWER_MISMATCH",
      name,
      `its subject is "${String(own)}", and the request's is "${String(asked)}"`,
      "Have it issued with the subject of the request, or declare that subject and make a new request",
    );
  }
}

function requirePath(path: readonly NodeCertificate[], name: string): void {
  const fault = pathFault(path, 0);
  if (fault !== undefined) {
    throw refused(fault.code, name, fault.reason, fault.remedy);
  }
}

function requireDates(path: readonly NodeCertificate[], name: string, now: Date | undefined): void {
  const fault = now === undefined ? undefined : dateFault(path, now);
  if (fault !== undefined) {
    throw refused(
      "VALIDITY_INVALID",
      name,
      fault.reason,
      "Have it issued again, or correct the clock of this computer",
    );
  }
}

function refused(code: PkiError["code"], name: string, reason: string, remedy: string): PkiError {
  return new PkiError(code, `the answer in ${name} cannot be used, and was not accepted: ${reason}`, remedy);
}

/** The extensions that an issuer adds by itself. */
const ISSUERS_OWN = ["2.5.29.35", "2.5.29.31", "1.3.6.1.5.5.7.1.1", "2.5.29.32"];

/** The names of extensions, for messages. */
const EXTENSION_NAMES: Readonly<Record<string, string>> = {
  "2.5.29.14": "subject key identifier",
  "2.5.29.15": "key usages",
  "2.5.29.17": "subject alternative names",
  "2.5.29.19": "path length",
  "2.5.29.30": "name constraints",
  "2.5.29.31": "CRL distribution points",
  "2.5.29.32": "policies",
  "2.5.29.36": "policy constraints",
  "2.5.29.37": "extended key usages",
  "2.5.29.54": "inhibitAnyPolicy",
  "1.3.6.1.5.5.7.1.1": "authority information access",
  "1.3.6.1.5.5.7.1.24": "TLS features",
};

function differencesOf(certificate: NodeCertificate, { extensions }: AskedCertificate): string[] {
  const given = new X509Certificate(certificate.raw).extensions;
  const named = (what: string, type: string): string => `${what}: ${EXTENSION_NAMES[type] ?? type}`;
  const asked = extensions.flatMap(({ type, critical, value }) => {
    const own = given.find((each) => each.type === type);
    const isSame = own?.critical === critical && Buffer.from(own.value).equals(Buffer.from(value));
    return isSame ? [] : [named(own === undefined ? "left out" : "changed", type)];
  });
  const added = given.filter(
    ({ type }) => !ISSUERS_OWN.includes(type) && !extensions.some((each) => each.type === type),
  );
  return [...asked, ...added.map(({ type }) => named("added", type))];
}

/**
 * How an answer differs from what the program declares, in one sentence; undefined if it does not. An adopted certificate is an answer
 * that nobody asked for.
 */
export function describeDifferences({ certificate, differences }: Answer): string | undefined {
  return differences.length === 0
    ? undefined
    : `the certificate of "${subjectLine(certificate)}" is not as the program declares it (${differences.join(", ")}), and is used as it is`;
}
