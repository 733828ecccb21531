import type { X509Certificate } from "node:crypto";
import { PkiError } from "../errors";
import { isJsonObject, type JsonObject } from "../stepca/config";
import { fingerprintSha256, readCertificate } from "../x509/certificate";
import { type Attestations, parseAttestations } from "./attestation";
import { parseSshPublicKey, type SshPublicKeyLine } from "./sshPublicKeyLine";

/** One certificate of an authority, as its stack tells it. */
export interface CertificateOutputs {
  /** URI of its key. It may hold a PIN after the question mark. */
  readonly key: string;
  readonly certificatePem: string;
  readonly certificate: X509Certificate;
}

/** One SSH key of an authority, as its stack tells it. */
export interface SshKeyOutputs {
  /** URI of the key. It may hold a PIN after the question mark. */
  readonly key: string;
  readonly publicKey: SshPublicKeyLine;
}

/** What `kms-pki` reads of a stack's outputs. */
export interface AuthorityOutputs {
  readonly root: CertificateOutputs;
  readonly intermediate: CertificateOutputs;
  readonly ssh: { readonly user: SshKeyOutputs; readonly host: SshKeyOutputs } | undefined;
  /** Empty unless keys are in hardware that says so. */
  readonly attestations: Attestations;
  /** The ca.json, its paths still relative. */
  readonly caConfig: JsonObject;
}

const REQUIRED_OUTPUTS = [
  "rootKey",
  "rootCertificate",
  "rootFingerprint",
  "intermediateKey",
  "intermediateCertificate",
  "caConfig",
] as const;
/** Only of a KMS that has them. */
const ATTESTATIONS_OUTPUT = "attestations";
const SSH_OUTPUTS = ["sshUserKey", "sshUserPublicKey", "sshHostKey", "sshHostPublicKey"] as const;

/**
 * Reads the outputs of a stack from JSON, and checks each that is used.
 *
 * @param source where the text comes from, for messages
 * @throws PkiError `OUTPUTS_UNREADABLE`. The message names outputs, never their values: some are secret.
 */
export function parseOutputs(text: string, source: string): AuthorityOutputs {
  const outputs = new OutputReader(readObject(text, source), source);
  const hasSsh = SSH_OUTPUTS.some((name) => outputs.has(name));
  outputs.require([...REQUIRED_OUTPUTS, ...(hasSsh ? SSH_OUTPUTS : [])]);
  const certificate = (keyName: string, certificateName: string): CertificateOutputs => ({
    key: outputs.text(keyName),
    certificatePem: withNewline(outputs.text(certificateName)),
    certificate: outputs.read(certificateName, "certificate in PEM", readCertificate),
  });
  const sshKey = (keyName: string, publicKeyName: string): SshKeyOutputs => ({
    key: outputs.text(keyName),
    publicKey: outputs.read(publicKeyName, "public key as OpenSSH writes it", parseSshPublicKey),
  });
  const root = certificate("rootKey", "rootCertificate");
  if (outputs.text("rootFingerprint").toLowerCase() !== fingerprintSha256(root.certificate)) {
    throw outputs.refused("rootFingerprint", "is not that of rootCertificate");
  }
  return {
    root,
    intermediate: certificate("intermediateKey", "intermediateCertificate"),
    ssh: hasSsh
      ? { user: sshKey("sshUserKey", "sshUserPublicKey"), host: sshKey("sshHostKey", "sshHostPublicKey") }
      : undefined,
    attestations: outputs.has(ATTESTATIONS_OUTPUT) ? readAttestations(outputs) : {},
    caConfig: readCaConfig(outputs),
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

function readObject(text: string, source: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined; // the parser's own message would quote the text, and with it a secret
  }
  if (!isJsonObject(value)) {
    throw unreadable(
      `${source} gave no JSON object`,
      "The outputs come from pulumi stack output --json --show-secrets",
    );
  }
  return value;
}

class OutputReader {
  readonly #outputs: JsonObject;
  readonly #source: string;

  constructor(outputs: JsonObject, source: string) {
    this.#outputs = outputs;
    this.#source = source;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#outputs, name) && this.#outputs[name] !== null;
  }

  require(names: readonly string[]): void {
    const missing = names.filter((name) => !this.has(name));
    if (missing.length > 0) {
      throw unreadable(
        `${this.#source} gave no ${missing.join(", ")}`,
        "Run pulumi up, and have the program export what a CertificateAuthority has under the names of its properties",
      );
    }
    const hidden = names.filter((name) => this.#outputs[name] === "[secret]");
    if (hidden.length > 0) {
      throw unreadable(
        `${this.#source} hid ${hidden.join(", ")}`,
        "Give pulumi stack output the option --show-secrets",
      );
    }
  }

  text(name: string): string {
    const value = this.#outputs[name];
    if (typeof value !== "string" || value === "") {
      throw this.refused(name, "is no text");
    }
    return value;
  }

  object(name: string): JsonObject {
    const value = this.#outputs[name];
    if (!isJsonObject(value)) {
      throw this.refused(name, "is no object");
    }
    return value;
  }

  /** Reads an output by a reader that gives undefined or throws for what it cannot read. */
  read<T>(name: string, wanted: string, reader: (text: string) => T | undefined): T {
    const text = this.text(name);
    let value: T | undefined;
    try {
      value = reader(text);
    } catch {
      value = undefined;
    }
    if (value === undefined) {
      throw this.refused(name, `is no ${wanted}`);
    }
    return value;
  }

  refused(name: string, reason: string): PkiError {
    return unreadable(
      `output "${name}" of ${this.#source} ${reason}`,
      "Have the program export it as CertificateAuthority or the key source gives it, and run pulumi up",
    );
  }
}

function unreadable(reason: string, remedy: string): PkiError {
  return new PkiError("OUTPUTS_UNREADABLE", reason, remedy);
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
