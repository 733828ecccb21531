import { invalid, type Problem } from "../../words/problem";
import { checkSubject } from "../../inputs/subject";
import { UNKNOWN } from "../../words/unknown";
import { plainValues } from "../../resources/knownInputs";
import { AUTHORITY_PARTS } from "../../rotation/authorityPart";
import { generationsAtOnce } from "../../rotation/generationsAtOnce";
import { readRotation, type Rotation } from "../../rotation/rotation";
import { checkRotation } from "../../rotation/rotationRules";
import type { AuthorityCertificateArgs } from "./authorityArgs";
import { checkLongestLeaf } from "./authorityLeaves";
import { roleOf } from "../keyNames";
import type { AuthoritySettings } from "./authoritySettings";
import { checkExistingRootArgs, partsOf } from "../existingRootFacts";
import { isExistingRoot } from "./existingRoot";
import { generationSubject } from "./generationSubject";
import type { KeysAtOnce } from "../../keySources/keySource";

/** The longest number of a generation that a common name must have room for. */
const HIGH_GENERATION = 999;

/** Finds what is wrong with a rotation, by itself and beside the other settings. */
export function checkAuthorityRotation(settings: AuthoritySettings): Problem[] {
  if (settings.rotation === undefined) {
    return [];
  }
  const problems = checkRotation(settings.rotation, "rotation", settings.now);
  if (problems.length > 0) {
    return problems;
  }
  const rotation = readRotation(settings.rotation);
  const { root, intermediate, ssh } = settings;
  const { schedules, existingRoot } = rotation;
  const isRootScheduled = schedules.root !== undefined && existingRoot === undefined;
  return [
    ...checkLongestLeaf(settings.rotation, settings),
    ...(!ssh && (schedules["ssh-user"] ?? schedules["ssh-host"]) !== undefined
      ? [invalid("rotation.ssh", "there are no SSH keys", "Leave it out, or switch ssh on")]
      : []),
    ...(isExistingRoot(root)
      ? [
          ...checkKnownRoot(settings, root.certificatePem),
          ...(schedules.root === undefined ? [] : checkOwnRoot(root.certificatePem)),
        ]
      : [
          ...(isRootScheduled ? checkScheduled("root", root, ["validity", "pathLength", "renewBefore"]) : []),
          ...(schedules.root === undefined ? [] : checkLaterSubject("root", root)),
        ]),
    ...(schedules.root === undefined && schedules.intermediate === undefined
      ? []
      : [
          ...checkScheduled("intermediate", intermediate, ["validity", "renewBefore"]),
          ...checkLaterSubject("intermediate", intermediate),
        ]),
    ...(schedules.root === undefined ? [] : checkPathBelowCross(intermediate)),
  ];
}

/** How many keys of each role may exist at a time. */
export function keysAtOnce({ schedules }: Rotation): KeysAtOnce {
  return Object.fromEntries(
    AUTHORITY_PARTS.flatMap((part) => {
      const schedule = schedules[part];
      return schedule === undefined ? [] : [[roleOf(part), generationsAtOnce(schedule)]];
    }),
  );
}

function checkKnownRoot({ rotation }: AuthoritySettings, certificatePem: unknown): Problem[] {
  const given = rotation?.existingRoot;
  if (given === undefined) {
    return [
      invalid(
        "rotation.existingRoot",
        "the root's certificate is not known when the rotation is checked",
        "Give the certificate as text, or say its path length, notBefore and notAfter here",
      ),
    ];
  }
  return typeof certificatePem === "string" ? checkExistingRootArgs(given, certificatePem) : [];
}

/** Roots trust each other by cross certificates, for which a CA with others above it does not stand. */
function checkOwnRoot(certificatePem: unknown): Problem[] {
  return typeof certificatePem === "string" && partsOf(certificatePem).shown !== undefined
    ? [
        invalid(
          "rotation.root",
          "the CA that issues is no root, and only a root can be rotated here",
          "Leave rotation.root out, or give a root",
        ),
      ]
    : [];
}

function checkScheduled(
  part: "root" | "intermediate",
  args: AuthorityCertificateArgs,
  properties: readonly (keyof AuthorityCertificateArgs)[],
): Problem[] {
  const known = plainValues(args);
  return properties
    .filter((property) => known[property] !== undefined && known[property] !== UNKNOWN)
    .map((property) => invalid(`${part}.${property}`, "it follows from the schedules of the rotation", "Leave it out"));
}

/** Names grow with the number of the generation. What is wrong with generation 0 is said elsewhere. */
function checkLaterSubject(part: "root" | "intermediate", { subject }: AuthorityCertificateArgs): Problem[] {
  const [first, later] = [0, HIGH_GENERATION].map((generation) => {
    const { subject: plain } = plainValues({ subject: generationSubject(subject, generation) });
    return checkSubject(plain, `${part}.subject`, true);
  });
  return first?.length === 0 ? (later ?? []) : [];
}

/** A cross certificate has room for the intermediate, and for no CA below that. */
function checkPathBelowCross(intermediate: AuthorityCertificateArgs): Problem[] {
  const { pathLength } = plainValues(intermediate);
  return pathLength === undefined || pathLength === 0 || pathLength === UNKNOWN
    ? []
    : [
        {
          code: "PATH_LENGTH_VIOLATED",
          property: "intermediate.pathLength",
          reason: "where the root is rotated, nothing but leaves may follow below the intermediate",
          remedy: "Leave it out, which is 0",
        },
      ];
}
