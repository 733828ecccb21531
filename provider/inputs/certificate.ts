import { PROFILES, type ProfileName } from "../x509/profiles";
import { checkCrossCertificate } from "./crossCertificate";
import { checkExtendedKeyUsages, checkKeyUsages, checkPathLength } from "./extensions";
import type { Problem } from "../words/problem";
import { checkSubject } from "./subject";
import { checkSubjectAlternativeNames, NAME_KINDS } from "./subjectAlternativeNames";
import { checkAccessLocations } from "./urls";
import { hasUnknown, UNKNOWN } from "../words/unknown";
import { checkValidity } from "./validity";

/** The recorded declaration of a certificate that the program only reads. */
export const DECLARED_ELSEWHERE = "";

/** Checks everything that can be checked of a certificate before it is issued. Unknown values are skipped. */
export function checkCertificate(inputs: Readonly<Record<string, unknown>>, now: Date): Problem[] {
  const { profile } = inputs;
  if (!isProfile(profile)) {
    return profile === UNKNOWN
      ? []
      : [
          {
            code: "INPUT_INVALID",
            property: "profile",
            reason: `${JSON.stringify(profile)} is not a profile`,
            remedy: `Choose one of ${Object.keys(PROFILES).join(", ")}`,
          },
        ];
  }
  const { ca, validitySeconds } = PROFILES[profile];
  const isCross = profile === "cross";
  const hasNames = NAME_KINDS.some((kind) => hasUnknown(inputs[kind]) || isFilled(inputs[kind]));
  return [
    ...checkSubject(inputs["subject"], "subject", !isCross && (ca || !hasNames)),
    ...checkCrossCertificate(inputs),
    ...checkPathLength(inputs["pathLength"], "pathLength"),
    ...checkPathLengthOfLeaf(inputs["pathLength"], ca),
    ...checkKeyUsages(inputs["keyUsages"], "keyUsages"),
    ...checkUsagesOfCa(inputs["keyUsages"], ca),
    ...checkExtendedKeyUsages(inputs["extendedKeyUsages"], "extendedKeyUsages"),
    ...checkSubjectAlternativeNames(inputs),
    ...checkAccessLocations(inputs),
    ...checkValidity(inputs, validitySeconds, now),
  ];
}

function isProfile(value: unknown): value is ProfileName {
  return typeof value === "string" && Object.hasOwn(PROFILES, value);
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function checkPathLengthOfLeaf(pathLength: unknown, ca: boolean): Problem[] {
  return ca || pathLength === undefined || pathLength === UNKNOWN
    ? []
    : [
        {
          code: "PATH_LENGTH_VIOLATED",
          property: "pathLength",
          reason: "a leaf cannot have a path length",
          remedy: "Omit it, or choose the profile of a CA",
        },
      ];
}

function checkUsagesOfCa(keyUsages: unknown, ca: boolean): Problem[] {
  if (
    !Array.isArray(keyUsages) ||
    keyUsages.length === 0 ||
    hasUnknown(keyUsages) ||
    keyUsages.includes("keyCertSign") === ca
  ) {
    return [];
  }
  return [
    {
      code: "EXTENSION_INVALID",
      property: "keyUsages",
      reason: ca
        ? "a CA without keyCertSign cannot issue"
        : "only a CA may have keyCertSign (RFC 5280, section 4.2.1.3)",
      remedy: ca ? 'Add "keyCertSign"' : 'Remove "keyCertSign", or choose the profile of a CA',
    },
  ];
}
