import { LINT_PROFILES } from "../x509/lint/rule";
import { PROFILES, type ProfileName } from "../x509/profiles";
import { checkAdoption } from "./adoption";
import { checkSwitch } from "./form";
import { checkCrossCertificate } from "./crossCertificate";
import { checkCustomExtensions, checkOtherNames, checkTlsFeatures } from "./customExtensions";
import { checkExtendedKeyUsages, checkKeyUsages, checkPathLength, extensionProblem } from "./extensions";
import { checkNameConstraints } from "./nameConstraints";
import { checkNamesAbove } from "./namesAbove";
import { checkPolicies, checkPolicyConstraints, checkSkippedCas } from "./policies";
import { invalid, type Problem } from "../words/problem";
import { checkSubject } from "./subject";
import { checkSubjectAlternativeNames, NAME_KINDS } from "./subjectAlternativeNames";
import { checkAccessLocations } from "./urls";
import { hasUnknown, UNKNOWN } from "../words/unknown";
import { checkValidity } from "./validity";
import { checkWithdrawal } from "./withdrawal";

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
  const has = (name: string): boolean => hasUnknown(inputs[name]) || isFilled(inputs[name]);
  const hasNames = NAME_KINDS.some(has) || has("otherNames");
  return [
    ...checkSubject(inputs["subject"], "subject", !isCross && (ca || !hasNames)),
    ...checkCrossCertificate(inputs),
    ...checkSwitch(inputs["mayBeginEarlier"], "mayBeginEarlier"),
    ...checkLintProfile(inputs["lintProfile"]),
    ...checkSwitch(inputs["withdrawn"], "withdrawn"),
    ...checkAdoption(inputs["adopt"], "adopt"),
    ...checkWithdrawal(inputs),
    ...checkPathLength(inputs["pathLength"], "pathLength"),
    ...checkPathLengthOfLeaf(inputs["pathLength"], ca),
    ...checkKeyUsages(inputs["keyUsages"], "keyUsages"),
    ...checkUsagesOfCa(inputs["keyUsages"], ca),
    ...checkExtendedKeyUsages(inputs["extendedKeyUsages"], "extendedKeyUsages"),
    ...checkSubjectAlternativeNames(inputs),
    ...checkOtherNames(inputs),
    ...checkReadableNames(inputs),
    ...checkAccessLocations(inputs),
    ...checkNameConstraints(inputs["nameConstraints"], "nameConstraints"),
    ...checkPolicies(inputs["policies"], "policies"),
    ...checkPolicyConstraints(inputs["policyConstraints"], "policyConstraints"),
    ...checkSkippedCas(inputs["inhibitAnyPolicy"], "inhibitAnyPolicy"),
    ...(ca ? [] : checkLeaf(inputs)),
    ...checkTlsFeatures(inputs["tlsFeatures"], "tlsFeatures"),
    ...checkCustomExtensions(inputs, ca),
    ...checkNamesAbove(inputs, ca),
    ...checkValidity(inputs, validitySeconds, now),
  ];
}

function checkLintProfile(profile: unknown): Problem[] {
  const property = "lintProfile";
  return profile === undefined || profile === UNKNOWN || LINT_PROFILES.some((name) => name === profile)
    ? []
    : [
        invalid(
          property,
          `${JSON.stringify(profile)} is not a profile`,
          `Choose ${LINT_PROFILES.join(" or ")}, or omit it`,
        ),
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

/** The arguments that constrain what a CA issues. */
const OF_CAS = ["nameConstraints", "policyConstraints", "inhibitAnyPolicy"] as const;

function checkLeaf(inputs: Readonly<Record<string, unknown>>): Problem[] {
  return OF_CAS.filter((name) => inputs[name] !== undefined && inputs[name] !== null && inputs[name] !== UNKNOWN).map(
    (name) =>
      extensionProblem(
        name,
        "only a CA may have it (RFC 5280, section 4.2.1)",
        "Omit it, or choose the profile of a CA",
      ),
  );
}

/** Go, and with it step-ca, refuses a certificate whose only name is one that it cannot read. */
function checkReadableNames(inputs: Readonly<Record<string, unknown>>): Problem[] {
  const { subject, otherNames } = inputs;
  const isNamed = ["subject", ...NAME_KINDS].some((name) => hasUnknown(inputs[name]) || isFilled(inputs[name]));
  const hasSubject = typeof subject === "object" && subject !== null && Object.keys(subject).length > 0;
  return isFilled(otherNames) && !isNamed && !hasSubject
    ? [
        {
          code: "SAN_INVALID",
          property: "otherNames",
          reason: "step-ca and other readers refuse a certificate that has no other name and no subject",
          remedy: "Give a subject, or a name of another kind",
        },
      ]
    : [];
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
