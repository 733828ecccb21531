import { kmsRegistry } from "../kms/registry/registry";
import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { parseInstant } from "../words/instant";
import { type Problem, refuseProblems } from "../words/problem";
import { resourceType } from "../kms/resourceType";
import { AUTHORITY_PARTS } from "../rotation/authorityPart";
import type { AuthorityState } from "../rotation/authorityState";
import { checkLateRun } from "../rotation/lateRun";
import { readRotation, type Rotation, type RotationArgs } from "../rotation/rotation";
import { checkRotation } from "../rotation/rotationRules";
import { longerLeaves } from "./authorityLeaves";
import { keyResource } from "../keySources/authorityParts";
import { type AuthoritySettings, rotationOf } from "./authoritySettings";
import { checkExistingRootArgs, settingOf } from "./authorityRotationChecks";
import { describeRoot, isExistingRoot } from "./existingRoot";
import { invalid } from "../keySources/keyServiceChecks";
import {
  findRecorded,
  type RecordedOutputs,
  recordedResources,
  type RecordedResources,
} from "../keySources/recordedResources";
import { childUrns, type KnownResource, plannedResource } from "../keySources/resourceUrns";
import { fixedSettings } from "./rotationRecord";

/** The type by which the engine knows the authority. */
export const AUTHORITY_TYPE = "kms-pki:index:CertificateAuthority";

/**
 * Settles when it is known, from what the last run recorded, that the authority may become what the rotation says.
 *
 * @throws PkiError `INPUT_INVALID` with `ROTATION_LATE` for a run that would break live certificates, and with what is wrong
 * when an authority that exists takes up a rotation
 */
export async function requireRotatable(
  name: string,
  settings: AuthoritySettings,
  state: AuthorityState,
  options: ComponentResourceOptions | undefined,
): Promise<void> {
  const recorded = await recordedResources();
  const authority = await plannedResource(AUTHORITY_TYPE, name, options);
  const find = (type: string, child: string): RecordedOutputs | undefined =>
    findRecorded(recorded, childUrns(authority, resourceType(type), child));
  const record = find("RotationRun", `${name}-rotation`);
  const rotation = rotationOf(settings);
  const problems =
    record === undefined
      ? [
          ...checkTakenUp(rotation, state, isMade(authority, recorded)),
          ...checkRootTakenUp(settings, state, find("Certificate", `${name}-root`)),
        ]
      : [
          ...checkRun(settings, record, state),
          ...checkFixed(settings, record),
          ...checkKnownRoot(settings, find("Certificate", `${name}-root`)),
        ];
  refuseProblems(`CertificateAuthority "${name}"`, problems);
}

/** What the last run left is judged by the rotation that it had, in case that was changed since. */
function checkRun(settings: AuthoritySettings, record: RecordedOutputs, state: AuthorityState): Problem[] {
  const lastRun = parseInstant(String(record["lastRun"]))?.getTime() ?? -Infinity;
  const previous = JSON.parse(String(record["rotation"])) as RotationArgs;
  const late = checkLateRun(rotationOf(settings), "rotation", lastRun, state.at, readRotation(previous));
  // Leaves of the ca.json before this one live as long as that allowed.
  const short = checkRotation(longerLeaves(settings.rotation ?? {}, previous), "rotation", settings.now);
  return late.length > 0 ? late : short;
}

/** An authority that exists has used generation 0 of everything until now. */
function checkTakenUp(rotation: Rotation, { at }: AuthorityState, exists: boolean): Problem[] {
  return exists ? checkLateRun(rotation, "rotation", at, at, readRotation({})) : [];
}

/** The engine's own protection would keep a generation from ever going. */
function checkFixed(settings: AuthoritySettings, { fixed }: RecordedOutputs): Problem[] {
  const [before, now] = [JSON.parse(String(fixed)) as Record<string, unknown>, fixedSettings(settings)];
  const changed = Object.entries(now).filter(
    ([part, value]) => part in before && JSON.stringify(before[part]) !== JSON.stringify(value),
  );
  return settings.protect
    ? changed.map(([part]) =>
        invalid(
          "deletionProtection",
          `the keys of ${part} were made with other settings (${JSON.stringify(before[part])}), and with these all of them would be replaced`,
          "Set those back; or, to give up these keys and their certificates, turn deletionProtection off for an up",
        ),
      )
    : [];
}

/** Whether there is an authority that was never rotated, or whose first run was cut off: it has keys of generation 0. */
function isMade(authority: KnownResource, recorded: RecordedResources): boolean {
  const types = [...new Set(kmsRegistry.all.map(({ keyResource }) => resourceType(keyResource)))];
  const urns = AUTHORITY_PARTS.flatMap((part) =>
    types.flatMap((type) => childUrns(authority, type, keyResource(authority.name, part, 0))),
  );
  return findRecorded(recorded, urns) !== undefined;
}

/** A root that was made without a rotation stays what it is, so the rotation must know what that is. */
function checkRootTakenUp(
  settings: AuthoritySettings,
  state: AuthorityState,
  recorded: RecordedOutputs | undefined,
): Problem[] {
  const scheduled = state.certificates.find(({ kind, subject }) => kind === "root" && subject === 0);
  const certificatePem = recorded?.["certificatePem"];
  const given = settings.rotation?.existingRoot;
  if (scheduled === undefined || isExistingRoot(settings.root)) {
    return [];
  }
  if (typeof certificatePem !== "string") {
    return given === undefined
      ? []
      : [invalid("rotation.existingRoot", "this stack has not made a root yet", "Leave it out")];
  }
  if (given !== undefined) {
    return checkExistingRootArgs(given, certificatePem);
  }
  const found = describeRoot(certificatePem);
  const isAsScheduled =
    scheduled.notAfter === undefined ||
    (found.pathLength === scheduled.pathLength && Date.parse(found.notAfter) === Date.parse(scheduled.notAfter));
  return isAsScheduled
    ? []
    : [
        invalid(
          "rotation.existingRoot",
          "the root was made without a rotation, and would be issued anew with another end and path length",
          settingOf(found),
        ),
      ];
}

function checkKnownRoot({ root, rotation }: AuthoritySettings, recorded: RecordedOutputs | undefined): Problem[] {
  const certificatePem = recorded?.["certificatePem"];
  return rotation?.existingRoot === undefined || isExistingRoot(root) || typeof certificatePem !== "string"
    ? []
    : checkExistingRootArgs(rotation.existingRoot, certificatePem);
}
