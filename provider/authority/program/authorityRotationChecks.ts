import { invalid, type Problem } from "../../words/problem";
import { checkSubject } from "../../inputs/subject";
import { UNKNOWN } from "../../words/unknown";
import { plainValues } from "../../resources/knownInputs";
import { AUTHORITY_PARTS, type AuthorityPart } from "../../rotation/authorityPart";
import { generationsAtOnce } from "../../rotation/generationsAtOnce";
import { readRotation, type Rotation } from "../../rotation/rotation";
import { checkRotation } from "../../rotation/rotationRules";
import type { AuthorityCertificateArgs } from "./authorityArgs";
import { checkLongestLeaf } from "./authorityLeaves";
import { isAdopted } from "./adoptedFacts";
import { roleOf } from "../keyNames";
import type { AuthoritySettings } from "./authoritySettings";
import { checkExistingRootArgs, pathPartsOf } from "../existingRootFacts";
import { isExistingRoot } from "./existingRoot";
import { generationSubject } from "./generationSubject";
import type { KeysAtOnce } from "../../keySources/keySource";

/** The highest generation number that a common name must have room for. */
const HIGH_GENERATION = 999;

/** Checks a rotation by itself and together with the other settings. */
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
      ? [invalid("rotation.ssh", "there are no SSH keys", "Omit it, or turn ssh on")]
      : []),
    ...(isExistingRoot(root)
      ? [
          ...(isCompromiseOnly(rotation) ? [] : checkKnownRoot(settings, root.certificatePem)),
          ...(schedules.root === undefined ? [] : checkOwnRoot(root.certificatePem)),
        ]
      : [
          ...(isRootScheduled && isAdopted(root) ? checkKnownRoot(settings, UNKNOWN) : []),
          ...(isRootScheduled ? checkScheduled("root", root, ["validity", "pathLength", "renewBefore"]) : []),
          ...(hasLaterGenerations(rotation, "root") ? checkLaterSubject("root", root) : []),
        ]),
    ...(schedules.root === undefined && schedules.intermediate === undefined
      ? []
      : [
          ...checkScheduled(
            "intermediate",
            intermediate,
            // An issuer elsewhere chooses how long it is valid, so it may have to be renewed before its turn ends.
            settings.answers === undefined ? ["validity", "renewBefore"] : ["validity"],
          ),
          ...(settings.answers === undefined && isAdopted(intermediate) && rotation.existingIntermediate === undefined
            ? [unknownIntermediate()]
            : []),
        ]),
    ...(hasLaterGenerations(rotation, "intermediate") || schedules.root !== undefined
      ? checkLaterSubject("intermediate", intermediate)
      : []),
    ...(schedules.root === undefined ? [] : checkPathBelowCross(intermediate)),
  ];
}

function unknownIntermediate(): Problem {
  return invalid(
    "rotation.existingIntermediate",
    "the adopted intermediate is unknown when the rotation is checked",
    "Give the certificate as text, or give its notBefore and notAfter here",
  );
}

/** Whether a part has, or will have, more than generation 0. */
function hasLaterGenerations(
  { schedules, compromised }: Pick<Rotation, "schedules" | "compromised">,
  part: AuthorityPart,
): boolean {
  return schedules[part] !== undefined || compromised[part].length > 0;
}

/** Whether a rotation has no schedule, and is there only because something is compromised. */
function isCompromiseOnly({ schedules }: Rotation): boolean {
  return Object.keys(schedules).length === 0;
}

/** How many keys of each role may exist at a time. Compromised ones stay beside those of the schedule. */
export function keysAtOnce({ schedules, compromised }: Rotation): KeysAtOnce {
  return Object.fromEntries(
    AUTHORITY_PARTS.flatMap((part) => {
      const schedule = schedules[part];
      const trusted = schedule === undefined ? 1 : generationsAtOnce(schedule);
      return hasLaterGenerations({ schedules, compromised }, part)
        ? [[roleOf(part), trusted + compromised[part].length]]
        : [];
    }),
  );
}

function checkKnownRoot({ rotation }: AuthoritySettings, certificatePem: unknown): Problem[] {
  const given = rotation?.existingRoot;
  if (given === undefined) {
    return [
      invalid(
        "rotation.existingRoot",
        "the root's certificate is unknown when the rotation is checked",
        "Give the certificate as text, or give its pathLength, notBefore and notAfter here",
      ),
    ];
  }
  return typeof certificatePem === "string" ? checkExistingRootArgs(given, certificatePem) : [];
}

/**
 * Checks that the CA is a root. Roots trust each other through cross certificates, which a CA with others above it cannot have.
 */
function checkOwnRoot(certificatePem: unknown): Problem[] {
  return typeof certificatePem === "string" && pathPartsOf(certificatePem).shown !== undefined
    ? [
        invalid(
          "rotation.root",
          "the issuing CA is not a root, and only a root can rotate here",
          "Omit rotation.root, or give a root",
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
    .map((property) => invalid(`${part}.${property}`, "it follows from the schedules of the rotation", "Omit it"));
}

/** Checks the subject of later generations, whose names are longer. Generation 0 is checked elsewhere. */
function checkLaterSubject(part: "root" | "intermediate", { subject }: AuthorityCertificateArgs): Problem[] {
  const [first, later] = [0, HIGH_GENERATION].map((generation) => {
    const { subject: plain } = plainValues({ subject: generationSubject(subject, generation) });
    return checkSubject(plain, `${part}.subject`, true);
  });
  return first?.length === 0 ? (later ?? []) : [];
}

/** Checks that only leaves follow below the intermediate, because a cross certificate leaves room for no other CA. */
function checkPathBelowCross(intermediate: AuthorityCertificateArgs): Problem[] {
  const { pathLength } = plainValues(intermediate);
  return pathLength === undefined || pathLength === 0 || pathLength === UNKNOWN
    ? []
    : [
        {
          code: "PATH_LENGTH_VIOLATED",
          property: "intermediate.pathLength",
          reason: "if the root rotates, only leaves may follow below the intermediate",
          remedy: "Omit it; the default is 0",
        },
      ];
}
