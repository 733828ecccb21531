import { formatDuration, parseDuration } from "../provider/words/duration";
import { parseInstant } from "../provider/words/instant";
import { PROFILES, type ProfileName } from "../provider/x509/profiles";
import { type DeclaredCertificate, declaredCertificate, firstCertificate } from "./declaredCertificate";
import type { Properties } from "./resource";
import { ruleOf, type Setting } from "./rule";

const DURATION = "^([0-9]+[dhms])+$";

const lifetime = (whose: string, longest: string): Setting<string> => ({
  ...{ type: "string", pattern: DURATION, default: longest },
  description: `How long ${whose} may be valid, such as 3650d or 24h`,
});

/** Limits how long certificates are valid. */
export const certificateLifetimes = ruleOf<Readonly<Record<"root" | "intermediate" | "leaf", string>>>({
  name: "certificate-lifetimes",
  description: "Certificates are valid no longer than allowed.",
  level: "mandatory",
  settings: {
    root: lifetime("a root or cross certificate", "7305d"),
    intermediate: lifetime("an intermediate", "3653d"),
    leaf: lifetime("a leaf", "398d"),
  },
  inResource: (resource, { settings, now }) => {
    const certificate = declaredCertificate(resource);
    if (certificate === undefined) {
      return [];
    }
    const setting = settingOf(certificate.profile);
    const [seconds, longest] = [validSeconds(certificate, now), parseDuration(settings[setting])];
    return seconds === undefined || longest === undefined || seconds <= longest
      ? []
      : [
          `${resource.name} is valid for ${formatDuration(Math.round(seconds))}, and the limit is ${settings[setting]}. ` +
            `Shorten its validity, or raise "${setting}" of this rule.`,
        ];
  },
});

function settingOf(profile: ProfileName): "root" | "intermediate" | "leaf" {
  return profile === "cross" ? "root" : profile;
}

/** Undefined if it is not known yet. */
function validSeconds({ profile, inputs, given }: DeclaredCertificate, now: Date): number | undefined {
  if (given !== undefined) {
    return (given.validToDate.getTime() - given.validFromDate.getTime()) / 1000;
  }
  const { validity, notBefore, notAfter, issuer } = inputs;
  if (notAfter === undefined) {
    return validity === undefined ? PROFILES[profile].validitySeconds : textOf(validity, parseDuration);
  }
  const begin = notBefore === undefined ? now : textOf(notBefore, parseInstant);
  const end = textOf(notAfter, parseInstant);
  if (begin === undefined || end === undefined) {
    return undefined;
  }
  // No certificate begins before its issuer, which is new if it is not known yet.
  const earliest = firstCertificate((issuer as Properties | undefined)?.["certificatePem"])?.validFromDate ?? now;
  return (end.getTime() - Math.max(begin.getTime(), earliest.getTime())) / 1000;
}

function textOf<Value>(given: unknown, read: (text: string) => Value | undefined): Value | undefined {
  return typeof given === "string" ? read(given) : undefined;
}
