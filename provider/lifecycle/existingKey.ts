import type { KeyObject } from "node:crypto";
import { type ErrorCode, PkiError } from "../errors";
import { checkAlgorithm } from "../inputs/algorithm";
import { checkKeyUri, checkNoPin } from "../inputs/keyUri";
import { cleanPem, isSamePem, PEM_INPUTS } from "../inputs/pem";
import { hasUnknown, isKnownChange } from "../words/unknown";
import { type Algorithm, algorithmOf, fitsAlgorithm } from "../kms/algorithms";
import { type KeyDescription, readsKeyStates } from "../kms/keyManager";
import { kmsRegistry } from "../kms/registry/registry";
import { publicKeyPem, readCertificate, readPublicKey } from "../x509/certificate";
import { certificatePem, holdsPrivateKey } from "../x509/pem";
import type { Context } from "./context";
import type { Lifecycle } from "./provider";
import { requireRecorded } from "./recorded";

/** The inputs of an existing key. */
export interface ExistingKeyInputs {
  readonly uri: string;
  /** The algorithm to sign with. Default the one of the key's type. */
  readonly algorithm?: Algorithm;
  /** How to reach its KMS, as in `kms.uri` of ca.json. */
  readonly kms?: string;
  /** The certificate that the key must belong to, as PEM. */
  readonly certificatePem?: string;
}

/** The status of a key. */
export type KeyStatus = "present" | "missing" | "changed" | "disabled" | "pendingDeletion";

/** The record of an existing key. */
export interface ExistingKeyRecord extends ExistingKeyInputs {
  /** The name that the program gave, if it differs from the recorded URI and KMS. */
  readonly given?: { readonly uri: string; readonly kms?: string };
  readonly algorithm: Algorithm;
  readonly publicKeyPem: string;
  readonly resourceName?: string;
  /** As JSON: each value in the state costs time. */
  readonly attestation?: string;
  readonly status: KeyStatus;
}

/** The errors that tell the status of a key for certain. */
const STATUS_OF_ERROR: Partial<Record<ErrorCode, KeyStatus>> = {
  KEY_NOT_FOUND: "missing",
  KEY_DISABLED: "disabled",
  KEY_PENDING_DELETION: "pendingDeletion",
};

const FOUND: Readonly<Record<Exclude<KeyStatus, "present">, string>> = {
  missing: "missing",
  changed: "to be another key",
  disabled: "disabled",
  pendingDeletion: "scheduled for deletion",
};

/** The lifecycle of an existing key. Its public key is read once and pinned. */
export function existingKeyLifecycle({ backends, notice }: Context): Lifecycle<ExistingKeyInputs, ExistingKeyRecord> {
  /**
   * Describes a key and requires that it can be used. Some services give out the public key of a disabled key, so the
   * state of a recorded key is asked for too.
   */
  const describeUsable = async (key: ExistingKeyInputs): Promise<KeyDescription> => {
    const manager = await backends.keyManager(key.uri, key.kms);
    if (readsKeyStates(manager)) {
      await manager.requireUsable(key.uri);
    }
    return manager.describeKey(key.uri);
  };

  return {
    check(_olds, news) {
      const { inputs, problems } = cleanPem(news, PEM_INPUTS.existingKey);
      return {
        inputs,
        problems: [
          ...problems,
          ...checkAlgorithm(news.algorithm, "algorithm"),
          ...checkKeyUri(news.uri, "uri"),
          ...checkNoPin(news.uri),
          ...checkNoPin(news.kms),
        ],
      };
    },

    diff(state, news) {
      requireRecorded(state, ["uri", "publicKeyPem"]);
      const given = givenOf(state);
      const replaces = [
        ...(isKnownChange(given.uri, news.uri) ? ["uri"] : []),
        ...(news.algorithm !== undefined && isKnownChange(state.algorithm, news.algorithm) ? ["algorithm"] : []),
      ];
      if (isFound(state.status) && replaces.length === 0) {
        notice(
          `${kmsRegistry.shownUri(state.uri)} was found ${FOUND[state.status]}; pulumi up fails until this is fixed.`,
        );
      }
      return {
        changes:
          replaces.length > 0 ||
          hasUnknown([news.uri, news.algorithm]) ||
          state.status !== "present" ||
          given.kms !== news.kms ||
          !isSamePem(state.certificatePem, news.certificatePem, certificatePem) ||
          holdsPrivateKey(state.certificatePem ?? ""),
        replaces,
      };
    },

    async create(inputs) {
      const manager = await backends.keyManager(inputs.uri, inputs.kms);
      const found = await manager.describeKey(inputs.uri);
      const own = found.algorithm ?? algorithmOf(found.publicKey);
      const algorithm = inputs.algorithm ?? own;
      if (!fitsAlgorithm(found.publicKey, algorithm) || (found.algorithm ?? algorithm) !== algorithm) {
        throw new PkiError(
          "ALGORITHM_UNSUPPORTED",
          `${kmsRegistry.shownUri(inputs.uri)} is a key for ${own}, not for ${algorithm}`,
          "Correct or remove algorithm",
        );
      }
      requireKeyOf(inputs, found.publicKey);
      const pinned = { algorithm, publicKeyPem: publicKeyPem(found.publicKey), status: "present" } as const;
      return { id: found.uri, state: { ...namesOf(inputs, found), ...pinned } };
    },

    async read(state) {
      requireRecorded(state, ["uri", "publicKeyPem"]);
      try {
        const { uri, kms } = givenOf(state);
        const manager = await backends.keyManager(uri, kms);
        const name = readsKeyStates(manager) ? await manager.requireUsable(uri) : undefined;
        if (name !== undefined && name === state.resourceName && !lacksCertificates(state)) {
          return { ...state, status: "present" }; // that name never comes to mean another key
        }
        const found = await manager.describeKey(uri);
        return isPinned(state, found)
          ? { ...state, ...attestationIn(found), status: "present" }
          : { ...state, status: "changed" };
      } catch (error) {
        const status = error instanceof PkiError ? STATUS_OF_ERROR[error.code] : undefined;
        if (status === undefined) {
          throw error; // if in doubt, nothing is recorded
        }
        return { ...state, status };
      }
    },

    async update(state, news) {
      const found = await describeUsable(news);
      if (!isPinned(state, found)) {
        throw new PkiError(
          "KEY_CHANGED",
          `${kmsRegistry.shownUri(news.uri)} is not the key that was recorded as ${state.uri}, and another key is never used silently`,
          "Restore the key and run again, or name the new key by its own URI",
        );
      }
      requireKeyOf(news, found.publicKey);
      const { algorithm, publicKeyPem: pinned } = state;
      return { ...namesOf(news, found), algorithm, publicKeyPem: pinned, status: "present" };
    },

    delete: () => Promise.resolve(),
  };
}

function isFound(status: string): status is keyof typeof FOUND {
  return Object.hasOwn(FOUND, status);
}

function requireKeyOf({ uri, certificatePem: pem }: ExistingKeyInputs, publicKey: KeyObject): void {
  if (pem !== undefined && !readCertificate(pem).publicKey.equals(publicKey)) {
    throw new PkiError(
      "ISSUER_KEY_MISMATCH",
      `${kmsRegistry.shownUri(uri)} is not the key of the certificate`,
      "Give the certificate and the key of one CA",
    );
  }
}

function isPinned(state: ExistingKeyRecord, { uri, publicKey }: KeyDescription): boolean {
  return uri === state.uri && publicKey.equals(readPublicKey(state.publicKeyPem));
}

/** The name that the program gave to a key. */
function givenOf({
  uri,
  kms,
  given = kms === undefined ? { uri } : { uri, kms },
}: ExistingKeyRecord): ExistingKeyInputs {
  return given;
}

/** The names of a key for its record. Each value in the state costs time, so nothing is recorded twice. */
function namesOf(
  inputs: ExistingKeyInputs,
  found: KeyDescription,
): Omit<ExistingKeyRecord, "algorithm" | "publicKeyPem" | "status"> {
  const { uri, kms = inputs.kms, resourceName } = found;
  const given = { uri: inputs.uri, ...(inputs.kms === undefined ? {} : { kms: inputs.kms }) };
  return {
    uri,
    ...(kms === undefined ? {} : { kms }),
    ...(resourceName === undefined ? {} : { resourceName }),
    ...attestationIn(found),
    ...(inputs.certificatePem === undefined ? {} : { certificatePem: inputs.certificatePem }),
    ...(given.uri === uri && given.kms === kms ? {} : { given }),
  };
}

/** Release 0.1.0 recorded an attestation of Cloud HSM without the certificates. */
function lacksCertificates({ attestation }: ExistingKeyRecord): boolean {
  return attestation !== undefined && !attestation.includes('"certChains"');
}

/** The attestation to record, also for a recorded key: an earlier release recorded none of the certificates. */
function attestationIn({ attestation }: KeyDescription): Pick<ExistingKeyRecord, "attestation"> {
  return attestation === undefined ? {} : { attestation: JSON.stringify(attestation) };
}
