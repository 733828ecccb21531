import { argumentNames, checkArgumentNames } from "../words/argumentNames";
import { invalid, type Problem } from "../words/problem";
import { checkObject, checkSwitch } from "./form";

/** The name of a certificate to adopt as an input, for messages. */
export const ADOPTED_PEM = "adopt.certificatePem";

const ARGUMENTS = argumentNames<{ readonly certificatePem: unknown; readonly reissue: unknown }>({
  certificatePem: true,
  reissue: true,
});

/** Whether an adoption, as far as it is known, asks for another certificate in the place of the adopted one. */
export function isReissueAsked(adopt: unknown): boolean {
  return typeof adopt === "object" && adopt !== null && (adopt as { readonly reissue?: unknown }).reissue === true;
}

/** Checks the form of an adoption. The certificate itself is checked where its key and its issuer are known. */
export function checkAdoption(value: unknown, property: string): Problem[] {
  const problems = checkObject(value, property);
  if (problems.length > 0 || typeof value !== "object" || value === null) {
    return problems;
  }
  const { certificatePem, reissue } = value as Readonly<Record<string, unknown>>;
  return [
    ...checkArgumentNames(value, ARGUMENTS, property),
    ...(certificatePem === undefined || certificatePem === null
      ? [invalid(`${property}.certificatePem`, "it is missing", "Give the certificate as PEM, or omit adopt")]
      : []),
    ...checkSwitch(reissue, `${property}.reissue`),
  ];
}
