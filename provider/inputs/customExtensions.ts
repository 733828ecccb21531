import type { Problem } from "../words/problem";
import { UNKNOWN } from "../words/unknown";
import { EXTENSION_ARGUMENTS, TLS_FEATURES, valueOctets } from "../x509/customExtension";
import { firstElement } from "../x509/der";
import { extensionProblem } from "./extensions";
import { isObjectIdentifier } from "./objectIdentifier";
import { fieldsOf, unknownFields } from "./policies";

const EXTENSION = '{ oid: "1.3.6.1.4.1.99999.1", valueHex: "0500" }';
const OTHER_NAME = '{ oid: "1.3.6.1.4.1.311.20.2.3", utf8String: "user@example.com" }';

/**
 * Checks extensions by object identifier: each is in the list of those that are allowed, comes once, and is not one that
 * an argument makes. A CA must have no critical one, because no reader would accept what the CA issues.
 */
export function checkCustomExtensions(inputs: Readonly<Record<string, unknown>>, ca: boolean): Problem[] {
  const { extensions, allowedExtensions } = inputs;
  const oids = Array.isArray(extensions) ? extensions.map((each: unknown) => fieldsOf(each)?.["oid"]) : [];
  return [
    ...checkAllowed(allowedExtensions),
    ...checkItems(extensions, "extensions", EXTENSION, (fields, place, index) => {
      const { oid, critical, valueDer, valueHex, ...others } = fields;
      const isFirst = oid === UNKNOWN || oids.indexOf(oid) === index;
      return [
        ...unknownFields(others, place, ["oid", "critical", "valueDer", "valueHex"]),
        ...checkOid(oid, `${place}.oid`, EXTENSION),
        ...checkSize(oid, `${place}.oid`),
        ...(isFirst
          ? []
          : [extensionProblem(`${place}.oid`, "the extension is listed before", "Remove one of the two")]),
        ...checkPermission(oid, `${place}.oid`, allowedExtensions),
        ...checkCritical(critical, `${place}.critical`, ca),
        ...checkValue({ valueDer, valueHex }, place, EXTENSION),
      ];
    }),
  ];
}

/** The library that writes certificates loses an arc of more than 32 bits in an extension's own identifier. */
function checkSize(oid: unknown, property: string): Problem[] {
  return typeof oid === "string" && /^2\.25\.\d{10}/.test(oid)
    ? [
        extensionProblem(
          property,
          "a UUID cannot be written as the identifier of an extension",
          "Use another identifier",
        ),
      ]
    : [];
}

function checkAllowed(allowed: unknown): Problem[] {
  if (allowed === undefined || allowed === null || allowed === UNKNOWN) {
    return [];
  }
  const property = "allowedExtensions";
  return Array.isArray(allowed)
    ? allowed.flatMap((oid: unknown, index) => checkOid(oid, `${property}[${String(index)}]`, '"1.3.6.1.4.1.99999.1"'))
    : [extensionProblem(property, "it is not a list", 'Write it as ["1.3.6.1.4.1.99999.1"]')];
}

function checkPermission(oid: unknown, property: string, allowed: unknown): Problem[] {
  const argument =
    typeof oid === "string" && Object.hasOwn(EXTENSION_ARGUMENTS, oid) ? EXTENSION_ARGUMENTS[oid] : undefined;
  if (argument !== undefined) {
    return [extensionProblem(property, "an argument of its own makes this extension", `Use ${argument}`)];
  }
  const isOpen = oid === UNKNOWN || allowed === UNKNOWN || (Array.isArray(allowed) && allowed.includes(UNKNOWN));
  return isOpen || (Array.isArray(allowed) && allowed.includes(oid))
    ? []
    : [
        extensionProblem(
          property,
          "allowedExtensions does not list it",
          "Add it to allowedExtensions, or remove the extension",
        ),
      ];
}

function checkCritical(critical: unknown, property: string, ca: boolean): Problem[] {
  if (critical === undefined || critical === null || critical === UNKNOWN || critical === false) {
    return [];
  }
  if (critical !== true) {
    return [extensionProblem(property, `${JSON.stringify(critical)} is not true or false`, "Give true or false")];
  }
  return ca
    ? [
        extensionProblem(
          property,
          "step-ca and other readers refuse a CA with a critical extension that they do not know",
          "Omit it",
        ),
      ]
    : [];
}

/** Checks alternative names of other kinds. */
export function checkOtherNames(inputs: Readonly<Record<string, unknown>>): Problem[] {
  return checkItems(inputs["otherNames"], "otherNames", OTHER_NAME, (fields, place) => {
    const { oid, utf8String, valueHex, ...others } = fields;
    return [
      ...unknownFields(others, place, ["oid", "utf8String", "valueHex"]),
      ...checkOid(oid, `${place}.oid`, OTHER_NAME),
      ...checkOtherName(utf8String, valueHex, place),
    ];
  }).map((problem) => ({ ...problem, code: "SAN_INVALID" as const }));
}

function checkOtherName(utf8String: unknown, valueHex: unknown, place: string): Problem[] {
  if (utf8String === undefined || utf8String === null) {
    return checkValue({ valueHex }, place, OTHER_NAME);
  }
  if (valueHex !== undefined && valueHex !== null) {
    return [extensionProblem(place, "it has two values", "Give one of utf8String and valueHex")];
  }
  return utf8String === UNKNOWN || (typeof utf8String === "string" && utf8String !== "")
    ? []
    : [extensionProblem(`${place}.utf8String`, "it is empty, or not a text", `Write it like ${OTHER_NAME}`)];
}

/** Checks the features of TLS that a server must offer. */
export function checkTlsFeatures(value: unknown, property: string): Problem[] {
  if (value === undefined || value === null || value === UNKNOWN) {
    return [];
  }
  const choices = [...Object.keys(TLS_FEATURES), "a whole number from 0 to 65535"].join(", ");
  if (!Array.isArray(value)) {
    return [extensionProblem(property, "it is not a list", 'Write it as ["status_request"]')];
  }
  return value
    .filter((feature: unknown) => feature !== UNKNOWN && !isTlsFeature(feature))
    .map((feature: unknown) =>
      extensionProblem(property, `${JSON.stringify(feature)} is not a feature of TLS`, `Choose among ${choices}`),
    );
}

function isTlsFeature(feature: unknown): boolean {
  return typeof feature === "number"
    ? Number.isInteger(feature) && feature >= 0 && feature <= 65_535
    : typeof feature === "string" && Object.hasOwn(TLS_FEATURES, feature);
}

function checkItems(
  value: unknown,
  property: string,
  example: string,
  check: (fields: Record<string, unknown>, place: string, index: number) => Problem[],
): Problem[] {
  if (value === undefined || value === null || value === UNKNOWN) {
    return [];
  }
  if (!Array.isArray(value)) {
    return [extensionProblem(property, "it is not a list", `Write it as [${example}]`)];
  }
  return value.flatMap((item: unknown, index): Problem[] => {
    const place = `${property}[${String(index)}]`;
    const fields = fieldsOf(item);
    if (item === UNKNOWN) {
      return [];
    }
    return fields === undefined
      ? [extensionProblem(place, "it is not an object", `Write it as ${example}`)]
      : check(fields, place, index);
  });
}

function checkOid(oid: unknown, property: string, example: string): Problem[] {
  return oid === UNKNOWN || isObjectIdentifier(oid)
    ? []
    : [extensionProblem(property, `${JSON.stringify(oid)} is not an object identifier`, `Write it like ${example}`)];
}

/** Checks that exactly one value is given, and that it is one element of DER. */
function checkValue(values: Readonly<Record<string, unknown>>, place: string, example: string): Problem[] {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  const [first] = given;
  if (first === undefined || given.length > 1) {
    const reason = first === undefined ? "it has no value" : "it has two values";
    return [extensionProblem(place, reason, `Write it like ${example}`)];
  }
  const [name, value] = first;
  if (value === UNKNOWN) {
    return [];
  }
  const octets = typeof value === "string" ? valueOctets({ [name]: value }) : undefined;
  return octets !== undefined && firstElement(octets)?.whole.length === octets.length
    ? []
    : [
        extensionProblem(
          `${place}.${name}`,
          `it is not one element of DER in ${name === "valueDer" ? "base64" : "hex"}`,
          `Write it like ${example}`,
        ),
      ];
}
