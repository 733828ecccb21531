import { comparableName, generalNameFault } from "./generalNameFaults";
import type { LintedCertificate } from "./lintedCertificate";
import { hasQualifiedHost, quoted } from "./nameForms";
import { type Found, type Rule, when } from "./rule";

const EXTENSIONS = ["subjectAltName", "issuerAltName"] as const;

/** SmtpUTF8Mailbox (RFC 9598). */
const SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9";

function alternativeNames(certificate: LintedCertificate): NonNullable<ReturnType<typeof subjectNames>> {
  return EXTENSIONS.flatMap((name) => certificate.value(name) ?? []);
}

function subjectNames(certificate: LintedCertificate) {
  return certificate.value("subjectAltName") ?? [];
}

export const alternativeNameRules: readonly Rule[] = [
  {
    name: "alternative-name-form",
    source: "RFC 5280, section 4.2.1.6",
    level: "error",
    check: (certificate) => alternativeNames(certificate).flatMap((name) => generalNameFault(name) ?? []),
  },
  {
    name: "alternative-name-uri-host",
    source: "RFC 5280, section 4.2.1.6",
    level: "error",
    check: (certificate) =>
      alternativeNames(certificate).flatMap((name) =>
        name.kind === "uniformResourceIdentifier" && !hasQualifiedHost(name.value.text)
          ? [`the host of ${quoted(name.value.text)} is not a fully qualified domain name`]
          : [],
      ),
  },
  {
    name: "smtp-utf8-mailbox-form",
    source: "RFC 9598, section 3",
    level: "error",
    check: (certificate) =>
      alternativeNames(certificate).flatMap((name) =>
        name.kind === "otherName" && name.value.type === SMTP_UTF8_MAILBOX
          ? (utf8MailboxFault(name.value.value.tag, name.value.value.content.toString("utf8")) ?? [])
          : [],
      ),
  },
  {
    name: "dns-name-underscore",
    source: "RFC 5280, section 4.2.1.6 (RFC 1034, section 3.5)",
    level: "warning",
    check: (certificate) =>
      alternativeNames(certificate).flatMap((name) =>
        name.kind === "dNSName" && name.value.text.includes("_")
          ? [`the DNS name ${quoted(name.value.text)} has an underscore, which no host name has`]
          : [],
      ),
  },
  {
    name: "alternative-names-unique",
    source: "RFC 5280, section 4.2.1.6",
    level: "notice",
    check: (certificate: LintedCertificate): Found => {
      const names = subjectNames(certificate).map(comparableName);
      return when(new Set(names).size < names.length, "an alternative name is there twice");
    },
  },
  {
    name: "alternative-name-critical-without-subject",
    source: "RFC 5280, section 4.2.1.6",
    level: "error",
    check: (certificate) =>
      when(
        !certificate.hasSubject && certificate.extension("subjectAltName")?.critical === false,
        "subjectAltName is not critical, and there is no subject",
      ),
  },
  {
    name: "alternative-name-not-critical-with-subject",
    source: "RFC 5280, section 4.2.1.6",
    level: "warning",
    check: (certificate) =>
      when(
        certificate.hasSubject && certificate.extension("subjectAltName")?.critical === true,
        "subjectAltName is critical, although there is a subject",
      ),
  },
];

function utf8MailboxFault(tag: number, text: string): string | undefined {
  const at = text.lastIndexOf("@");
  const [local, domain] = [text.slice(0, Math.max(at, 0)), text.slice(at + 1)];
  return (
    when(tag !== 0x0c, "a SmtpUTF8Mailbox is not a UTF8String") ??
    when(at < 1 || local.startsWith("\ufeff"), "a SmtpUTF8Mailbox is not a mailbox") ??
    when(/^[\0-\x7f]*$/.test(local), "a SmtpUTF8Mailbox could be an rfc822Name") ??
    when(!/^[a-z0-9.-]+$/.test(domain), "a SmtpUTF8Mailbox has a domain that is not in lowercase ASCII") ??
    generalNameFault({ kind: "dNSName", value: { type: "IA5String", text: domain } })
  );
}
