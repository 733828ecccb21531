import type { X509Certificate } from "node:crypto";
import { createRequire } from "node:module";
import { GENERATION_STATES, type KeyState } from "../rotation/generation";
import { parseInstant } from "../words/instant";
import type * as issuers from "../x509/issuer";
import type * as lists from "../x509/revocationList";
import { canonicalSerialNumber } from "../x509/serialNumber";
import type { Generations } from "./generations";
import type { OutputReader } from "./outputReader";

/** A revocation list of an authority, from the stack's outputs. */
export interface RevocationListOutputs {
  /** The CA: `root`, `intermediate-g1`. */
  readonly name: string;
  readonly state: KeyState;
  readonly url: string;
  /** The name of its file. */
  readonly file: string;
  readonly pem: string;
  readonly number: number;
  /** When `up` issues the next list. */
  readonly renewalTime: Date;
  /** What the list itself says. */
  readonly list: lists.RevocationListFacts;
  /** Why it does not verify; undefined if it does. */
  readonly problem: string | undefined;
}

// Loaded only for an authority that has lists, because loading takes a while.
const load = createRequire(__filename);

const STATES: readonly KeyState[] = [...GENERATION_STATES, "compromised"];

/** The name that an export may give to a file. */
const FILE_NAME = /^[a-z0-9-]+\.crl$/;

/**
 * Reads the output `crls`.
 *
 * @throws PkiError `OUTPUTS_UNREADABLE`
 */
export function readRevocationLists(outputs: OutputReader, generations: Generations): RevocationListOutputs[] {
  return outputs.list("crls").map((item) => {
    item.require(["name", "state", "url", "file", "pem", "number", "renewalTime"]);
    const { readRevocationList } = load("../x509/revocationList") as typeof lists;
    const state = item.read("state", `one of ${STATES.join(", ")}`, (text) => STATES.find((each) => each === text));
    const list = item.read("pem", "a revocation list in PEM", readRevocationList);
    return {
      ...{ name: item.text("name"), url: item.text("url"), pem: item.text("pem"), number: item.number("number"), list },
      state,
      file: item.read("file", "the name of a file", (text) => (FILE_NAME.test(text) ? text : undefined)),
      renewalTime: item.read("renewalTime", "an RFC 3339 instant", parseInstant),
      // The certificate of a compromised CA is not among the generations, and its list is the last one.
      problem: state === "compromised" ? undefined : listProblem(list, generations),
    };
  });
}

/** The entry of a certificate on the list of its issuer; undefined if it is not revoked. A broken list says nothing. */
export function revocationOf(
  certificate: X509Certificate,
  revocationLists: readonly RevocationListOutputs[],
): lists.RevocationEntry | undefined {
  const wanted = canonicalSerialNumber(certificate.serialNumber);
  return revocationLists
    .filter(({ list, problem }) => problem === undefined && isFromIssuer(list, certificate))
    .flatMap(({ list }) => list.entries)
    .find(({ serialNumber }) => serialNumber === wanted);
}

/** Whether the issuer of a certificate has the name of a list's issuer. */
function isFromIssuer({ issuerDer }: lists.RevocationListFacts, certificate: X509Certificate): boolean {
  const { readIssuer } = load("../x509/issuer") as typeof issuers;
  return Buffer.from(issuerDer).equals(Buffer.from(readIssuer(certificate.toString()).issuerDer));
}

function listProblem(list: lists.RevocationListFacts, { roots, intermediates }: Generations): string | undefined {
  const { isListOf } = load("../x509/revocationList") as typeof lists;
  const { readIssuer } = load("../x509/issuer") as typeof issuers;
  return [...roots, ...intermediates].some(({ certificatePem }) => isListOf(list, readIssuer(certificatePem)))
    ? undefined
    : "no CA of the stack signed it";
}
