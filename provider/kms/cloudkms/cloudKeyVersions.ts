import { PkiError } from "../../errors";
import type { Algorithm } from "../algorithms";
import { cloudAlgorithm } from "./cloudAlgorithms";
import { refuseVersionState } from "./cloudkmsErrors";
import { OWNER_LABEL } from "./cloudOwnerLabel";

/** A version of a key, as in the list of all versions. */
export interface CloudKeyVersion {
  readonly name: string;
  /** Google's name of the state: `ENABLED`, `DESTROY_SCHEDULED`. */
  readonly state: string;
  readonly algorithm: string;
  readonly protectionLevel: string;
  /** Whether the private key was imported. */
  readonly isImported: boolean;
}

/** The declared version whose place an adopted version is to take. */
export interface WantedCloudVersion {
  /** `projects/.../cryptoKeys/K` */
  readonly cryptoKey: string;
  readonly algorithm: Algorithm;
  /** As the program declares it; undefined accepts whatever level the key has. */
  readonly protectionLevel: string | undefined;
}

const USABLE = ["ENABLED", "PENDING_GENERATION"];
const TAKE_OUT = "Remove it from adopt; nothing was imported";

/** The key of a version. */
export function cryptoKeyOf(version: string): string {
  return version.replace(/\/cryptoKeyVersions\/.*$/, "");
}

/** The names of the versions that can sign now or soon. */
export function usableVersions(versions: readonly CloudKeyVersion[]): string[] {
  return versions.filter(({ state }) => USABLE.includes(state)).map(({ name }) => name);
}

/** The versions that hold a private key, including disabled ones. */
export function liveVersions(versions: readonly CloudKeyVersion[]): CloudKeyVersion[] {
  return versions.filter(({ state }) => [...USABLE, "DISABLED"].includes(state));
}

/**
 * Refuses a version whose name shows that it does not belong to the declared key.
 *
 * @throws PkiError `KEY_OWNED`
 */
function requireOwnCryptoKey(name: string, cryptoKey: string): void {
  if (cryptoKeyOf(name) !== cryptoKey) {
    throw new PkiError(
      "KEY_OWNED",
      `${name} is not a version of the declared key ${cryptoKey}`,
      `${TAKE_OUT}. You may use a version of another key through existing`,
    );
  }
}

/** The error for a version of a key that another authority made. */
export function versionOfAnother(name: string): PkiError {
  const cryptoKey = cryptoKeyOf(name);
  return new PkiError(
    "KEY_OWNED",
    `${name} belongs to another authority, according to the label ${OWNER_LABEL} of its key`,
    `${TAKE_OUT}. If that authority is gone for good: gcloud kms keys update ${cryptoKey} --remove-labels ${OWNER_LABEL}, then adopt it`,
  );
}

/**
 * Refuses to adopt a version that cannot be the declared one. `@pulumi/gcp` imports anything.
 *
 * @throws PkiError `KEY_OWNED`, `KEY_NOT_FOUND`, `KEY_UNUSABLE`, `ALGORITHM_UNSUPPORTED`, `KEY_DISABLED`,
 * `KEY_PENDING_DELETION`
 */
export function requireAdoptableVersion(
  name: string,
  versions: readonly CloudKeyVersion[],
  { cryptoKey, algorithm, protectionLevel }: WantedCloudVersion,
): void {
  requireOwnCryptoKey(name, cryptoKey);
  const version = versions.find((each) => each.name === name);
  if (version === undefined) {
    throw new PkiError("KEY_NOT_FOUND", `Cloud KMS has no version ${name}`, TAKE_OUT);
  }
  if (!USABLE.includes(version.state)) {
    refuseVersionState(version.state, name);
  }
  if (version.algorithm !== cloudAlgorithm(algorithm)) {
    throw new PkiError(
      "ALGORITHM_UNSUPPORTED",
      `the key version ${name} signs with ${version.algorithm}, not with ${algorithm}`,
      `${TAKE_OUT}, or choose the algorithm that the version was made for`,
    );
  }
  if (protectionLevel !== undefined && version.protectionLevel !== protectionLevel) {
    throw new PkiError(
      "KEY_UNUSABLE",
      `the key version ${name} has the protection level ${version.protectionLevel}, not ${protectionLevel}`,
      `${TAKE_OUT}, or declare the version's level`,
    );
  }
  if (version.isImported || version.protectionLevel.startsWith("EXTERNAL")) {
    throw new PkiError(
      "KEY_UNUSABLE",
      `the private key of ${name} was not made by Cloud KMS itself`,
      `${TAKE_OUT}. You may use such a version through existing`,
    );
  }
}
