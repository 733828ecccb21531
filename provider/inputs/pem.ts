import { PkiError } from "../errors";
import { ADOPTED_PEM } from "./adoption";
import { certificatePem, certificatesPem, publicKeyPemOf, requestPem, withoutPrivateKeys } from "../x509/pem";
import { type Problem, problemsOf } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** Reads a PEM text and returns the part to keep. Throws a PkiError that names the input and never quotes it. */
export type PemReader = (text: string, name: string) => string;

/** A reader that keeps an empty text, as of a certificate that was withdrawn before it was issued. */
export function orEmpty(read: PemReader): PemReader {
  return (text, name) => (text === "" ? "" : read(text, name));
}

/** The PEM inputs of a resource, by name or by `object.name`. */
export type PemInputs = Readonly<Record<string, PemReader>>;

/**
 * The PEM inputs of the resources that all KMSs share, by the name of the lifecycle. They are read in the program, and
 * again before the provider records them.
 */
export const PEM_INPUTS = {
  certificate: {
    publicKeyPem: publicKeyPemOf,
    csrPem: requestPem,
    crossOf: certificatePem,
    answerPem: certificatesPem,
    "issuer.certificatePem": certificatePem,
    [ADOPTED_PEM]: certificatePem,
    sameSubjectAs: orEmpty(certificatePem),
  },
  certificateRequest: { publicKeyPem: publicKeyPemOf },
  certificateRevocationList: { "issuer.certificatePem": certificatePem },
  existingKey: { certificatePem },
} as const satisfies Readonly<Record<string, PemInputs>>;

/** The PEM inputs of a revocation list. The CA of a withdrawn one may have been withdrawn before it was issued. */
export function listPemInputs({ withdrawn }: { readonly withdrawn?: unknown }): PemInputs {
  return withdrawn === true
    ? { "issuer.certificatePem": orEmpty(certificatePem) }
    : PEM_INPUTS.certificateRevocationList;
}

/** Inputs reduced to the parts that were asked for, with the problems that were found. */
export interface CleanInputs<Inputs> {
  readonly inputs: Inputs;
  /** They carry no property: the engine would print its value, which may hold a private key. */
  readonly problems: readonly Problem[];
}

/** Reads the known PEM texts among inputs, and replaces each by the part to keep. */
export function cleanPem<Inputs extends object>(inputs: Inputs, pemInputs: PemInputs): CleanInputs<Inputs> {
  const problems: Problem[] = [];
  const clean = replacePem(inputs, pemInputs, (value, name, read) => {
    let text = "";
    const found = problemsOf(() => {
      text = cleanText(value, name, read);
    }, "");
    problems.push(...found);
    return text;
  });
  return { inputs: clean, problems };
}

/** The inputs, with each PEM text among them replaced. */
export function replacePem<Inputs extends object>(
  inputs: Inputs,
  pemInputs: PemInputs,
  replace: (value: unknown, name: string, read: PemReader) => unknown,
): Inputs {
  const clean = Object.fromEntries(Object.entries(inputs)) as Record<string, unknown>;
  for (const [name, read] of Object.entries(pemInputs)) {
    const [outer = "", inner] = name.split(".");
    const value = clean[outer];
    // A missing input stays missing: the engine does not accept undefined.
    if (value !== undefined && inner === undefined) {
      clean[outer] = replace(value, name, read);
    } else if (inner !== undefined && isObject(value) && value[inner] !== undefined) {
      clean[outer] = { ...value, [inner]: replace(value[inner], name, read) };
    }
  }
  return clean as Inputs;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/**
 * Returns the part of a PEM text to keep. An unknown value stays unknown.
 *
 * @throws PkiError whatever the reader throws, and `INPUT_INVALID` for a value that is not a string
 */
export function cleanText(value: unknown, name: string, read: PemReader): string {
  if (typeof value !== "string") {
    throw new PkiError("INPUT_INVALID", `${name} is not a string`, "Give it as PEM");
  }
  return value === UNKNOWN ? value : read(value, name);
}

/** Whether a recorded PEM text, which an older version kept as it was given, equals a given one in the part to keep. */
export function isSamePem(recorded: string | undefined, given: string | undefined, read: PemReader): boolean {
  return (
    recorded === given || (recorded !== undefined && given !== undefined && kept(recorded, read) === kept(given, read))
  );
}

function kept(text: string, read: PemReader): string | undefined {
  try {
    return read(withoutPrivateKeys(text), "");
  } catch {
    return text;
  }
}
