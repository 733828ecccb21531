import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { parseInstant } from "../words/instant";
import { fingerprintSha256 } from "../x509/certificate";
import { readCertificates } from "../x509/pem";
import { type Attestations, parseAttestations } from "./attestation";
import { chooseAuthority, REQUIRED_OUTPUTS } from "./authorityChoice";
import { type CompromiseOutputs, readCompromise } from "./compromise";
import { type Generations, readGenerations } from "./generations";
import type { ActiveOutputs, CertificateOutputs, SshKeyOutputs } from "./keyOutputs";
import { type OutputReader, type OutputsOrigin, readObject } from "./outputReader";
import { type RequestOutputs, readRequests } from "./requestOutputs";
import { readRevocationLists, type RevocationListOutputs } from "./revocationListOutputs";
import { readRotationOutputs, type RotationOutputs } from "./rotationStatus";
import { parseSshPublicKey } from "../ssh/publicKeyLine";

/** The names of the stack's outputs about an authority's certificates. */
const CERTIFICATE_OUTPUTS = {
  root: { key: "rootKey", certificate: "rootCertificate", renewalTime: "rootRenewalTime" },
  intermediate: {
    key: "intermediateKey",
    certificate: "intermediateCertificate",
    renewalTime: "intermediateRenewalTime",
  },
} as const;

/** An authority among the outputs of a stack. */
interface NamedAuthority {
  /** The name of the output that is the authority; absent if the outputs themselves are. */
  readonly name?: string;
}

/** The stack's outputs that `kms-pki` reads. */
export interface AuthorityOutputs extends ActiveOutputs, NamedAuthority {
  /** Empty unless keys are in hardware that attests them. */
  readonly attestations: Attestations;
  /** The generations that a rotation has published, activated or not yet retired. */
  readonly generations: Generations;
  /** The rotation, if the stack states it. */
  readonly rotation?: RotationOutputs;
  /** The SHA-256 fingerprints of roots that left the program and are not compromised, in hex. */
  readonly formerRoots: readonly string[];
  /** The requests for its intermediates, if an issuer elsewhere signs them. */
  readonly requests: readonly RequestOutputs[];
  /** Whether an issuer elsewhere signs its intermediates. */
  readonly isElsewhere: boolean;
  /** The revocation lists of its CAs, if it has any. */
  readonly revocationLists: readonly RevocationListOutputs[];
  /** What is compromised; undefined if nothing is. */
  readonly compromise: CompromiseOutputs | undefined;
  /** The ca.json, with paths that are still relative. */
  readonly caConfig: JsonObject;
}

/** An authority that has no intermediate yet, because an issuer elsewhere has not answered. */
export interface WaitingAuthority extends NamedAuthority {
  readonly waitsFor: readonly RequestOutputs[];
}

/** What stands for the URI of the key of a root elsewhere. */
const ELSEWHERE = "external";

/** The output with attestations, if the KMS has any. */
const ATTESTATIONS_OUTPUT = "attestations";
const SSH_OUTPUTS = ["sshUserKey", "sshUserPublicKey", "sshHostKey", "sshHostPublicKey"] as const;

/**
 * Reads an authority from the outputs of a stack as JSON, and checks each output that is used.
 *
 * @param origin for messages
 * @param authority the name of the output, if there are several authorities
 * @throws PkiError `OUTPUTS_UNREADABLE`, `AUTHORITY_NOT_FOUND`, `AUTHORITY_AMBIGUOUS`. The message names outputs but
 * never quotes their values, because some are secret.
 */
export function parseOutputs(
  text: string,
  origin: OutputsOrigin,
  authority?: string,
): AuthorityOutputs | WaitingAuthority {
  const outputs = chooseAuthority(readObject(text, origin), origin, authority);
  const named = outputs.name === undefined ? {} : { name: outputs.name };
  const requests = readRequests(outputs);
  const isElsewhere = outputs.has("requests");
  if (requests.length > 0 && !outputs.has("caConfig")) {
    return { ...named, waitsFor: requests };
  }
  const hasSsh = SSH_OUTPUTS.some((name) => outputs.has(name));
  outputs.require([
    ...REQUIRED_OUTPUTS.filter((name) => !isElsewhere || name !== "rootKey"),
    ...(hasSsh ? SSH_OUTPUTS : []),
  ]);
  const sshKey = (keyName: string, publicKeyName: string): SshKeyOutputs => ({
    key: outputs.text(keyName),
    publicKey: outputs.read(publicKeyName, "a public key in OpenSSH's format", parseSshPublicKey),
  });
  const root = readCertificateOutputs(outputs, "root");
  if (outputs.text("rootFingerprint").toLowerCase() !== fingerprintSha256(root.certificate)) {
    throw outputs.refused("rootFingerprint", "does not match rootCertificate");
  }
  const active = {
    root,
    intermediate: readCertificateOutputs(outputs, "intermediate"),
    ssh: hasSsh
      ? { user: sshKey("sshUserKey", "sshUserPublicKey"), host: sshKey("sshHostKey", "sshHostPublicKey") }
      : undefined,
  };
  const rotation = readRotationOutputs(outputs);
  const generations = readGenerations(outputs, active);
  const compromise = readCompromise(outputs);
  return {
    ...named,
    ...active,
    ...(rotation === undefined ? {} : { rotation }),
    attestations: outputs.has(ATTESTATIONS_OUTPUT) ? readAttestations(outputs) : {},
    generations,
    formerRoots: formerRoots(outputs, compromise),
    requests,
    isElsewhere,
    revocationLists: readRevocationLists(outputs, generations),
    compromise,
    caConfig: readCaConfig(outputs),
  };
}

/** A host that serves under a compromised root must not trust it any longer, so that root is not among them. */
function formerRoots(outputs: OutputReader, compromise: CompromiseOutputs | undefined): string[] {
  const recorded = outputs.has("formerRoots") ? outputs.texts("formerRoots") : [];
  const compromised = compromise?.certificates.map(({ certificate }) => fingerprintSha256(certificate)) ?? [];
  return recorded.filter((root) => !compromised.includes(root));
}

function readCertificateOutputs(outputs: OutputReader, which: keyof typeof CERTIFICATE_OUTPUTS): CertificateOutputs {
  const { key, certificate, renewalTime } = CERTIFICATE_OUTPUTS[which];
  const [read] = outputs.read(certificate, "a certificate in PEM", readCertificates);
  return {
    // The key of a root elsewhere is not known.
    key: which === "root" && !outputs.has(key) ? ELSEWHERE : outputs.text(key),
    certificatePem: read.toString(),
    certificate: read,
    ...(outputs.has(renewalTime)
      ? { renewalTime: outputs.read(renewalTime, "an RFC 3339 instant", parseInstant) }
      : {}),
  };
}

function readAttestations(outputs: OutputReader): Attestations {
  outputs.require([ATTESTATIONS_OUTPUT]); // it may be hidden
  const attestations = parseAttestations(outputs.object(ATTESTATIONS_OUTPUT));
  if (attestations === undefined) {
    throw outputs.refused(ATTESTATIONS_OUTPUT, 'holds something other than a key\'s "format" and "content" in base64');
  }
  return attestations;
}

function readCaConfig(outputs: OutputReader): JsonObject {
  const config = outputs.object("caConfig");
  if (typeof config["key"] !== "string" || !isPaths(config["root"]) || !isPaths(config["crt"])) {
    throw outputs.refused("caConfig", 'lacks "root", "crt" or "key"');
  }
  if (!isJsonObject(config["kms"]) || typeof config["kms"]["type"] !== "string") {
    throw outputs.refused("caConfig", 'lacks "kms" with a "type"');
  }
  return config;
}

function isPaths(value: unknown): boolean {
  return typeof value === "string" || (Array.isArray(value) && value.every((path) => typeof path === "string"));
}
