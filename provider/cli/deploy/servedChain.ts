import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PkiError } from "../../errors";
import { subjectLine } from "../../x509/subjectLine";
import { certificateDers, writePem } from "../../x509/pem";
import type { HostSettings } from "./deploySettings";
import { HostFailure, HostShell, quoted } from "./hostShell";

/** Certificates as DER in base64, step-ca's own certificate or the lowest issuer first. */
export type Chain = readonly string[];

const PROBE_SECONDS = 10;

/** The exit code of the scripts here if there is no openssl. */
const NO_OPENSSL = 127;

const REQUIRE_OPENSSL = `command -v openssl >/dev/null || exit ${String(NO_OPENSSL)}`;

const THIS_MACHINE = "this machine";

/** The certificates of a text, in its order. */
export function chainIn(text: string): Chain {
  return text.includes("-----BEGIN CERTIFICATE-----")
    ? certificateDers(text, "the chain").map((der) => der.toString("base64"))
    : [];
}

/** Whether two chains are the same, certificate by certificate. */
export function isSameChain(one: Chain, other: Chain): boolean {
  return one.join() === other.join();
}

/** A chain without step-ca's own certificate. */
export function issuersOf(chain: Chain): Chain {
  return chain.slice(1);
}

/** Describes the first issuer for people. */
export function describeIssuer([first]: Chain): string {
  if (first === undefined) {
    return "no issuer";
  }
  const certificate = new X509Certificate(Buffer.from(first, "base64"));
  return `${subjectLine(certificate)} (serial number ${certificate.serialNumber.toLowerCase()}, ends ${certificate.validTo})`;
}

/**
 * Asks for the chain that step-ca serves, by openssl, because Node.js shows only the certificates that form a path.
 *
 * @param shell the shell of the machine that asks
 * @returns empty if nothing answers
 * @throws PkiError `HANDOVER_FAILED` if there is no openssl
 */
export async function servedChain(
  shell: HostShell,
  { address, name, probe }: Pick<HostSettings, "address" | "name" | "probe">,
): Promise<Chain> {
  let printed: string;
  try {
    const script = `${REQUIRE_OPENSSL}
openssl s_client -connect ${address} -showcerts </dev/null 2>/dev/null || true`;
    printed = (await shell.run(script, undefined, PROBE_SECONDS)).toString("latin1");
  } catch (cause) {
    if (cause instanceof HostFailure && cause.exitCode === NO_OPENSSL) {
      throw opensslMissing(probe === "here" ? THIS_MACHINE : name, cause);
    }
    return [];
  }
  return readableChain(printed);
}

/** The chain in what openssl printed; empty unless every certificate can be read. */
function readableChain(printed: string): Chain {
  try {
    const chain = chainIn(printed);
    chain.forEach((each) => new X509Certificate(Buffer.from(each, "base64")));
    return chain;
  } catch {
    return [];
  }
}

/**
 * The reason why a chain does not verify up to some roots and no others, as openssl says it; undefined if it verifies.
 *
 * @param rootsPem PEM
 * @param isTimeless whether dates do not count
 * @param shell the shell of this machine
 * @throws PkiError `HANDOVER_FAILED` if there is no openssl
 */
export async function chainFault(
  [own = "", ...issuers]: Chain,
  rootsPem: string,
  isTimeless: boolean,
  shell: HostShell,
): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), "kms-pki-chain-"));
  const file = (name: string): string => join(directory, name);
  const pem = (certificates: Chain): string =>
    certificates.map((each) => writePem("CERTIFICATE", Buffer.from(each, "base64"))).join("");
  try {
    writeFileSync(file("roots.pem"), rootsPem);
    writeFileSync(file("issuers.pem"), pem(issuers));
    writeFileSync(file("own.pem"), pem([own]));
    const dates = isTimeless ? "-no_check_time" : "";
    const untrusted = issuers.length === 0 ? "" : "-untrusted issuers.pem"; // which openssl refuses to read if it is empty
    // openssl reads no roots of the machine.
    await shell.run(
      `${REQUIRE_OPENSSL}\ncd ${quoted(directory)} && SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null openssl verify ${dates} -CAfile roots.pem ${untrusted} own.pem >verified 2>&1 || { cat verified >&2; exit 1; }`,
    );
    return undefined;
  } catch (cause) {
    if (cause instanceof HostFailure && cause.exitCode === NO_OPENSSL) {
      throw opensslMissing(THIS_MACHINE, cause);
    }
    if (cause instanceof HostFailure) {
      return cause.said === "" ? "openssl does not verify it" : cause.said;
    }
    throw cause;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function opensslMissing(where: string, cause: unknown): PkiError {
  return new PkiError(
    "HANDOVER_FAILED",
    `openssl is missing on ${where}`,
    "Install it there and put it on the PATH, then run this again",
    { cause },
  );
}
