import type { X509Certificate } from "node:crypto";
import { createRequire } from "node:module";
import { fitsAlgorithm, isAlgorithm } from "../../kms/algorithms";
import { plainValues } from "../../resources/knownInputs";
import { type Problem, problemsOf } from "../../words/problem";
import { UNKNOWN } from "../../words/unknown";
import { readCertificate } from "../../x509/certificate";
import type * as paths from "../../x509/certificationPath";
import { certificatePem } from "../../x509/pem";
import { adoptedText, isToBeReissued } from "./adoptedFacts";
import type { AuthoritySettings } from "./authoritySettings";
import { isExistingRoot } from "./existingRoot";

// Loaded only for a certificate that exists, because loading takes a while.
const load = createRequire(__filename);
const path = (): typeof paths => load("../../x509/certificationPath") as typeof paths;

/**
 * Finds why adopted certificates are unusable, as far as they are known, before anything is made. Their dates are checked when they
 * are adopted, because a renewed certificate may take their places.
 */
export function checkAdoptedCertificates({ root, intermediate, algorithm }: AuthoritySettings): Problem[] {
  const [rootName, intermediateName] = ["root.adopt.certificatePem", "intermediate.adopt.certificatePem"] as const;
  const [rootText, text] = [adoptedText(root), adoptedText(intermediate)];
  const problems = [
    ...(rootText === undefined
      ? []
      : problemsOf(() => {
          path().requireIssuingPath(certificatePem(rootText, rootName), rootName, undefined);
        }, rootName)),
    ...(text === undefined
      ? []
      : problemsOf(() => {
          path().requireCa(certificatePem(text, intermediateName), intermediateName);
        }, intermediateName)),
  ];
  if (problems.length > 0) {
    return problems;
  }
  return [
    ...checkAlgorithmOf(rootText, algorithm, rootName),
    ...checkAlgorithmOf(text, algorithm, intermediateName),
    ...(text === undefined ? [] : checkIssuedBelow(text, isToBeReissued(intermediate), root, intermediateName)),
  ];
}

function checkAlgorithmOf(text: string | undefined, algorithm: unknown, property: string): Problem[] {
  return text === undefined || !isAlgorithm(algorithm) || fitsAlgorithm(readCertificate(text).publicKey, algorithm)
    ? []
    : [
        {
          code: "ADOPTED_KEY_MISMATCH",
          property,
          reason: `its key does not sign with ${algorithm}`,
          remedy: "Set algorithm to that of its key, or give another certificate",
        },
      ];
}

/**
 * Checks an adopted intermediate against a root that is known, which may be an existing one. For one that is to be reissued, only the
 * root's key counts.
 */
function checkIssuedBelow(
  text: string,
  isReissued: boolean,
  root: AuthoritySettings["root"],
  property: string,
): Problem[] {
  const above = isExistingRoot(root) ? plainValues(root)["certificatePem"] : adoptedText(root);
  if (typeof above !== "string" || above === UNKNOWN) {
    return [];
  }
  const { isIssuedBy, isSignedBy } = path();
  const isBelow = (own: X509Certificate, issuer: X509Certificate): boolean =>
    isReissued ? isSignedBy(own, issuer.publicKey) : isIssuedBy(own, issuer);
  return problemsOf(() => certificatePem(above, ""), "").length > 0 ||
    isBelow(readCertificate(text), readCertificate(above))
    ? []
    : [
        {
          code: "ADOPTED_ISSUER_MISMATCH",
          property,
          reason: "the root did not issue it",
          remedy: "Give the intermediate and the root of one CA",
        },
      ];
}
