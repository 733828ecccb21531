import { PkiError } from "../../errors";
import type { Algorithm } from "../algorithms";
import { cloudAlgorithm } from "./cloudAlgorithms";
import { refuseVersionState } from "./cloudkmsErrors";
import { OWNER_LABEL } from "./cloudOwnerLabel";

/** A version of a key as the list of all of them tells it. */
export interface CloudKeyVersion {
  readonly name: string;
  /** What Google calls it: `ENABLED`, `DESTROY_SCHEDULED`. */
  readonly state: string;
  readonly algorithm: string;
  readonly protectionLevel: string;
  /** Whether the private key came from outside. */
  readonly isImported: boolean;
}

/** The version that a program declares, into whose place another shall come. */
export interface WantedCloudVersion {
  /** `projects/.../cryptoKeys/K` */
  readonly cryptoKey: string;
  readonly algorithm: Algorithm;
  /** As the program says; whatever the key has when it says nothing. */
  readonly protectionLevel: string | undefined;
}

const USABLE = ["ENABLED", "PENDING_GENERATION"];
const TAKE_OUT = "Take it out of adopt; nothing was imported";

/** The key of a version. */
export function cryptoKeyOf(version: string): string {
  return version.replace(/\/cryptoKeyVersions\/.*$/, "");
}

/** The names of the versions that can sign or soon can. */
export function usableVersions(versions: readonly CloudKeyVersion[]): string[] {
  return versions.filter(({ state }) => USABLE.includes(state)).map(({ name }) => name);
}

/** The versions that hold a private key, one that is disabled too. */
export function liveVersions(versions: readonly CloudKeyVersion[]): CloudKeyVersion[] {
  return versions.filter(({ state }) => [...USABLE, "DISABLED"].includes(state));
}

/**
 * Refuses a version whose name already says that it is none of the declared key.
 *
 * @throws PkiError `KEY_OWNED`
 */
function requireOwnCryptoKey(name: string, cryptoKey: string): void {
  if (cryptoKeyOf(name) !== cryptoKey) {
    throw new PkiError(
      "KEY_OWNED",
      `${name} is no version of ${cryptoKey}, which is the key that is declared`,
      `${TAKE_OUT}. A version of another key may be named in existing`,
    );
  }
}

/** The refusal of a version of a key that another authority made. */
export function versionOfAnother(name: string): PkiError {
  const cryptoKey = cryptoKeyOf(name);
  return new PkiError(
    "KEY_OWNED",
    `${name} belongs to another authority, as the label ${OWNER_LABEL} of its key says`,
    `${TAKE_OUT}. If that authority is gone for good: gcloud kms keys update ${cryptoKey} --remove-labels ${OWNER_LABEL}, then adopt it`,
  );
}

/**
 * Refuses to take into a stack what cannot be the version that it declares. `@pulumi/gcp` imports anything.
 *
 * @throws PkiError `KEY_OWNED`, `KEY_NOT_FOUND`, `KEY_UNUSABLE`, `ALGORITHM_UNSUPPORTED`, `KEY_DISABLED`, `KEY_PENDING_DELETION`
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
      `${TAKE_OUT}. Or choose the algorithm that the version was made for`,
    );
  }
  if (protectionLevel !== undefined && version.protectionLevel !== protectionLevel) {
    throw new PkiError(
      "KEY_UNUSABLE",
      `the key version ${name} has the protection level ${version.protectionLevel}, not ${protectionLevel}`,
      `${TAKE_OUT}. Or declare the level that it has`,
    );
  }
  if (version.isImported || version.protectionLevel.startsWith("EXTERNAL")) {
    throw new PkiError(
      "KEY_UNUSABLE",
      `the private key of ${name} was not made by Cloud KMS itself`,
      `${TAKE_OUT}. Such a version may be named in existing`,
    );
  }
}
