import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkSubject } from "../../provider/inputs/subject";
import { UNKNOWN } from "../../provider/words/unknown";
import { found } from "./found";

void describe("A subject", () => {
  const checks: readonly { what: string; value: unknown; required?: boolean; expected?: readonly string[] }[] = [
    { what: "a common name", value: { commonName: "Root" } },
    {
      what: "every attribute",
      value: {
        country: "CH",
        organization: ["A", "B"],
        organizationalUnit: "PKI",
        province: "ZH",
        locality: "Zürich",
        streetAddress: "Weg 1",
        postalCode: "8000",
        serialNumber: "A-1",
        commonName: "Root",
        ...{ domainComponent: ["com", "example"], postOfficeBox: "1", businessCategory: "Private Organization" },
        ...{ jurisdictionCountry: "CH", jurisdictionProvince: "ZH", jurisdictionLocality: "Zürich" },
        ...{ organizationIdentifier: "VATCH-1", title: "Dr.", name: "A B", surname: "B", givenName: ["A", "C"] },
        ...{ initials: "AB", generationQualifier: "Jr.", pseudonym: "ab", dnQualifier: "1", description: "x" },
        ...{ telephoneNumber: "+41 44 1", userId: "ab", emailAddress: "a@example.com" },
        attributes: [
          { oid: "2.5.4.51", value: "12" },
          { oid: "1.2.3", value: "a", type: "ia5String" },
        ],
      },
    },
    {
      what: "unknown attributes by identifier",
      value: { commonName: "A", attributes: [UNKNOWN, { oid: UNKNOWN, value: UNKNOWN, type: UNKNOWN }] },
    },
    {
      what: "attributes that are no list",
      value: { attributes: {}, commonName: "A" },
      expected: ["SUBJECT_INVALID subject.attributes"],
    },
    {
      what: "wrong attributes by identifier",
      value: {
        commonName: "A",
        attributes: [
          ...["a", { oid: "x", value: "a" }, { oid: "2.5.4.3", value: "a" }, { oid: "1.2.3", value: "" }],
          ...[
            { oid: "1.2.3", value: "ü", type: "ia5String" },
            { oid: "1.2.3", value: "_", type: "printableString" },
          ],
          ...[
            { oid: "1.2.3", value: "a", type: "bmpString" },
            { oid: "1.2.3", value: "a", critical: true },
          ],
        ],
      },
      expected: ["", ".oid", ".oid", ".value", ".value", ".value", ".type", ".critical"].map(
        (field, index) => `SUBJECT_INVALID subject.attributes[${String(index)}]${field}`,
      ),
    },
    {
      what: "a domain label outside ASCII",
      value: { domainComponent: "bücher" },
      expected: ["SUBJECT_INVALID subject.domainComponent"],
    },
    {
      what: "a telephone number of letters with accents",
      value: { telephoneNumber: "é" },
      expected: ["SUBJECT_INVALID subject.telephoneNumber"],
    },
    {
      what: "a jurisdiction that is no country",
      value: { jurisdictionCountry: "ch" },
      expected: ["COUNTRY_INVALID subject.jurisdictionCountry"],
    },
    {
      what: "a domain in one label",
      value: { domainComponent: "example.com" },
      expected: ["SUBJECT_INVALID subject.domainComponent"],
    },
    { what: "an email address", value: { emailAddress: `${"a".repeat(240)}@example.com` } },
    {
      what: "a long email address",
      value: { emailAddress: `${"a".repeat(250)}@example.com` },
      expected: ["SUBJECT_INVALID subject.emailAddress"],
    },
    {
      what: "an email address that is none",
      value: { emailAddress: ["a@example.com", "example.com"] },
      expected: ["SUBJECT_INVALID subject.emailAddress"],
    },
    { what: "several common names", value: { commonName: ["A", "B"], serialNumber: ["1", "2"] } },
    { what: "an unknown subject", value: UNKNOWN },
    { what: "an unknown attribute", value: { commonName: UNKNOWN } },
    { what: "an unknown item of a list", value: { organization: ["A", UNKNOWN], country: ["CH", UNKNOWN] } },
    { what: "an attribute that is left out", value: { commonName: "Root", country: undefined } },
    { what: "no subject for a leaf", value: undefined, required: false },
    { what: "an empty subject for a leaf", value: {}, required: false },
    { what: "no subject for a CA", value: undefined, expected: ["SUBJECT_INVALID subject"] },
    { what: "null", value: null, expected: ["SUBJECT_INVALID subject"] },
    { what: "an empty object for a CA", value: {}, expected: ["SUBJECT_INVALID subject"] },
    {
      what: "an object with only undefined attributes",
      value: { commonName: undefined },
      expected: ["SUBJECT_INVALID subject"],
    },
    { what: "an object with an empty list", value: { organization: [] }, expected: ["SUBJECT_INVALID subject"] },
    { what: "a string", value: "CN=Root", expected: ["SUBJECT_INVALID subject"] },
    { what: "a list", value: ["Root"], expected: ["SUBJECT_INVALID subject"] },
    {
      what: "an unknown name",
      value: { commonName: "Root", cn: "Root" },
      expected: ["SUBJECT_INVALID subject.cn"],
    },
    {
      what: "a property name of every object",
      value: { commonName: "Root", constructor: "x" },
      expected: ["SUBJECT_INVALID subject.constructor"],
    },
    {
      what: "an empty string for a leaf",
      value: { commonName: "" },
      required: false,
      expected: ["SUBJECT_INVALID subject.commonName"],
    },
    { what: "a space", value: { commonName: " \t" }, expected: ["SUBJECT_INVALID subject.commonName"] },
    { what: "a number", value: { commonName: 1 }, expected: ["SUBJECT_INVALID subject.commonName"] },
    {
      what: "an empty item of a list",
      value: { organization: ["A", ""] },
      expected: ["SUBJECT_INVALID subject.organization"],
    },
    {
      what: "a serial number beyond PrintableString",
      value: { serialNumber: "A_1" },
      expected: ["SUBJECT_INVALID subject.serialNumber"],
    },
    {
      what: "two wrong attributes, both reported",
      value: { country: "Switzerland", commonName: "x".repeat(65) },
      expected: ["COUNTRY_INVALID subject.country", "SUBJECT_INVALID subject.commonName"],
    },
  ];
  for (const { what, value, required = true, expected = [] } of checks) {
    void it(`${expected.length === 0 ? "may be" : "must not be"} ${what}`, () => {
      assert.deepEqual(found(checkSubject(value, "subject", required)), expected);
    });
  }

  const countries: readonly { value: unknown; accepted: boolean }[] = [
    { value: "CH", accepted: true },
    { value: ["CH", "DE"], accepted: true },
    { value: "ch", accepted: false },
    { value: "C", accepted: false },
    { value: "CHE", accepted: false },
    { value: "C1", accepted: false },
    { value: "ÄÖ", accepted: false },
    { value: "CH\n", accepted: false },
    { value: "", accepted: false },
    { value: 41, accepted: false },
    { value: ["CH", "Germany"], accepted: false },
  ];
  for (const { value, accepted } of countries) {
    void it(`${accepted ? "accepts" : "refuses"} the country ${JSON.stringify(value)}`, () => {
      const problems = checkSubject({ commonName: "Root", country: value }, "subject", true);
      assert.deepEqual(found(problems), accepted ? [] : ["COUNTRY_INVALID subject.country"]);
    });
  }

  // RFC 5280, appendix A.1
  const bounds: readonly { field: string; characters: number }[] = [
    { field: "organization", characters: 64 },
    { field: "organizationalUnit", characters: 64 },
    { field: "province", characters: 128 },
    { field: "locality", characters: 128 },
    { field: "streetAddress", characters: 128 },
    { field: "postalCode", characters: 40 },
    { field: "serialNumber", characters: 64 },
    { field: "commonName", characters: 64 },
    { field: "title", characters: 64 },
    { field: "pseudonym", characters: 128 },
    { field: "surname", characters: 32_768 },
  ];
  for (const { field, characters } of bounds) {
    void it(`has a ${field} of at most ${String(characters)} characters`, () => {
      const check = (text: string): string[] => found(checkSubject({ [field]: text }, "subject", false));
      assert.deepEqual(check("x".repeat(characters)), []);
      assert.deepEqual(check("x".repeat(characters + 1)), [`SUBJECT_INVALID subject.${field}`]);
    });
  }

  void it("counts characters, not bytes or UTF-16 units", () => {
    assert.deepEqual(checkSubject({ commonName: "é".repeat(64) }, "subject", true), []);
    assert.deepEqual(checkSubject({ commonName: "🔑".repeat(64) }, "subject", true), []);
  });
});
