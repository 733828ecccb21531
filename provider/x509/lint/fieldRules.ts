import { readValue } from "./asn1Type";
import { integerType } from "./asn1Primitive";
import { type AlgorithmIdentifier, algorithmType } from "./certificateSyntax";
import { defaulted, explicit, sequence } from "./asn1Type";
import { type Found, type Rule, when } from "./rule";
import type { LintedCertificate } from "./lintedCertificate";
import { MalformedError } from "./asn1Element";

/** What the parameters of signature algorithms must be, and where that is said. */
const NULL_PARAMETERS = new Set(["2", "4", "5", "14", "11", "12", "13"].map((arc) => `1.2.840.113549.1.1.${arc}`));

const NO_PARAMETERS = new Set([
  ...["1", "3.1", "3.2", "3.3", "3.4"].map((arc) => `1.2.840.10045.4.${arc}`),
  ...["1.3.101.112", "1.3.101.113"],
]);

const RSA_PSS = "1.2.840.113549.1.1.10";

/** The signature algorithms whose hash can be collided. */
const BROKEN_HASHES: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.1.2": "MD2",
  "1.2.840.113549.1.1.4": "MD5",
  "1.2.840.113549.1.1.5": "SHA-1",
  "1.2.840.10040.4.3": "SHA-1",
  "1.2.840.10045.4.1": "SHA-1",
};

const LONGEST_SERIAL_NUMBER = 20;

const defaultHash = { value: { algorithm: "1.3.14.3.2.26", parameters: undefined }, der: Buffer.alloc(0) };

/** RSASSA-PSS-params (RFC 4055, section 3.1). */
const pssParametersType = sequence({
  hashAlgorithm: defaulted(explicit(0, algorithmType), defaultHash),
  maskGenAlgorithm: defaulted(explicit(1, algorithmType), defaultHash),
  saltLength: defaulted(explicit(2, integerType), 20n),
  trailerField: defaulted(explicit(3, integerType), 1n),
});

export const fieldRules: readonly Rule[] = [
  {
    name: "der-encoding",
    source: "RFC 5280, section 4.1 (X.690)",
    level: "error",
    check: ({ encodingFaults }) => encodingFaults,
  },
  {
    name: "version-3",
    source: "RFC 5280, section 4.1.2.1",
    level: "error",
    check: ({ tbs: { version } }) => when(version !== 2n, `the version is ${String(version + 1n)}, not 3`),
  },
  {
    name: "serial-number-positive",
    source: "RFC 5280, section 4.1.2.2",
    level: "error",
    check: ({ tbs: { serialNumber } }) => when(serialNumber.value <= 0n, "the serial number is not above 0"),
  },
  {
    name: "serial-number-length",
    source: "RFC 5280, section 4.1.2.2",
    level: "error",
    check: ({ tbs: { serialNumber } }: LintedCertificate): Found => {
      const length = serialNumber.der.length - 2;
      return when(length > LONGEST_SERIAL_NUMBER, `the serial number has ${String(length)} octets, and at most 20 may`);
    },
  },
  {
    name: "signature-algorithms-equal",
    source: "RFC 5280, section 4.1.1.2",
    level: "error",
    check: ({ tbs, signatureAlgorithm }) =>
      when(!tbs.signature.der.equals(signatureAlgorithm.der), "the two fields with the signature algorithm differ"),
  },
  {
    name: "signature-algorithm-parameters",
    source: "RFC 4055, sections 3.1 and 5; RFC 5758, section 3.2; RFC 8410, section 3",
    level: "error",
    check: ({ tbs }) => parameterFault(tbs.signature),
  },
  {
    name: "signature-hash-broken",
    source: "NIST SP 800-131A, section 9",
    level: "error",
    check: ({ tbs }: LintedCertificate): Found => {
      const hash = BROKEN_HASHES[tbs.signature.value.algorithm];
      return hash === undefined ? undefined : `the signature is over a hash by ${hash}`;
    },
  },
  {
    name: "unique-identifiers-absent",
    source: "RFC 5280, section 4.1.2.8",
    level: "error",
    check: ({ tbs: { issuerUniqueId, subjectUniqueId } }) =>
      when(issuerUniqueId !== undefined || subjectUniqueId !== undefined, "it has a unique identifier"),
  },
];

function parameterFault({ value: { algorithm, parameters } }: AlgorithmIdentifier): string | undefined {
  if (NULL_PARAMETERS.has(algorithm)) {
    return when(parameters?.tag !== 0x05, `the parameters of the algorithm ${algorithm} must be NULL`);
  }
  if (NO_PARAMETERS.has(algorithm)) {
    return when(parameters !== undefined, `the algorithm ${algorithm} must have no parameters`);
  }
  return algorithm === RSA_PSS ? pssFault(parameters?.whole) : undefined;
}

function pssFault(parameters: Buffer | undefined): string | undefined {
  if (parameters === undefined) {
    return "the parameters of RSASSA-PSS are missing";
  }
  try {
    const faults: string[] = [];
    const { hashAlgorithm, maskGenAlgorithm, trailerField } = readValue(
      pssParametersType,
      parameters,
      "the parameters of RSASSA-PSS",
      faults,
    );
    const maskHash = maskGenAlgorithm.value.parameters?.whole;
    const isOneHash =
      maskHash === undefined
        ? maskGenAlgorithm === hashAlgorithm
        : readValue(algorithmType, maskHash, "the hash of MGF1", faults).value.algorithm ===
          hashAlgorithm.value.algorithm;
    return (
      faults[0] ??
      when(trailerField !== 1n, "the trailer of RSASSA-PSS is not 1") ??
      when(!isOneHash, "RSASSA-PSS uses two different hashes")
    );
  } catch (error) {
    if (error instanceof MalformedError) {
      return error.message;
    }
    throw error;
  }
}
