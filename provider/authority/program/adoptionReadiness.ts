import type { ComponentResourceOptions } from "../../pulumi";
import { resourceType } from "../../kms/resourceType";
import type { ExternalIssuer } from "../../resources/certificateArgs";
import { plainValues } from "../../resources/knownInputs";
import { findRecorded, recordedResources } from "../../keySources/recordedResources";
import { childUrns, plannedResource } from "../../keySources/resourceUrns";
import { formatInstant } from "../../words/instant";
import type { Problem } from "../../words/problem";
import { validityOf } from "../../x509/certificate";
import { adoptedText, isAdopted } from "./adoptedFacts";
import type { AuthorityCertificateArgs } from "./authorityArgs";
import type { AuthoritySettings } from "./authoritySettings";
import { isExistingRoot } from "./existingRoot";
import { refuseArguments } from "./refusedArguments";
import { AUTHORITY_TYPE } from "./rotationReadiness";

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
  opts: ComponentResourceOptions | undefined,
): Promise<void> | undefined {
  return isAdopted(settings.root) || isAdopted(settings.intermediate)
    ? refuseUnadoptable(name, settings, opts)
    : undefined;
}

async function refuseUnadoptable(
  name: string,
  { root, intermediate, now }: AuthoritySettings,
  opts: ComponentResourceOptions | undefined,
): Promise<void> {
  const recorded = await recordedResources();
  const authority = await plannedResource(AUTHORITY_TYPE, name, opts);
  const isMade = (part: "root" | "intermediate"): boolean =>
    findRecorded(recorded, childUrns(authority, resourceType("Certificate"), `${name}-${part}`)) !== undefined;
  const isRootToCome = !isExistingRoot(root) && !isAdopted(root) && !isMade("root");
  refuseArguments(name, [
    ...(isMade("root") ? [] : checkNotEnded(root, "root", now)),
    ...(isMade("intermediate") ? [] : checkNotEnded(intermediate, "intermediate", now)),
    ...(isAdopted(intermediate) && isRootToCome ? [issuedByNobody()] : []),
  ]);
}

function checkNotEnded(part: AuthorityCertificateArgs | ExternalIssuer, name: string, now: Date): Problem[] {
  const text = adoptedText(part);
  const { adopt } = plainValues(part);
  if (text === undefined || (adopt as { readonly reissue?: unknown }).reissue === true) {
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

function issuedByNobody(): Problem {
  return {
    code: "ADOPTED_ISSUER_MISMATCH",
    property: "intermediate.adopt",
    reason: "the root is yet to be made, so it cannot have issued the intermediate",
    remedy: "Adopt the root, too (root.adopt), or give it as an existing root (root.certificatePem and root.key)",
  };
}
