import type { Problem } from "../words/problem";
import { AUTHORITY_PARTS, type AuthorityPart, generationLabel, readGenerationLabel } from "./authorityPart";
import { compromisedOf, generationsOf } from "./partGenerations";
import type { Rotation } from "./rotation";
import type { Instant } from "./schedule";

/** Checks that each compromised generation is named as it should be, and was published by now. */
export function checkCompromisedNames(
  rotation: Rotation,
  names: readonly string[],
  property: string,
  now: Instant,
): Problem[] {
  const known = AUTHORITY_PARTS.flatMap((part) => labelsAt(rotation, part, now));
  return names.flatMap((name, index): Problem[] => {
    if (names.indexOf(name) < index) {
      return [problem(`${property}[${String(index)}]`, `"${name}" is named twice`, "Name it once")];
    }
    if (known.includes(name)) {
      return [];
    }
    const isToCome = readGenerationLabel(name) !== undefined;
    return [
      problem(
        `${property}[${String(index)}]`,
        `"${name}" is ${isToCome ? "a generation that does not exist yet" : "not a generation of a key"}`,
        `Name the generations whose keys are compromised: ${known.join(", ")}`,
      ),
    ];
  });
}

/** The labels of the generations of a part that are trusted or compromised. */
function labelsAt(rotation: Rotation, part: AuthorityPart, now: Instant): string[] {
  return [...generationsOf(rotation, part, now), ...compromisedOf(rotation, part, now)]
    .map(({ number }) => number)
    .sort((one, other) => one - other)
    .map((number) => generationLabel(part, number));
}

function problem(property: string, reason: string, remedy: string): Problem {
  return { code: "INPUT_INVALID", property, reason, remedy };
}
