import { attributeId, DIRECTORY_STRING } from "./attributeTypes";
import { attributesOf, type NameAttribute, textsOf } from "./distinguishedNames";
import type { LintedCertificate } from "./lintedCertificate";
import { isDomainName, mailboxFault, quoted } from "./nameForms";
import { type Found, type Rule, when } from "./rule";

/** Older types, which RFC 5280, section 4.1.2.4 keeps for names that had them before. */
const DEPRECATED_TYPES = ["TeletexString", "UniversalString", "BMPString"];

const CONTROL_CHARACTERS = /[\0-\x1f\x7f-\x9f]/;

/** A rule for each attribute of the issuer and the subject. */
function attributeRule(rule: Omit<Rule, "check">, faultOf: (attribute: NameAttribute) => string | undefined): Rule {
  return {
    ...rule,
    check: (certificate) =>
      certificate.ownNames.flatMap(({ where, name }) =>
        attributesOf(name).flatMap((attribute) => {
          const fault = faultOf(attribute);
          return fault === undefined ? [] : [`${attribute.label} in the ${where} ${fault}`];
        }),
      ),
  };
}

export const nameRules: readonly Rule[] = [
  {
    name: "issuer-not-empty",
    source: "RFC 5280, section 4.1.2.4",
    level: "error",
    check: ({ tbs }) => when(tbs.issuer.value.length === 0, "the issuer is empty"),
  },
  {
    name: "ca-subject-not-empty",
    source: "RFC 5280, section 4.1.2.6",
    level: "error",
    check: ({ isCa, hasSubject }) => when(isCa && !hasSubject, "the subject of a CA is empty"),
  },
  {
    name: "subject-or-alternative-name",
    source: "RFC 5280, section 4.1.2.6",
    level: "error",
    check: (certificate) =>
      when(
        !certificate.hasSubject && certificate.extension("subjectAltName") === undefined,
        "it has neither a subject nor an alternative name",
      ),
  },
  attributeRule(
    { name: "attribute-string-type", source: "RFC 5280, section 4.1.2.4 and appendix A.1", level: "error" },
    ({ rules, text }) => {
      // An unknown attribute may have any type.
      const types = rules === undefined ? undefined : (rules.types ?? DIRECTORY_STRING);
      return when(
        types !== undefined && (text === undefined || !types.includes(text.type)),
        `is not a ${String(types?.join(" or "))}`,
      );
    },
  ),
  attributeRule(
    { name: "attribute-string-deprecated", source: "RFC 5280, section 4.1.2.4", level: "warning" },
    ({ text }) => when(text !== undefined && DEPRECATED_TYPES.includes(text.type), `is a ${String(text?.type)}`),
  ),
  attributeRule({ name: "attribute-not-empty", source: "X.520; RFC 5280, appendix A.1", level: "error" }, ({ text }) =>
    when(text?.text === "", "is empty"),
  ),
  attributeRule(
    { name: "attribute-upper-bound", source: "RFC 5280, appendix A.1; X.520", level: "error" },
    ({ rules, text }) => {
      const length = Array.from(text?.text ?? "").length;
      const bound = rules?.upperBound ?? Infinity;
      return when(length > bound, `has ${String(length)} characters, and at most ${String(bound)} may be`);
    },
  ),
  attributeRule(
    { name: "attribute-control-characters", source: "RFC 5280, section 4.1.2.6 (RFC 4518)", level: "error" },
    ({ text }) => when(CONTROL_CHARACTERS.test(text?.text ?? ""), "has a control character"),
  ),
  attributeRule({ name: "attribute-white-space", source: "RFC 4518, section 2.6", level: "warning" }, ({ text }) =>
    when(/^\s|\s$/.test(text?.text ?? ""), "begins or ends with white space"),
  ),
  attributeRule({ name: "country-code", source: "X.520 (ISO 3166)", level: "error" }, ({ rules, text }) =>
    when(
      rules?.name === "countryName" && text !== undefined && !/^[A-Za-z]{2}$/.test(text.text),
      "is not a code of two letters",
    ),
  ),
  {
    name: "relative-name-attributes-unique",
    source: "X.501, section 9.3",
    level: "error",
    check: (certificate) =>
      certificate.ownNames
        .filter(({ name: { value } }) => value.some((set) => new Set(set.map(({ type }) => type)).size < set.length))
        .map(({ where }) => `a relative distinguished name of the ${where} has two attributes of one type`),
  },
  {
    name: "domain-components-form",
    source: "RFC 2247, section 2",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const components = ownSubjectTexts(certificate, "domainComponent");
      return when(
        components.length > 0 && !components.every(isDomainName),
        "a domainComponent is not a label of a domain",
      );
    },
  },
  {
    name: "subject-email-form",
    source: "RFC 5280, section 4.1.2.6 (RFC 2985)",
    level: "error",
    check: (certificate) =>
      certificate.ownNames.flatMap(({ name }) =>
        textsOf(name, attributeId("emailAddress")).flatMap((text) => mailboxFault(text) ?? []),
      ),
  },
  {
    name: "subject-email-in-alternative-names",
    source: "RFC 5280, section 4.1.2.6",
    level: "error",
    check: (certificate: LintedCertificate): Found => {
      const mailboxes = (certificate.value("subjectAltName") ?? []).flatMap((name) =>
        name.kind === "rfc822Name" ? [name.value.text.toLowerCase()] : [],
      );
      return ownSubjectTexts(certificate, "emailAddress")
        .filter((text) => !mailboxes.includes(text.toLowerCase()))
        .map((text) => `the subject's e-mail address ${quoted(text)} is not among the alternative names`);
    },
  },
];

/** The texts of an attribute of the subject, unless the subject is copied. */
function ownSubjectTexts({ ownNames }: LintedCertificate, attribute: string): string[] {
  return ownNames.flatMap(({ where, name }) => (where === "subject" ? textsOf(name, attributeId(attribute)) : []));
}
