import type { DistinguishedName } from "../x509/distinguishedName";
import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";

/** The upper bounds of RFC 5280, appendix A.1, in characters. */
const UPPER_BOUNDS: Record<keyof DistinguishedName, number> = {
  country: 2,
  organization: 64,
  organizationalUnit: 64,
  province: 128,
  locality: 128,
  streetAddress: 128,
  postalCode: 40,
  serialNumber: 64,
  commonName: 64,
};

const PRINTABLE_STRING = /^[A-Za-z0-9 '()+,\-./:=?]+$/;

/** Checks a subject. A CA must have one (RFC 5280, section 4.1.2.6); a leaf may have only alternative names. */
export function checkSubject(value: unknown, property: string, required: boolean): Problem[] {
  if (value === UNKNOWN) {
    return [];
  }
  if (value === undefined || value === null) {
    return required ? [empty(property)] : [];
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
  return required && isEmpty ? [...problems, empty(property)] : problems;
}

function checkField(field: string, content: unknown, property: string): Problem[] {
  if (!isField(field)) {
    return [invalid(property, "it is not an attribute of a subject", `Use ${Object.keys(UPPER_BOUNDS).join(", ")}`)];
  }
  const values = Array.isArray(content) ? (content as unknown[]) : [content];
  return values.flatMap((value): Problem[] => {
    if (value === undefined || value === UNKNOWN) {
      return [];
    }
    if (field === "country") {
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
    if (typeof value !== "string" || value.trim() === "") {
      return [invalid(property, "it is empty", "Give it a value, or omit it")];
    }
    if (field === "serialNumber" && !PRINTABLE_STRING.test(value)) {
      return [invalid(property, "it has a character outside PrintableString (RFC 5280)", "Use letters and digits")];
    }
    const bound = UPPER_BOUNDS[field];
    return Array.from(value).length > bound
      ? [invalid(property, `it is longer than ${String(bound)} characters (RFC 5280)`, "Shorten it")]
      : [];
  });
}

function isField(field: string): field is keyof DistinguishedName {
  return Object.hasOwn(UPPER_BOUNDS, field);
}

function empty(property: string): Problem {
  return invalid(property, "the subject of a CA must not be empty", "Give it at least a commonName");
}

function invalid(property: string, reason: string, remedy: string): Problem {
  return { code: "SUBJECT_INVALID", property, reason, remedy };
}
