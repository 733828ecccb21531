import { checkAlgorithm } from "../inputs/algorithm";
import { checkCertificate } from "../inputs/certificate";
import { currentTime } from "../inputs/clock";
import { parseDuration } from "../inputs/duration";
import type { Problem } from "../inputs/problem";
import { checkSecret, requireProvisionerPassword } from "../inputs/secrets";
import { checkAddress, checkServerNames } from "../inputs/stepca";
import { type Algorithm, isAlgorithm } from "../kms/algorithms";
import { plainValues } from "../resources/lifecycleResource";
import { PROFILES } from "../x509/profiles";
import type { AuthorityCertificateArgs, KeySources } from "./certificateAuthority";
import { programSecrets } from "./programSecrets";

/** The settings of a certificate authority, completed. */
export interface AuthoritySettings {
  readonly algorithm: Algorithm;
  readonly sources: KeySources;
  readonly root: AuthorityCertificateArgs;
  readonly intermediate: AuthorityCertificateArgs;
  readonly ssh: boolean;
  readonly dnsNames: readonly string[];
  readonly address: string;
  readonly provisioner: string;
}

/** Finds everything that is wrong with an authority, over all its resources, before one is registered. */
export function checkCertificateAuthority(settings: AuthoritySettings): Problem[] {
  const { algorithm, sources, root, intermediate, dnsNames, address, provisioner } = settings;
  const kinds = new Set([sources.root, sources.intermediate, ...(sources.ssh === undefined ? [] : [sources.ssh])]);
  const problems = [
    ...(isAlgorithm(algorithm)
      ? [...kinds].flatMap((source) => source.problems(algorithm))
      : checkAlgorithm(algorithm, "algorithm")),
    ...checkPart("root", root),
    ...checkPart("intermediate", { ...intermediate, ...cutValidity(root, intermediate) }),
    ...checkOrder(plainValues(root), plainValues(intermediate)),
    ...checkServerNames(dnsNames, "dnsNames"),
    ...checkAddress(address, "address"),
    ...(provisioner.trim() === ""
      ? [
          {
            code: "INPUT_INVALID" as const,
            property: "provisioner",
            reason: "the name is empty",
            remedy: 'Name the provisioner, such as "admin"',
          },
        ]
      : []),
  ];
  const passwordProblems = checkSecret(() => requireProvisionerPassword(programSecrets()));
  // Without a passphrase the provisioner lacks its password too: one finding is enough.
  return problems.some((problem) => problem.code === "SECRET_MISSING") ? problems : [...problems, ...passwordProblems];
}

function checkPart(profile: "root" | "intermediate", args: AuthorityCertificateArgs): Problem[] {
  return checkCertificate({ ...plainValues(args), profile }, currentTime()).map((problem) => ({
    ...problem,
    property: `${profile}.${problem.property}`,
  }));
}

/** An intermediate that says nothing ends with its root, so a shorter root leaves it less time to be renewed in. */
function cutValidity(root: AuthorityCertificateArgs, intermediate: AuthorityCertificateArgs): { validity?: string } {
  const { validity } = root;
  const isShorter = (secondsOf(validity) ?? Infinity) < PROFILES.intermediate.validitySeconds;
  return intermediate.validity === undefined && isShorter && typeof validity === "string" ? { validity } : {};
}

/** What the intermediate must be in respect of the root. */
function checkOrder(root: Record<string, unknown>, intermediate: Record<string, unknown>): Problem[] {
  const problems: Problem[] = [];
  const rootValidity = secondsOf(root["validity"]) ?? PROFILES.root.validitySeconds;
  const validity = secondsOf(intermediate["validity"]);
  if (validity !== undefined && validity > rootValidity) {
    problems.push({
      code: "VALIDITY_EXCEEDS_ISSUER",
      property: "intermediate.validity",
      reason: "the intermediate would outlive the root",
      remedy: "Shorten it, or leave it out to end with the root",
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
      remedy: "Give the root a longer path, or the intermediate a shorter one",
    });
  }
  return problems;
}

function secondsOf(validity: unknown): number | undefined {
  return typeof validity === "string" ? parseDuration(validity) : undefined;
}
