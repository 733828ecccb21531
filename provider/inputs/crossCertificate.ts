import type { Problem } from "../words/problem";

/** The arguments that a cross certificate takes from its root, or must not have. */
const NOT_OF_A_CROSS = [
  "subject",
  "keyUsages",
  "extendedKeyUsages",
  "dnsNames",
  "ipAddresses",
  "emailAddresses",
  "uris",
] as const;

/** Checks the arguments of a cross certificate: it has the profile `cross`, and nothing of its own but its dates. */
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
