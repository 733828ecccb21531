import type { Problem } from "../words/problem";

/** The arguments that a cross certificate takes from its root or must not have. */
const NOT_OF_A_CROSS = [
  "subject",
  "sameSubjectAs",
  "keyUsages",
  "extendedKeyUsages",
  "dnsNames",
  "ipAddresses",
  "emailAddresses",
  "uris",
  "otherNames",
  "tlsFeatures",
] as const;

/** Checks the arguments of a cross certificate: it has the profile `cross`, and only its dates are its own. */
export function checkCrossCertificate(inputs: Readonly<Record<string, unknown>>): Problem[] {
  const { profile, crossOf, pathLength } = inputs;
  if ((profile === "cross") !== (crossOf !== undefined)) {
    return [
      {
        code: "INPUT_INVALID",
        property: "profile",
        reason: 'the profile "cross" and crossOf belong together',
        remedy: "For a cross certificate, give crossOf and omit profile. For any other certificate, give neither",
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
      reason: "a cross certificate takes this from the root in crossOf",
      remedy: "Omit it",
    })),
    ...(pathLength === 0
      ? [
          {
            code: "PATH_LENGTH_VIOLATED" as const,
            property: "pathLength",
            reason: "a cross certificate must leave room for an intermediate below it",
            remedy: "Omit it; the default is 1",
          },
        ]
      : []),
  ];
}
