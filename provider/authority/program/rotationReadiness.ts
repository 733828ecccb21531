import { kmsRegistry } from "../../kms/registry/registry";
import type { ComponentResourceOptions } from "../../pulumi";
import { parseInstant } from "../../words/instant";
import type { ExternalIssuer } from "../../resources/certificateArgs";
import { settledValues } from "../../resources/knownInputs";
import { resourceType } from "../../kms/resourceType";
import { AUTHORITY_PARTS, type AuthorityPart } from "../../rotation/authorityPart";
import type { GenerationStates } from "../../rotation/generationStates";
import type { RotationArgs } from "../../rotation/rotation";
import {
  findRecorded,
  type RecordedOutputs,
  recordedResources,
  type RecordedResources,
} from "../../keySources/recordedResources";
import { childUrns, type KnownResource, plannedResource } from "../../keySources/resourceUrns";
import { keyResource } from "../keyNames";
import type { AuthorityPlan } from "../plan";
import { type FixedSettings, type RecordedAuthority, recordedProblems } from "../recordedProblems";
import { adoptedText, isAdopted } from "./adoptedFacts";
import type { AuthorityCertificateArgs } from "./authorityArgs";
import type { AuthoritySettings } from "./authoritySettings";
import { fixedSettings, runResource } from "./rotationRecord";
import { refuseArguments } from "./refusedArguments";

/** The type by which the engine knows the authority. */
export const AUTHORITY_TYPE = "kms-pki:index:CertificateAuthority";

/**
 * Settles when the last run's record has shown that the authority may become what the rotation declares.
 *
 * @throws PkiError `INPUT_INVALID` with `ROTATION_LATE` for a run that would break live certificates, and with the
 * problems of an existing authority that starts a rotation; `KEY_COMPROMISED` for a compromised generation that is to return
 */
export async function requireRotatable(
  name: string,
  settings: AuthoritySettings,
  plan: AuthorityPlan,
  opts: ComponentResourceOptions | undefined,
): Promise<void> {
  const recorded = await recordedResources();
  const authority = await plannedResource(AUTHORITY_TYPE, name, opts);
  const { fixed } = await settledValues({ fixed: fixedSettings(settings) });
  refuseArguments(name, recordedProblems(settings, plan, fixed, recordedAuthority(authority, recorded, settings)));
}

function recordedAuthority(
  authority: KnownResource,
  recorded: RecordedResources,
  { root, intermediate }: AuthoritySettings,
): RecordedAuthority {
  const { name } = authority;
  const find = (type: string, child: string): RecordedOutputs | undefined =>
    findRecorded(recorded, childUrns(authority, resourceType(type), child));
  const run = find("RotationRun", runResource(name));
  const pemOf = (
    part: "root" | "intermediate",
    args: AuthorityCertificateArgs | ExternalIssuer,
  ): string | undefined => {
    const pem = find("Certificate", `${name}-${part}`)?.["certificatePem"];
    return typeof pem === "string" ? pem : adoptedText(args);
  };
  return {
    run: run && {
      lastRun: parseInstant(String(run["lastRun"]))?.getTime() ?? -Infinity,
      rotation: JSON.parse(String(run["rotation"])) as RotationArgs,
      generations: JSON.parse(String(run["generations"])) as GenerationStates,
      fixed: JSON.parse(String(run["fixed"])) as FixedSettings,
    },
    hasKeys: isAdopted(root) || isAdopted(intermediate) || isMade(authority, recorded),
    rootPem: pemOf("root", root),
    intermediatePem: pemOf("intermediate", intermediate),
  };
}

/**
 * Whether there is an authority that was never rotated, or whose first run was interrupted. It has keys of generation 0.
 */
function isMade(authority: KnownResource, recorded: RecordedResources): boolean {
  return AUTHORITY_PARTS.some((part) => hasFirstKey(authority, recorded, part));
}

/** Whether an authority has its key of generation 0 of a part. */
export function hasFirstKey(authority: KnownResource, recorded: RecordedResources, part: AuthorityPart): boolean {
  const types = [...new Set(kmsRegistry.all.map(({ keyResource }) => resourceType(keyResource)))];
  const urns = types.flatMap((type) => childUrns(authority, type, keyResource(authority.name, part, 0)));
  return findRecorded(recorded, urns) !== undefined;
}
