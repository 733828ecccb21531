import { createRequire } from "node:module";
import type { ExistingRootArgs } from "../rotation/rotation";
import { formatInstant } from "../words/instant";
import { invalid, type Problem } from "../words/problem";
import type * as paths from "../x509/certificationPath";

const NAME = "root.certificatePem";

// Loaded by who has such a root alone: it takes a while.
const load = createRequire(__filename);

/**
 * What a root says of itself, as a rotation wants to know it: of a CA with others above it, what all of them allow.
 *
 * @throws PkiError `INPUT_INVALID` when the text is no certificate
 */
export function describeRoot(certificatePem: string): ExistingRootArgs & { pathLength: number | "unlimited" } {
  const { pathLimits } = load("../x509/certificationPath") as typeof paths;
  const { pathLength, notBefore, notAfter } = pathLimits(certificatePem, NAME);
  return {
    pathLength: pathLength ?? "unlimited",
    notBefore: formatInstant(notBefore.getTime()),
    notAfter: formatInstant(notAfter.getTime()),
  };
}

/**
 * The root above a CA that exists, which clients trust, and what step-ca shows beside its own certificate: the CA and those
 * above it, without the root. A root by itself has nothing beside it.
 */
export function partsOf(certificatePem: string): { root: string; shown: string | undefined } {
  const { certificationPathOf } = load("../x509/certificationPath") as typeof paths;
  const path = certificationPathOf(certificatePem, NAME);
  const root = path.pop()?.toString() ?? certificatePem;
  return { root, shown: path.length === 0 ? undefined : path.join("") };
}

/** What is wrong with what is said of a root that exists, when its certificate is known. */
export function checkExistingRootArgs(given: ExistingRootArgs, certificatePem: string): Problem[] {
  const found = describeRoot(certificatePem);
  const isSame =
    (given.pathLength ?? "unlimited") === found.pathLength &&
    Date.parse(given.notBefore) === Date.parse(found.notBefore) &&
    Date.parse(given.notAfter) === Date.parse(found.notAfter);
  return isSame
    ? []
    : [invalid("rotation.existingRoot", "it is not what the root's certificate says", settingOf(found))];
}

/** How a root that exists is told to a rotation. */
export function settingOf({ pathLength, notBefore, notAfter }: ExistingRootArgs): string {
  return `Set rotation.existingRoot = ${JSON.stringify({ pathLength, notBefore, notAfter })}`;
}
