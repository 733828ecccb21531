import { isIpAddress } from "../../inputs/subjectAlternativeNames";
import { checkNamesBelow, type ConstrainingIssuer } from "../../inputs/namesAbove";
import { plainValues } from "../../resources/knownInputs";
import { extensionProblem } from "../../inputs/extensions";
import type { Problem } from "../../words/problem";
import { hasUnknown } from "../../words/unknown";
import { constrains } from "../../x509/constrainedNames";
import type { PolicyConstraints } from "../../x509/certificatePolicy";
import { chainNameConstraints } from "../../x509/certificateNameConstraints";
import { SIDES, type NameConstraints } from "../../x509/nameConstraints";
import { EXTENDED_KEY_USAGES } from "../../x509/profiles";
import type { AuthorityCertificateArgs } from "./authorityArgs";
import type { AuthoritySettings } from "./authoritySettings";
import { adoptedText } from "./adoptedFacts";
import { isExistingRoot } from "./existingRoot";

/** The purposes of the certificate with which step-ca serves. */
const PURPOSES = ["serverAuth", "clientAuth"] as const;

/** The constraints that the intermediate is issued under. */
export function constraintsAbove(root: AuthoritySettings["root"]): ConstrainingIssuer {
  const { certificatePem, nameConstraints } = plainValues(root);
  return isExistingRoot(root)
    ? { certificatePem }
    : { certificatePem: adoptedText(root), nameConstraints: [nameConstraints] };
}

/**
 * Checks that step-ca can run on the authority. It issues a certificate for its own names when it starts, and Go
 * verifies it.
 */
export function checkForStepCa({ root, intermediate, dnsNames }: AuthoritySettings): Problem[] {
  const parts = { ...(isExistingRoot(root) ? {} : { root }), intermediate };
  const above = constraintsAbove(root);
  const declared = Array.isArray(above.nameConstraints) ? (above.nameConstraints as unknown[]) : [];
  const own = plainValues(intermediate)["nameConstraints"];
  const adopted = chainNameConstraints(adoptedText(intermediate) ?? "");
  return [
    ...Object.entries(parts).flatMap(([part, args]) => [
      ...checkPurposes(part, args),
      ...checkDirectoryNames(part, plainValues(args)["nameConstraints"]),
      ...checkExplicitPolicy(part, plainValues(args)["policyConstraints"]),
    ]),
    ...(isExistingRoot(root) ? checkExistingConstraints(root.certificatePem, "root.certificatePem") : []),
    ...checkExistingConstraints(adoptedText(root), "root.adopt.certificatePem"),
    ...checkExistingConstraints(adoptedText(intermediate), "intermediate.adopt.certificatePem"),
    ...checkNamesBelow(
      serverNames(dnsNames),
      { ...above, nameConstraints: [own, ...adopted, ...declared] },
      (property) => property.replace(/^ipAddresses/, "dnsNames"),
    ),
  ];
}

/** The names that step-ca serves, by kind and in their places. */
function serverNames(names: unknown): Pick<Parameters<typeof checkNamesBelow>[0], "dnsNames" | "ipAddresses"> {
  const texts = Array.isArray(names) ? names.map((name: unknown) => (hasUnknown(name) ? undefined : String(name))) : [];
  const isAddress = (name: string | undefined): boolean => name !== undefined && isIpAddress(name);
  return {
    dnsNames: texts.map((name) => (isAddress(name) ? undefined : name)),
    ipAddresses: texts.map((name) => (isAddress(name) ? name : undefined)),
  };
}

/** Readers limit what is below a CA to the CA's own purposes, although RFC 5280 does not. */
function checkPurposes(part: string, args: AuthorityCertificateArgs): Problem[] {
  const { extendedKeyUsages } = plainValues(args);
  if (!Array.isArray(extendedKeyUsages) || extendedKeyUsages.length === 0 || hasUnknown(extendedKeyUsages)) {
    return [];
  }
  return PURPOSES.filter(
    (purpose) => ![purpose, EXTENDED_KEY_USAGES[purpose], ANY_PURPOSE].some((name) => extendedKeyUsages.includes(name)),
  ).map((purpose) =>
    extensionProblem(
      `${part}.extendedKeyUsages`,
      `readers apply it to all certificates below, and it lacks ${purpose}, which the certificate of step-ca itself has`,
      `Add "${purpose}", or omit it`,
    ),
  );
}

const ANY_PURPOSE = "2.5.29.37.0";

/** How many certificates follow below each, down to the certificate of step-ca itself, if a cross certificate stands in. */
const BELOW: Readonly<Record<string, number>> = { root: 2, intermediate: 1 };

/** Go refuses a certificate without an acceptable policy where one is required, and step-ca's own has none. */
function checkExplicitPolicy(part: string, constraints: unknown): Problem[] {
  const { requireExplicitPolicy: count } = (constraints ?? {}) as PolicyConstraints;
  const below = BELOW[part] ?? 0;
  return typeof count === "number" && count <= below
    ? [
        extensionProblem(
          `${part}.policyConstraints.requireExplicitPolicy`,
          "Go would refuse the certificate of step-ca itself, which names no policy",
          `Omit it, or give more than ${String(below)}`,
        ),
      ]
    : [];
}

function checkDirectoryNames(part: string, constraints: unknown): Problem[] {
  const lists = SIDES.map(
    (side) => [side, (constraints as NameConstraints | undefined)?.[side]?.directoryNames] as const,
  );
  return lists
    .filter(([, list]) => Array.isArray(list) && list.length > 0)
    .map(([side]) =>
      extensionProblem(
        `${part}.nameConstraints.${side}.directoryNames`,
        "step-ca and its clients, which are written in Go, refuse every certificate below it",
        "Omit it, and constrain the other kinds of names",
      ),
    );
}

function checkExistingConstraints(certificatePem: unknown, property: string): Problem[] {
  if (typeof certificatePem !== "string") {
    return [];
  }
  return chainNameConstraints(certificatePem)
    .filter((each) => constrains(each, "directoryNames"))
    .map(() => ({
      code: "INPUT_INVALID",
      property,
      reason:
        "it has name constraints for directory names, and step-ca and its clients refuse every certificate below it",
      remedy: "Have the certificate reissued without them",
    }));
}
