import type { Asn1Time } from "./asn1Primitive";
import type { LintedCertificate } from "./lintedCertificate";
import { type Found, type Rule, when } from "./rule";

const FORMS: Readonly<Record<Asn1Time["type"], RegExp>> = {
  UTCTime: /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
  GeneralizedTime: /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
};

/** RFC 5280, section 4.1.2.5.1: a UTCTime from 50 on is of the last century. */
const PIVOT = 50;

/** The moment of a time; undefined if it is not in the form of RFC 5280 or does not exist. */
export function momentOf({ type, text }: Asn1Time): Date | undefined {
  const [year, month, day, hour, minute, second] = (FORMS[type].exec(text) ?? []).slice(1).map(Number);
  if (year === undefined || month === undefined || second === undefined) {
    return undefined;
  }
  const fullYear = type === "UTCTime" ? year + (year < PIVOT ? 2000 : 1900) : year;
  const date = new Date(0);
  date.setUTCFullYear(fullYear, month - 1, day);
  date.setUTCHours(hour ?? 0, minute, second);
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  return exists && (minute ?? 0) < 60 && second < 60 ? date : undefined;
}

function times({ tbs: { validity } }: LintedCertificate): [string, Asn1Time][] {
  return Object.entries(validity);
}

export const validityRules: readonly Rule[] = [
  {
    name: "time-form",
    source: "RFC 5280, sections 4.1.2.5.1 and 4.1.2.5.2",
    level: "error",
    check: (certificate) =>
      times(certificate)
        .filter(([, time]) => momentOf(time) === undefined)
        .map(([name, { type }]) => `${name} is not a ${type} with seconds, without fractions, in GMT (Z)`),
  },
  {
    name: "time-type",
    source: "RFC 5280, section 4.1.2.5",
    level: "error",
    check: (certificate) =>
      times(certificate)
        .filter(([, time]) => time.type === "GeneralizedTime" && (momentOf(time)?.getUTCFullYear() ?? 2050) < 2050)
        .map(([name]) => `${name} is before 2050 and not a UTCTime`),
  },
  {
    name: "validity-order",
    source: "RFC 5280, section 4.1.2.5",
    level: "error",
    check: ({ tbs: { validity } }: LintedCertificate): Found => {
      const [begin, end] = [momentOf(validity.notBefore), momentOf(validity.notAfter)];
      return when(begin !== undefined && end !== undefined && begin > end, "it ends before it begins");
    },
  },
];
