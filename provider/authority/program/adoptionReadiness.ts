import type { ComponentResourceOptions } from "../../pulumi";
import { resourceType } from "../../kms/resourceType";
import type { ExternalIssuer } from "../../resources/certificateArgs";
import { plainValues } from "../../resources/knownInputs";
import { findRecorded, recordedResources } from "../../keySources/recordedResources";
import { childUrns, plannedResource } from "../../keySources/resourceUrns";
import { formatInstant } from "../../words/instant";
import { argumentNaming } from "../../words/argumentNaming";
import type { Problem } from "../../words/problem";
import { hasUnknown } from "../../words/unknown";
import { validityOf } from "../../x509/certificate";
import type { DistinguishedName } from "../../x509/distinguishedName";
import { adoptedText, isAdopted, isToBeReissued } from "./adoptedFacts";
import type { AuthorityPlan } from "../plan";
import type { AuthorityCertificateArgs } from "./authorityArgs";
import { type AuthoritySettings, sourceOf } from "./authoritySettings";
import { isExistingRoot } from "./existingRoot";
import { refuseArguments } from "./refusedArguments";
import { AUTHORITY_TYPE, hasFirstKey } from "./rotationReadiness";

type Part = "root" | "intermediate";

/**
 * Settles when the certificates to adopt are known to be usable now, unless the stack has them already. A certificate that the stack
 * has may have been renewed since.
 *
 * @returns undefined if there is none to adopt
 * @throws PkiError `INPUT_INVALID` with all problems
 */
export function requireAdoptable(
  name: string,
  settings: AuthoritySettings,
  { declared }: AuthorityPlan,
  opts: ComponentResourceOptions | undefined,
): Promise<void> | undefined {
  // A rotation may have left the adopted certificate behind.
  const isDeclared = (part: Part): boolean =>
    declared.some((each) => "kind" in each && each.kind === part && each.subject === 0 && each.issuer === 0);
  const parts = (["root", "intermediate"] as const).filter((part) => isAdopted(settings[part]) && isDeclared(part));
  return parts.length === 0 ? undefined : refuseUnadoptable(name, settings, parts, opts);
}

async function refuseUnadoptable(
  name: string,
  settings: AuthoritySettings,
  parts: readonly Part[],
  opts: ComponentResourceOptions | undefined,
): Promise<void> {
  const { root, now } = settings;
  const recorded = await recordedResources();
  const authority = await plannedResource(AUTHORITY_TYPE, name, opts);
  const isMade = (part: Part): boolean =>
    findRecorded(recorded, childUrns(authority, resourceType("Certificate"), `${name}-${part}`)) !== undefined;
  const isRootToCome = settings.answers === undefined && !isExistingRoot(root) && !isAdopted(root) && !isMade("root");
  refuseArguments(name, [
    ...parts.flatMap((part) => (isMade(part) ? [] : checkNotEnded(settings[part], part, now))),
    ...(parts.includes("intermediate") && isRootToCome ? [issuedByNobody()] : []),
    ...(parts.includes("intermediate") && !isMade("intermediate") && (await isRootToBeRenamed(settings))
      ? [issuedByFormerName()]
      : []),
    ...parts
      .filter((part) => !hasFirstKey(authority, recorded, part))
      .filter((part) => sourceOf(settings, part).namesKey?.(part) === false)
      .map(keyToCome),
  ]);
}

/** The certificate of a key that does not exist yet. */
function keyToCome(part: Part): Problem {
  return {
    code: "ADOPTED_KEY_MISMATCH",
    property: `${part}.adopt`,
    reason: "its key would be made now, so it cannot be the key of a certificate that exists",
    remedy: `Name the key of the certificate: ${argumentNaming().assignment(`keys.adopt.${part}`, "KEY")}`,
  };
}

function checkNotEnded(part: AuthorityCertificateArgs | ExternalIssuer, name: string, now: Date): Problem[] {
  const text = adoptedText(part);
  if (text === undefined || isToBeReissued(part)) {
    return [];
  }
  const { notAfter } = validityOf(text);
  return now < notAfter
    ? []
    : [
        {
          code: "VALIDITY_INVALID",
          property: `${name}.adopt.certificatePem`,
          reason: `it ended on ${formatInstant(notAfter.getTime())}`,
          remedy: `Give the certificate that is in use, or set ${name}.adopt.reissue, so that a new one takes its place`,
        },
      ];
}

/** Whether an adopted root is reissued under another name, and the intermediate is not reissued with it. */
async function isRootToBeRenamed({ root, intermediate }: AuthoritySettings): Promise<boolean> {
  const [text, { subject }] = [adoptedText(root), plainValues(root)];
  if (text === undefined || !isToBeReissued(root) || isToBeReissued(intermediate) || hasUnknown(subject)) {
    return false;
  }
  // Loaded now, because loading takes a while.
  const { isSameName } = await import("../../x509/succession.js");
  const { readIssuer } = await import("../../x509/issuer.js");
  return !isSameName(readIssuer(text).subjectDer, subject as DistinguishedName);
}

function issuedByFormerName(): Problem {
  return {
    code: "ADOPTED_ISSUER_MISMATCH",
    property: "intermediate.adopt",
    reason: "the root would be reissued under another name, and the intermediate names the former one",
    remedy:
      "Reissue the intermediate, too (intermediate.adopt.reissue), or declare the root's name as its certificate says it",
  };
}

function issuedByNobody(): Problem {
  return {
    code: "ADOPTED_ISSUER_MISMATCH",
    property: "intermediate.adopt",
    reason: "the root is yet to be made, so it cannot have issued the intermediate",
    remedy: "Adopt the root, too (root.adopt), or give it as an existing root (root.certificatePem and root.key)",
  };
}
