import { isJsonObject, type JsonObject } from "../stepca/jsonObject";
import { parseInstant } from "../words/instant";
import { fingerprintSha256 } from "../x509/certificate";
import { readCertificates } from "../x509/pem";
import { type Attestations, parseAttestations } from "./attestation";
import { chooseAuthority, REQUIRED_OUTPUTS } from "./authorityChoice";
import { type Generations, readGenerations } from "./generations";
import type { ActiveOutputs, CertificateOutputs, SshKeyOutputs } from "./keyOutputs";
import { type OutputReader, readObject } from "./outputReader";
import { readRotationOutputs, type RotationOutputs } from "./rotationStatus";
import { parseSshPublicKey } from "./sshPublicKeyLine";

/** How the stack names what it says of an authority's certificate. */
const CERTIFICATE_OUTPUTS = {
  root: { key: "rootKey", certificate: "rootCertificate", renewalTime: "rootRenewalTime" },
  intermediate: {
    key: "intermediateKey",
    certificate: "intermediateCertificate",
    renewalTime: "intermediateRenewalTime",
  },
} as const;

/** What `kms-pki` reads of a stack's outputs. */
export interface AuthorityOutputs extends ActiveOutputs {
  /** Empty unless keys are in hardware that says so. */
  readonly attestations: Attestations;
  /** What a rotation has published, activated and not yet retired. */
  readonly generations: Generations;
  /** By which schedules, if the stack says so. */
  readonly rotation?: RotationOutputs;
  /** The ca.json, its paths still relative. */
  readonly caConfig: JsonObject;
}

/** Only of a KMS that has them. */
const ATTESTATIONS_OUTPUT = "attestations";
const SSH_OUTPUTS = ["sshUserKey", "sshUserPublicKey", "sshHostKey", "sshHostPublicKey"] as const;

/**
 * Reads an authority from the outputs of a stack as JSON, and checks each that is used.
 *
 * @param source where the text comes from, for messages
 * @param authority which of several it is, by the name of the output
 * @throws PkiError `OUTPUTS_UNREADABLE`, `AUTHORITY_NOT_FOUND`, `AUTHORITY_AMBIGUOUS`. The message names outputs, never their values: some are secret.
 */
export function parseOutputs(text: string, source: string, authority?: string): AuthorityOutputs {
  const outputs = chooseAuthority(readObject(text, source), source, authority);
  const hasSsh = SSH_OUTPUTS.some((name) => outputs.has(name));
  outputs.require([...REQUIRED_OUTPUTS, ...(hasSsh ? SSH_OUTPUTS : [])]);
  const sshKey = (keyName: string, publicKeyName: string): SshKeyOutputs => ({
    key: outputs.text(keyName),
    publicKey: outputs.read(publicKeyName, "public key as OpenSSH writes it", parseSshPublicKey),
  });
  const root = readCertificateOutputs(outputs, "root");
  if (outputs.text("rootFingerprint").toLowerCase() !== fingerprintSha256(root.certificate)) {
    throw outputs.refused("rootFingerprint", "is not that of rootCertificate");
  }
  const active = {
    root,
    intermediate: readCertificateOutputs(outputs, "intermediate"),
    ssh: hasSsh
      ? { user: sshKey("sshUserKey", "sshUserPublicKey"), host: sshKey("sshHostKey", "sshHostPublicKey") }
      : undefined,
  };
  const rotation = readRotationOutputs(outputs);
  return {
    ...active,
    ...(rotation === undefined ? {} : { rotation }),
    attestations: outputs.has(ATTESTATIONS_OUTPUT) ? readAttestations(outputs) : {},
    generations: readGenerations(outputs, active),
    caConfig: readCaConfig(outputs),
  };
}

function readCertificateOutputs(outputs: OutputReader, which: keyof typeof CERTIFICATE_OUTPUTS): CertificateOutputs {
  const { key, certificate, renewalTime } = CERTIFICATE_OUTPUTS[which];
  const [read] = outputs.read(certificate, "certificate in PEM", readCertificates);
  return {
    key: outputs.text(key),
    certificatePem: read.toString(),
    certificate: read,
    ...(outputs.has(renewalTime)
      ? { renewalTime: outputs.read(renewalTime, "instant of RFC 3339", parseInstant) }
      : {}),
  };
}

function readAttestations(outputs: OutputReader): Attestations {
  outputs.require([ATTESTATIONS_OUTPUT]); // it may be hidden
  const attestations = parseAttestations(outputs.object(ATTESTATIONS_OUTPUT));
  if (attestations === undefined) {
    throw outputs.refused(ATTESTATIONS_OUTPUT, 'holds something else than a key\'s "format" and "content" in base64');
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
