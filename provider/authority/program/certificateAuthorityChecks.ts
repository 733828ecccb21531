import { checkAlgorithm } from "../../inputs/algorithm";
import { checkCertificate } from "../../inputs/certificate";
import { currentTime } from "../../words/clock";
import { checkObject, checkSwitch, checkText } from "../../inputs/form";
import { parseDuration } from "../../words/duration";
import type { Problem } from "../../words/problem";
import { UNKNOWN } from "../../words/unknown";
import { checkSecret, requireProvisionerPassword } from "../../words/secrets";
import { checkAddress, checkProvisionerName, checkServerNames } from "../../inputs/stepca";
import { isAlgorithm } from "../../kms/algorithms";
import { plainValues } from "../../resources/knownInputs";
import type { Rotation } from "../../rotation/rotation";
import { PROFILES } from "../../x509/profiles";
import type { AuthorityCertificateArgs } from "./authorityArgs";
import { checkAdoptedCertificates } from "./adoptedCertificates";
import { checkForStepCa, constraintsAbove } from "./authorityConstraints";
import { checkAuthorityRotation, keysAtOnce } from "./authorityRotationChecks";
import { type KeyRole, roleOf } from "../keyNames";
import { isMade, partsOf, rotationOf } from "../structure";
import { checkAuthorityLists, checkAuthorityRevoked } from "./revocationArgs";
import { type AuthoritySettings, sourceOf } from "./authoritySettings";
import { checkAuthorityDatabase } from "./databaseArgs";
import { checkExternalIssuer } from "./externalIssuer";
import { checkExistingRoot, isExistingRoot } from "./existingRoot";
import type { KeySource } from "../../keySources/keySource";
import { programSecrets } from "../../keySources/programSecrets";

/**
 * Finds all problems of an authority, over all its resources and as far as known, before the first one is registered.
 */
export function checkCertificateAuthority(settings: AuthoritySettings): Problem[] {
  const { algorithm, root, intermediate, name, dnsNames, address, provisioner, now } = settings;
  const rotationProblems = checkAuthorityRotation(settings);
  const rotation = rotationProblems.length === 0 ? rotationOf(settings) : undefined;
  const atOnce = rotation && keysAtOnce(rotation);
  const problems = [
    ...rotationProblems,
    ...(isAlgorithm(algorithm)
      ? [...rolesBySource(settings, rotation)].flatMap(([source, roles]) => source.problems(algorithm, roles, atOnce))
      : checkAlgorithm(algorithm, "algorithm")),
    ...(isExistingRoot(root)
      ? checkExistingRoot(root, isRootReplaced(rotation) ? undefined : currentTime())
      : settings.answers === undefined
        ? [...checkPart("root", root, now), ...checkOrder(plainValues(root), plainValues(intermediate))]
        : checkExternalIssuer(settings)),
    ...checkPart(
      "intermediate",
      {
        ...{ ...intermediate, ...(isExistingRoot(root) ? {} : cutValidity(root, intermediate)) },
        issuer: constraintsAbove(root),
      },
      now,
    ),
    ...checkAdoptedCertificates(settings),
    ...checkForStepCa(settings),
    ...checkText(name, "name"),
    ...checkServerNames(dnsNames, "dnsNames"),
    ...checkAddress(address, "address"),
    ...checkProvisionerName(provisioner, "provisioner"),
    ...checkSwitch(settings.acme, "acme"),
    ...checkSwitch(settings.sshpop, "sshpop"),
    ...checkObject(settings.claims, "claims"),
    ...checkObject(settings.caConfig, "caConfig"),
    ...checkAuthorityDatabase(settings.database, settings.caConfig),
    ...checkAuthorityLists(settings.crl, now),
    ...checkAuthorityRevoked(settings.revoked, settings.crl !== undefined, now),
  ];
  const passwordProblems = checkSecret(() => requireProvisionerPassword(programSecrets()));
  // Without a passphrase, the provisioner lacks its password too. One problem is enough.
  return problems.some((problem) => problem.code === "SECRET_MISSING") ? problems : [...problems, ...passwordProblems];
}

/** The roles of the keys, by source. */
function rolesBySource(settings: AuthoritySettings, rotation: Rotation | undefined): Map<KeySource, KeyRole[]> {
  const made = partsOf(settings).filter(
    (part) => isMade(settings, part, 0) || (part === "root" && isRootReplaced(rotation)),
  );
  const bySource = Map.groupBy(made, (part) => sourceOf(settings, part));
  return new Map([...bySource].map(([source, parts]) => [source, parts.map(roleOf)]));
}

/** Whether an existing root is, or will be, replaced by one that the authority makes. */
function isRootReplaced(rotation: Rotation | undefined): boolean {
  return rotation !== undefined && (rotation.schedules.root !== undefined || rotation.compromised.root.length > 0);
}

function checkPart(profile: "root" | "intermediate", args: object, now: Date): Problem[] {
  return checkCertificate({ ...plainValues(args), profile }, now).map((problem) => ({
    ...problem,
    property: `${profile}.${problem.property}`,
  }));
}

/**
 * The validity of an intermediate. By default it ends with its root, so a shorter root leaves it less time to be renewed.
 */
function cutValidity(root: AuthorityCertificateArgs, intermediate: AuthorityCertificateArgs): { validity?: string } {
  const { validity } = root;
  const isShorter = (secondsOf(validity) ?? Infinity) < PROFILES.intermediate.validitySeconds;
  return intermediate.validity === undefined && isShorter && typeof validity === "string" ? { validity } : {};
}

/** Checks the intermediate against the root. */
function checkOrder(root: Record<string, unknown>, intermediate: Record<string, unknown>): Problem[] {
  const problems: Problem[] = [];
  const rootValidity = secondsOf(root["validity"]) ?? PROFILES.root.validitySeconds;
  const validity = secondsOf(intermediate["validity"]);
  if (root["validity"] !== UNKNOWN && validity !== undefined && validity > rootValidity) {
    problems.push({
      code: "VALIDITY_EXCEEDS_ISSUER",
      property: "intermediate.validity",
      reason: "the intermediate would outlive the root",
      remedy: "Shorten it, or omit it to end with the root",
    });
  }
  const rootPathLength = root["pathLength"] ?? PROFILES.root.pathLength;
  const pathLength = intermediate["pathLength"] ?? PROFILES.intermediate.pathLength;
  const isTooLong =
    pathLength === "unlimited" || (typeof pathLength === "number" && pathLength >= Number(rootPathLength));
  if (typeof rootPathLength === "number" && isTooLong) {
    problems.push({
      code: "PATH_LENGTH_VIOLATED",
      property: "intermediate.pathLength",
      reason: `path length ${String(pathLength)} does not fit below the root's ${String(rootPathLength)}`,
      remedy: "Give the root a longer path length, or the intermediate a shorter one",
    });
  }
  return problems;
}

function secondsOf(validity: unknown): number | undefined {
  return typeof validity === "string" ? parseDuration(validity) : undefined;
}
