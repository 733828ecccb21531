import { PkiError } from "../../../errors";
import { invalid, type Problem } from "../../../words/problem";
import { isKnownChange, UNKNOWN } from "../../../words/unknown";
import { cloudAlgorithm } from "../cloudAlgorithms";
import { parseCloudKey } from "../cloudKeyUri";
import type { CryptoKeyTraits } from "../cloudkms";
import type { PlannedKey } from "../../../authority/plannedKey";

/** The wanted settings of a key in Cloud KMS. */
export interface WantedCloudKey {
  /** `projects/.../keyRings/R`. */
  readonly keyRing: string;
  /** As the program gives it; undefined if it gives none. */
  readonly protectionLevel: string | undefined;
  readonly destroyScheduledDuration: string | undefined;
  /** The existing version that is named in its place. */
  readonly existing: string | undefined;
}

/**
 * Finds changes of settings that Google fixes with a key in the state. The engine would destroy the key's versions, and
 * Google would refuse to make a key with the same name.
 *
 * @param recorded the outputs of the resource that made the key
 */
export function checkRecordedCloudKey(
  { role, protectShared }: PlannedKey,
  recorded: Readonly<Record<string, unknown>> | undefined,
  { existing, ...wanted }: WantedCloudKey,
): Problem[] {
  if (recorded === undefined) {
    return [];
  }
  const { keyRing, versionTemplate, destroyScheduledDuration } = recorded;
  const name = `${String(keyRing)}/cryptoKeys/${role}`;
  if (existing !== undefined) {
    return checkNotOwn(existing, role, name);
  }
  if (isKnownChange(keyRing, wanted.keyRing)) {
    return protectShared ? [otherRing(String(keyRing))] : [];
  }
  const { protectionLevel } = (versionTemplate ?? {}) as { readonly protectionLevel?: string };
  const level = wanted.protectionLevel ?? "SOFTWARE";
  return [
    ...(protectionLevel !== undefined && isKnownChange(protectionLevel, level)
      ? [fixed(`protectionLevel.${role}`, name, protectionLevel)]
      : []),
    ...(isOtherDuration(destroyScheduledDuration, wanted.destroyScheduledDuration)
      ? [fixed("destroyScheduledDuration", name, String(destroyScheduledDuration))]
      : []),
  ];
}

/**
 * Checks that a new version of an existing key would match the settings.
 *
 * @param describe asks Google for the key
 */
export async function checkExistingCloudKey(
  { role, algorithm }: PlannedKey,
  name: string,
  protectionLevel: string | undefined,
  describe: (name: string) => Promise<CryptoKeyTraits>,
): Promise<Problem[]> {
  const property = `keys.existing.cryptoKeys.${role}`;
  const wanted = cloudAlgorithm(algorithm);
  const found = await orProblem(() => describe(name), property);
  if ("code" in found) {
    return [found];
  }
  if (found.purpose !== "ASYMMETRIC_SIGN" || found.importOnly) {
    const purpose = found.importOnly ? "takes imported versions only" : `has the purpose ${found.purpose}`;
    return [invalid(property, `${name} ${purpose}, so it cannot have a new version that signs`, "Name another key")];
  }
  return [
    ...(found.algorithm === wanted
      ? []
      : [
          invalid(
            property,
            `new versions of ${name} are for ${found.algorithm}, not ${wanted ?? ""}`,
            `Set the other algorithm, or change the key: gcloud kms keys update ${name} --default-algorithm ...`,
          ),
        ]),
    ...checkHardware(role, name, protectionLevel, found.protectionLevel),
  ];
}

/** The same for an existing version. Only its protection level can differ. */
export async function checkExistingCloudVersion(
  { role }: PlannedKey,
  name: string,
  protectionLevel: string | undefined,
  levelOf: (name: string) => Promise<string>,
): Promise<Problem[]> {
  if (protectionLevel !== "HSM") {
    return [];
  }
  const found = await orProblem(async () => ({ level: await levelOf(parseCloudKey(name)) }), `keys.existing.${role}`);
  return "code" in found ? [found] : checkHardware(role, name, protectionLevel, found.level);
}

/** Checks the protection level. A key in hardware where software would do is fine. */
function checkHardware(role: string, name: string, wanted: string | undefined, found: string): Problem[] {
  return wanted === "HSM" && found !== "HSM"
    ? [
        invalid(
          `keys.protectionLevel.${role}`,
          `${name} exists and has the protection level ${found}, which Google fixed when it was made`,
          "Set that level, or use another key",
        ),
      ]
    : [];
}

function checkNotOwn(existing: string, role: string, ownKey: string): Problem[] {
  return existing.includes(`${ownKey}/cryptoKeyVersions/`)
    ? [
        invalid(
          `keys.existing.${role}`,
          `this stack has ${ownKey} in its state, and would destroy all of its versions if one were named here`,
          "Omit it",
        ),
      ]
    : [];
}

function otherRing(keyRing: string): Problem {
  return invalid(
    "keys.keyRing",
    `the keys of this stack are in ${keyRing}, and a key of Cloud KMS can never be moved`,
    "Restore project, location and keyRing. For new keys and certificates, run pulumi up with deletionProtection " +
      "off, and then again with the new settings",
  );
}

function fixed(setting: string, name: string, value: string): Problem {
  return invalid(
    `keys.${setting}`,
    `Google fixed it when ${name} was made, with ${value}, and neither changes nor deletes that key`,
    "Restore that setting. For new keys and certificates, also choose another keyRing (with deletionProtection off)",
  );
}

/** Whether a recorded duration differs from the wanted one. Google chooses one if none is set. */
function isOtherDuration(recorded: unknown, wanted: string | undefined): boolean {
  return (
    typeof recorded === "string" &&
    wanted !== undefined &&
    wanted !== UNKNOWN &&
    parseFloat(recorded) !== parseFloat(wanted)
  );
}

async function orProblem<Answer extends object>(
  ask: () => Promise<Answer>,
  property: string,
): Promise<Answer | Problem> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof PkiError) {
      return { code: error.code, property, reason: error.reason, remedy: error.remedy };
    }
    throw error;
  }
}
