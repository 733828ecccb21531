import type { Problem } from "../words/problem";

/** What a cross certificate takes from the root that it stands for, or must not have. */
const NOT_OF_A_CROSS = [
  "subject",
  "keyUsages",
  "extendedKeyUsages",
  "dnsNames",
  "ipAddresses",
  "emailAddresses",
  "uris",
] as const;

/** Checks what is said of a cross certificate: it has the profile `cross`, and says nothing of its own but its time. */
export function checkCrossCertificate(inputs: Readonly<Record<string, unknown>>): Problem[] {
  const { profile, crossOf, pathLength } = inputs;
  if ((profile === "cross") !== (crossOf !== undefined)) {
    return [
      {
        code: "INPUT_INVALID",
        property: "profile",
        reason: 'the profile "cross" and crossOf belong together',
        remedy: "Give crossOf and leave profile out for a cross certificate; give neither for any other",
      },
    ];
  }
  if (crossOf === undefined) {
    return [];
  }
  return [
    ...NOT_OF_A_CROSS.filter((property) => inputs[property] !== undefined).map((property) => ({
      code: "INPUT_INVALID" as const,
      property,
      reason: "a cross certificate says what the root says that it stands for",
      remedy: "Leave it out",
    })),
    ...(pathLength === 0
      ? [
          {
            code: "PATH_LENGTH_VIOLATED" as const,
            property: "pathLength",
            reason: "below a cross certificate an intermediate must follow",
            remedy: "Leave it out, which is 1",
          },
        ]
      : []),
  ];
}
