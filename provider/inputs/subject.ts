import {
  ATTRIBUTE_TYPES,
  type AttributeName,
  isPrintableString,
  STRING_TYPES,
  type StringType,
} from "../x509/distinguishedName";
import { isObjectIdentifier } from "./objectIdentifier";
import { isEmailAddress } from "./subjectAlternativeNames";
import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** The attributes that hold a country. */
const COUNTRIES: readonly AttributeName[] = ["country", "jurisdictionCountry"];

/** The attributes that are more than a string. */
const FORMS: Partial<Record<AttributeName, { is: (text: string) => boolean; what: string; example: string }>> = {
  emailAddress: { is: isEmailAddress, what: "an email address", example: '"pki@example.com"' },
  domainComponent: {
    is: (text) => /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(text),
    what: "one label of a domain (RFC 4519, section 2.4)",
    example: '["com", "example"]',
  },
};

/**
 * Checks a subject. A CA must have one (RFC 5280, section 4.1.2.6); a leaf may have only alternative names.
 *
 * @param missing what is wrong with an empty one
 */
export function checkSubject(
  value: unknown,
  property: string,
  required: boolean,
  missing = "the subject of a CA must not be empty",
): Problem[] {
  if (value === UNKNOWN) {
    return [];
  }
  if (value === undefined || value === null) {
    return required ? [empty(property, missing)] : [];
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    return [
      { code: "SUBJECT_INVALID", property, reason: "it is not an object", remedy: 'Write it as { commonName: "..." }' },
    ];
  }
  const problems = Object.entries(value).flatMap(([field, content]) =>
    checkField(field, content, `${property}.${field}`),
  );
  const isEmpty = Object.values(value)
    .flat()
    .every((content) => content === undefined || content === "");
  return required && isEmpty ? [...problems, empty(property, missing)] : problems;
}

function checkField(field: string, content: unknown, property: string): Problem[] {
  if (field === "attributes") {
    return checkOtherAttributes(content, property);
  }
  if (!isField(field)) {
    const names = [...Object.keys(ATTRIBUTE_TYPES), "attributes"];
    return [invalid(property, "it is not an attribute of a subject", `Use ${names.join(", ")}`)];
  }
  const { type, bound } = ATTRIBUTE_TYPES[field];
  const values = Array.isArray(content) ? (content as unknown[]) : [content];
  return values.flatMap((value): Problem[] => {
    if (value === undefined || value === UNKNOWN) {
      return [];
    }
    if (COUNTRIES.includes(field)) {
      return typeof value === "string" && /^[A-Z]{2}$/.test(value)
        ? []
        : [
            {
              code: "COUNTRY_INVALID",
              property,
              reason: `${JSON.stringify(value)} is not a country code`,
              remedy: 'Give the two capital letters of ISO 3166, such as "CH"',
            },
          ];
    }
    const [problems, form] = [checkString(value, property, type, bound), FORMS[field]];
    return problems.length > 0 || form === undefined || typeof value !== "string" || form.is(value)
      ? problems
      : [invalid(property, `${JSON.stringify(value)} is not ${form.what}`, `Write it like ${form.example}`)];
  });
}

function checkString(value: unknown, property: string, type: StringType, bound = Infinity): Problem[] {
  if (typeof value !== "string" || value.trim() === "") {
    return [invalid(property, "it is empty", "Give it a value, or omit it")];
  }
  if (type === "printableString" && !isPrintableString(value)) {
    return [invalid(property, "it has a character outside PrintableString (RFC 5280)", "Use letters and digits")];
  }
  if (type === "ia5String" && !/^[\x20-\x7e]+$/.test(value)) {
    return [invalid(property, "it has a character outside ASCII (RFC 5280)", "Use ASCII characters")];
  }
  return Array.from(value).length > bound
    ? [invalid(property, `it is longer than ${String(bound)} characters (RFC 5280)`, "Shorten it")]
    : [];
}

function checkOtherAttributes(content: unknown, property: string): Problem[] {
  if (content === undefined || content === UNKNOWN) {
    return [];
  }
  if (!Array.isArray(content)) {
    return [invalid(property, "it is not a list", 'Write it as [{ oid: "2.5.4.51", value: "..." }]')];
  }
  return content.flatMap((attribute: unknown, index): Problem[] => {
    const place = `${property}[${String(index)}]`;
    if (attribute === UNKNOWN) {
      return [];
    }
    if (typeof attribute !== "object" || attribute === null) {
      return [invalid(place, "it is not an object", 'Write it as { oid: "2.5.4.51", value: "..." }')];
    }
    const { oid, value, type = "utf8String", ...others } = attribute as Readonly<Record<string, unknown>>;
    const known = Object.entries(ATTRIBUTE_TYPES).find(([, each]) => each.oid === oid)?.[0];
    return [
      ...Object.keys(others).map((name) =>
        invalid(`${place}.${name}`, "there is no such field", "Remove it, or use one of oid, value, type"),
      ),
      ...(oid === UNKNOWN || isObjectIdentifier(oid)
        ? []
        : [invalid(`${place}.oid`, `${JSON.stringify(oid)} is not an object identifier`, 'Write it like "2.5.4.51"')]),
      ...(known === undefined
        ? []
        : [invalid(`${place}.oid`, `the attribute has a name, ${known}`, `Give it as ${known}`)]),
      ...(type === UNKNOWN || isStringType(type)
        ? []
        : [invalid(`${place}.type`, `${JSON.stringify(type)} is unknown`, `Choose among ${STRING_TYPES.join(", ")}`)]),
      ...(value === UNKNOWN ? [] : checkString(value, `${place}.value`, isStringType(type) ? type : "utf8String")),
    ];
  });
}

function isStringType(type: unknown): type is StringType {
  return STRING_TYPES.some((each) => each === type);
}

function isField(field: string): field is AttributeName {
  return Object.hasOwn(ATTRIBUTE_TYPES, field);
}

function empty(property: string, missing: string): Problem {
  return invalid(property, missing, "Give it at least a commonName");
}

function invalid(property: string, reason: string, remedy: string): Problem {
  return { code: "SUBJECT_INVALID", property, reason, remedy };
}
