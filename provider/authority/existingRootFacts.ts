import { createRequire } from "node:module";
import type { ExistingIntermediateArgs, ExistingRootArgs } from "../rotation/rotation";
import { argumentNaming } from "../words/argumentNaming";
import { formatInstant } from "../words/instant";
import { invalid, type Problem } from "../words/problem";
import { validityOf } from "../x509/certificate";
import type * as paths from "../x509/certificationPath";

const NAME = "root.certificatePem";

// Loaded only for an existing root, because loading takes a while.
const load = createRequire(__filename);

/**
 * The facts about an existing root that a rotation needs. For a CA with others above it, the limits of all of them.
 *
 * @throws PkiError `INPUT_INVALID` if the text is not a certificate
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

/** The facts about an adopted intermediate that a rotation needs. Throws as {@link describeRoot}. */
export function describeIntermediate(certificatePem: string): ExistingIntermediateArgs {
  const { notBefore, notAfter } = validityOf(certificatePem);
  return { notBefore: formatInstant(notBefore.getTime()), notAfter: formatInstant(notAfter.getTime()) };
}

/**
 * The root above an existing CA, which clients trust, and the certificates that step-ca shows in addition to its own:
 * the CA and those above it, without the root. For a root itself there are none.
 */
export function pathPartsOf(certificatePem: string): { root: string; shown: string | undefined } {
  const { certificationPathOf } = load("../x509/certificationPath") as typeof paths;
  const path = certificationPathOf(certificatePem, NAME);
  const root = path.pop()?.toString() ?? certificatePem;
  return { root, shown: path.length === 0 ? undefined : path.join("") };
}

/** Checks the given facts about an existing root against its certificate, if that is known. */
export function checkExistingRootArgs(given: ExistingRootArgs, certificatePem: string): Problem[] {
  const found = describeRoot(certificatePem);
  const isSame =
    (given.pathLength ?? "unlimited") === found.pathLength &&
    Date.parse(given.notBefore) === Date.parse(found.notBefore) &&
    Date.parse(given.notAfter) === Date.parse(found.notAfter);
  return isSame ? [] : [invalid("rotation.existingRoot", "it differs from the root's certificate", rootRemedy(found))];
}

/** Tells how to give a rotation the facts about an existing root. */
export function rootRemedy({ pathLength, notBefore, notAfter }: ExistingRootArgs): string {
  return argumentNaming().remedyOf("rotation.existingRoot", { pathLength, notBefore, notAfter });
}

/** Tells how to give a rotation the facts about an adopted intermediate. */
export function intermediateRemedy(facts: ExistingIntermediateArgs): string {
  return argumentNaming().remedyOf("rotation.existingIntermediate", facts);
}
