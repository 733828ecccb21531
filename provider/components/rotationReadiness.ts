import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { parseInstant } from "../inputs/instant";
import { type Problem, refuseProblems } from "../inputs/problem";
import { resourceType } from "../resources/lifecycleResource";
import { AUTHORITY_PARTS, generationLabel } from "../rotation/authorityPart";
import type { AuthorityState } from "../rotation/authorityState";
import { checkLateRun } from "../rotation/lateRun";
import type { Rotation } from "../rotation/rotation";
import { checkStateChange, type GenerationStates } from "../rotation/stateChange";
import { keyResource } from "./authorityParts";
import { type AuthoritySettings, rotationOf } from "./authoritySettings";
import { checkExistingRootArgs, settingOf } from "./authorityRotationChecks";
import { describeRoot, isExistingRoot } from "./existingRoot";
import { invalid } from "./keyServiceChecks";
import { plannedUrn, recordedResources, type RecordedResources } from "./recordedResources";
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
  const authority = await plannedUrn(AUTHORITY_TYPE, name, options);
  const find = (type: string, child: string): Readonly<Record<string, unknown>> | undefined =>
    recorded.get(childOf(authority, resourceType(type), child));
  const record = find("RotationRun", `${name}-rotation`);
  const rotation = rotationOf(settings);
  const problems =
    record === undefined
      ? [
          ...checkStateChange(rotation, "rotation", firstStates(name, authority, recorded), state.generations),
          ...checkRootTakenUp(settings, state, find("Certificate", `${name}-root`)),
        ]
      : [
          ...checkRun(rotation, record, state),
          ...checkFixed(settings, record),
          ...checkKnownRoot(settings, find("Certificate", `${name}-root`)),
        ];
  refuseProblems(`CertificateAuthority "${name}"`, problems);
}

/** The URN of a child is that of its parent with another type and name. */
function childOf(parentUrn: string, type: string, name: string): string {
  return `${parentUrn.slice(0, parentUrn.lastIndexOf("::"))}$${type}::${name}`;
}

function checkRun(rotation: Rotation, record: Readonly<Record<string, unknown>>, state: AuthorityState): Problem[] {
  const { schedules, lastRun, generations } = record;
  return schedules === JSON.stringify(rotation.schedules)
    ? checkLateRun(rotation, "rotation", parseInstant(String(lastRun))?.getTime() ?? -Infinity, state.at)
    : checkStateChange(rotation, "rotation", JSON.parse(String(generations)) as GenerationStates, state.generations);
}

/** The engine's own protection would keep a generation from ever going. */
function checkFixed(settings: AuthoritySettings, { fixed }: Readonly<Record<string, unknown>>): Problem[] {
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

/** What is there already of an authority that was never rotated, or whose first run was cut off: each part's generation 0. */
function firstStates(name: string, authority: string, recorded: RecordedResources): GenerationStates {
  const keyTypes = ["SoftKey", "PublicKey", "YubiKeyKey"].map(resourceType);
  const isRecorded = (key: string): boolean => keyTypes.some((type) => recorded.has(childOf(authority, type, key)));
  return Object.fromEntries(
    AUTHORITY_PARTS.filter((part) => isRecorded(keyResource(name, part, 0))).map((part) => [
      generationLabel(part, 0),
      "active" as const,
    ]),
  );
}

/** A root that was made without a rotation stays what it is, so the rotation must know what that is. */
function checkRootTakenUp(
  settings: AuthoritySettings,
  state: AuthorityState,
  recorded: Readonly<Record<string, unknown>> | undefined,
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

function checkKnownRoot(
  { root, rotation }: AuthoritySettings,
  recorded: Readonly<Record<string, unknown>> | undefined,
): Problem[] {
  const certificatePem = recorded?.["certificatePem"];
  return rotation?.existingRoot === undefined || isExistingRoot(root) || typeof certificatePem !== "string"
    ? []
    : checkExistingRootArgs(rotation.existingRoot, certificatePem);
}
