import { invalid, type Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";
import { checkCertificate } from "./certificate";
import { checkSwitch, checkText } from "./form";

/** The profiles that a request can ask for. A root signs itself, and a cross certificate has another root's key. */
const REQUEST_PROFILES = ["intermediate", "leaf"] as const;

/** What a request asks for. */
export type RequestProfile = (typeof REQUEST_PROFILES)[number];

/** Checks everything that can be checked of a certificate request before it is signed. Unknown values are skipped. */
export function checkCertificateRequest(inputs: Readonly<Record<string, unknown>>, now: Date): Problem[] {
  const { profile, publicKeyPem, challengePassword } = inputs;
  if (profile !== UNKNOWN && !REQUEST_PROFILES.some((each) => each === profile)) {
    return [
      invalid(
        "profile",
        `${JSON.stringify(profile)} is not the profile of a request`,
        `Choose one of ${REQUEST_PROFILES.join(", ")}`,
      ),
    ];
  }
  return [
    ...(publicKeyPem === undefined
      ? [invalid("key", "its public key is missing", "Give a key resource, or { uri, algorithm, publicKeyPem }")]
      : checkText(publicKeyPem, "key.publicKeyPem")),
    ...checkSwitch(challengePassword, "challengePassword"),
    ...checkCertificate(inputs, now),
  ];
}
