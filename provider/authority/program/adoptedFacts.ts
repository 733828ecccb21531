import { isReissueAsked } from "../../inputs/adoption";
import type { CertificateArgs, ExternalIssuer } from "../../resources/certificateArgs";
import { plainValues } from "../../resources/knownInputs";
import type { RotationArgs } from "../../rotation/rotation";
import { UNKNOWN } from "../../words/unknown";
import { certificatePem } from "../../x509/pem";
import { describeIntermediate, describeRoot } from "../existingRootFacts";
import type { AuthorityCertificateArgs } from "./authorityArgs";

type Part = AuthorityCertificateArgs | ExternalIssuer;

/** Whether the root or the intermediate is a certificate that exists and becomes the authority's own. */
export function isAdopted(part: Part): part is AuthorityCertificateArgs {
  return "adopt" in part && part.adopt !== undefined;
}

/** The certificate that a part adopts, as given; undefined if there is none or it is known only later. */
export function adoptedText(part: Part): string | undefined {
  const { adopt } = isAdopted(part) ? plainValues(part) : {};
  const text =
    typeof adopt === "object" && adopt !== null ? (adopt as Record<string, unknown>)["certificatePem"] : undefined;
  return typeof text === "string" && text !== UNKNOWN ? text : undefined;
}

/** Whether the certificate that a part adopts is to be reissued, as far as that is known. */
export function isToBeReissued(part: Part): boolean {
  return isReissueAsked(plainValues(part)["adopt"]);
}

/**
 * The facts about adopted certificates that a rotation needs. A text that is no certificate has none, and a check reports it. A root
 * that does not rotate is renewed like any other.
 */
export function adoptedFacts(
  rotation: RotationArgs,
  { root, intermediate }: { readonly root: Part; readonly intermediate: Part },
): Pick<RotationArgs, "existingRoot" | "existingIntermediate"> {
  const described = <Facts>(part: Part, facts: (pem: string) => Facts): Facts[] => {
    const text = adoptedText(part);
    try {
      return text === undefined ? [] : [facts(certificatePem(text, ""))];
    } catch {
      return [];
    }
  };
  const [existingRoot] = rotation.root === undefined ? [] : described(root, describeRoot);
  const [existingIntermediate] = described(intermediate, describeIntermediate);
  return {
    ...(existingRoot === undefined ? {} : { existingRoot }),
    ...(existingIntermediate === undefined ? {} : { existingIntermediate }),
  };
}

/**
 * The adoption of the first root or intermediate. In a rotation, a root also keeps its path length and dates if a setting changes or
 * it is reissued, because the schedules count on them. Those of an intermediate are in the plan.
 */
export function adoptionOf(
  kind: "root" | "intermediate",
  {
    madeRoot,
    intermediate,
    rotation,
  }: {
    readonly madeRoot: AuthorityCertificateArgs;
    readonly intermediate: AuthorityCertificateArgs;
    readonly rotation: RotationArgs | undefined;
  },
): Pick<CertificateArgs, "adopt" | "pathLength" | "notBefore" | "notAfter"> {
  const { adopt } = kind === "root" ? madeRoot : intermediate;
  const { existingRoot } = rotation ?? {};
  if (kind !== "root" || rotation?.root === undefined || existingRoot === undefined || adopt === undefined) {
    return { adopt };
  }
  const { pathLength, notBefore, notAfter } = existingRoot;
  return { adopt, pathLength, notBefore, notAfter };
}
