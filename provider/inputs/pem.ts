import { PkiError } from "../errors";
import { certificatePem, publicKeyPemOf, requestPem, withoutPrivateKeys } from "../x509/pem";
import { type Problem, problemsOf } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** Reads a PEM text, and returns what is kept of it. Throws a PkiError that names the input and never quotes it. */
export type PemReader = (text: string, name: string) => string;

/** The inputs of a resource that are PEM texts: by name, or by the name of an object and a name in it. */
export type PemInputs = Readonly<Record<string, PemReader>>;

/** Those of the resources that are not one KMS's, by the name of the lifecycle: read where the program gives them, and again before the provider records them. */
export const PEM_INPUTS = {
  certificate: {
    publicKeyPem: publicKeyPemOf,
    csrPem: requestPem,
    crossOf: certificatePem,
    "issuer.certificatePem": certificatePem,
  },
  existingKey: { certificatePem },
} as const satisfies Readonly<Record<string, PemInputs>>;

/** Inputs of which nothing is left but what was asked for, and what was wrong. */
export interface CleanInputs<Inputs> {
  readonly inputs: Inputs;
  /** Without a property: the engine would print its value, which may hold a private key. */
  readonly problems: readonly Problem[];
}

/** Reads the PEM texts among inputs that are known, and puts what is kept of each in its place. */
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

/** The inputs with each PEM text among them, where there is one, replaced. */
export function replacePem<Inputs extends object>(
  inputs: Inputs,
  pemInputs: PemInputs,
  replace: (value: unknown, name: string, read: PemReader) => unknown,
): Inputs {
  const clean = Object.fromEntries(Object.entries(inputs)) as Record<string, unknown>;
  for (const [name, read] of Object.entries(pemInputs)) {
    const [outer = "", inner] = name.split(".");
    const value = clean[outer];
    // What is not there stays so: the engine takes no undefined.
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
 * What is kept of a PEM text; an unknown stays one.
 *
 * @throws PkiError what the reader throws, and `INPUT_INVALID` for what is no text
 */
export function cleanText(value: unknown, name: string, read: PemReader): string {
  if (typeof value !== "string") {
    throw new PkiError("INPUT_INVALID", `${name} is no text`, "Give it as PEM");
  }
  return value === UNKNOWN ? value : read(value, name);
}

/** Whether a PEM text, which an older version recorded as it was given, holds what is kept of another. */
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
