import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DistinguishedName } from "../../provider/x509/distinguishedName";
import { asn1, derOf, openssl } from "../fixtures/openssl";
import { missing } from "../tools";
import { issueRoot } from "./issuing";

/** Object identifier or name as openssl prints it, string type, text. */
type Attribute = readonly [type: string, stringType: string, text: string];

/** The attributes of a certificate's subject in order, with their string types. */
function subjectAttributes(pem: string): Attribute[] {
  const lines = asn1(derOf(pem), "-i").split("\n");
  const validity = lines.findIndex((line) => line.includes("UTCTIME"));
  const key = lines.findIndex((line) => line.includes("id-ecPublicKey"));
  return lines.slice(validity, key).flatMap((line, index, all): Attribute[] => {
    const type = / prim: +OBJECT +:(.+)$/.exec(line)?.[1];
    const value = / prim: +([A-Z0-9]+STRING) +:(.*)$/.exec(all[index + 1] ?? "");
    return type === undefined || value === null ? [] : [[type, value[1] ?? "", value[2] ?? ""]];
  });
}

/** The subject as openssl prints it, one attribute per line. */
function subjectLines(pem: string): string[] {
  const options = ["-noout", "-subject", "-nameopt", "sep_multiline,sname,space_eq,utf8"];
  return openssl(["x509", ...options], pem)
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}

const FULL: DistinguishedName = {
  commonName: 'Prüf-CA "G1", Zürich + Genève',
  serialNumber: "CHE-123.456.789",
  postalCode: "8001",
  streetAddress: "Bahnhofstraße 1, 3. Stock",
  locality: "Zürich",
  province: "ZH",
  organizationalUnit: ["Öffentliche Schlüssel", "暗号", "a=b; <c> #d \\e"],
  organization: "Müller & Söhne, AG",
  country: "CH",
};

void describe("A subject", { skip: missing("openssl") }, () => {
  void it("has every attribute, from the most general to the most specific, each in its string type", async () => {
    const attributes = subjectAttributes(await issueRoot({ subject: FULL }));
    assert.deepEqual(
      attributes.map(([type, stringType]) => [type, stringType]),
      [
        ["countryName", "PRINTABLESTRING"],
        ["organizationName", "UTF8STRING"],
        ["organizationalUnitName", "UTF8STRING"],
        ["organizationalUnitName", "UTF8STRING"],
        ["organizationalUnitName", "UTF8STRING"],
        ["stateOrProvinceName", "UTF8STRING"],
        ["localityName", "UTF8STRING"],
        ["streetAddress", "UTF8STRING"],
        ["postalCode", "UTF8STRING"],
        ["serialNumber", "PRINTABLESTRING"],
        ["commonName", "UTF8STRING"],
      ],
    );
  });

  void it("has the attributes of X.520, each in its string type, in an order of their own", async () => {
    const text = ["title", "name", "surname", "givenName", "initials", "generationQualifier", "pseudonym"] as const;
    const subject: DistinguishedName = {
      ...Object.fromEntries(text.map((field) => [field, "x"])),
      ...{
        attributes: [
          { oid: "2.5.4.51", value: "12" },
          { oid: "1.2.3.4", value: "a", type: "ia5String" },
        ],
      },
      ...{ emailAddress: "a@example.com", userId: "x", telephoneNumber: "1", description: "x", dnQualifier: "x" },
      ...{ commonName: ["A", "B"], organizationIdentifier: "x", jurisdictionLocality: "x", jurisdictionProvince: "x" },
      ...{ jurisdictionCountry: "CH", businessCategory: "x", postOfficeBox: "1", domainComponent: ["com", "example"] },
    };
    const attributes = subjectAttributes(await issueRoot({ subject, emailAddresses: ["a@example.com"] }));
    assert.deepEqual(
      attributes.map(([type, stringType]) => `${type} ${stringType}`),
      [
        ...["domainComponent IA5STRING", "domainComponent IA5STRING", "postOfficeBox UTF8STRING"],
        ...["businessCategory UTF8STRING", "jurisdictionCountryName PRINTABLESTRING"],
        ...["jurisdictionStateOrProvinceName UTF8STRING", "jurisdictionLocalityName UTF8STRING"],
        ...["organizationIdentifier UTF8STRING", "commonName UTF8STRING", "commonName UTF8STRING"],
        ...text.map((name) => `${name} UTF8STRING`),
        ...["dnQualifier PRINTABLESTRING", "description UTF8STRING", "telephoneNumber PRINTABLESTRING"],
        ...["userId UTF8STRING", "emailAddress IA5STRING", "houseIdentifier UTF8STRING", "1.2.3.4 IA5STRING"],
      ],
    );
  });

  void it("keeps every character: accents, commas, quotes, symbols", async () => {
    assert.deepEqual(subjectLines(await issueRoot({ subject: FULL })), [
      "C = CH",
      "O = Müller & Söhne, AG",
      "OU = Öffentliche Schlüssel",
      "OU = 暗号",
      "OU = a=b; <c> #d \\e",
      "ST = ZH",
      "L = Zürich",
      "street = Bahnhofstraße 1, 3. Stock",
      "postalCode = 8001",
      "serialNumber = CHE-123.456.789",
      'CN = Prüf-CA "G1", Zürich + Genève',
    ]);
  });

  void it("is also the issuer of a self-signed certificate", async () => {
    const pem = await issueRoot({ subject: FULL });
    const hash = (option: string): string => openssl(["x509", "-noout", option], pem);
    assert.equal(hash("-subject_hash"), hash("-issuer_hash"));
    assert.equal(
      openssl(["x509", "-noout", "-subject"], pem).slice(8),
      openssl(["x509", "-noout", "-issuer"], pem).slice(7),
    );
  });

  const listed = ["country", "organization", "organizationalUnit", "province", "locality", "streetAddress"] as const;
  for (const field of [...listed, "postalCode"] as const) {
    void it(`may have several of ${field}, each on its own, in the order given`, async () => {
      const values = field === "country" ? ["CH", "AT"] : ["second", "first"];
      const pem = await issueRoot({ subject: { [field]: values, commonName: "CA" } });
      const lines = subjectLines(pem);
      assert.deepEqual(
        lines.map((line) => line.split(" = ")[1]),
        [...values, "CA"],
      );
      assert.equal(asn1(derOf(pem)).match(/cons: SET/g)?.length, 6); // three for the issuer, three for the subject
    });
  }

  const unsaid = [
    { what: "an undefined attribute", subject: { commonName: "CA", organization: undefined } },
    { what: "an empty list", subject: { commonName: "CA", organization: [] } },
  ];
  for (const { what, subject } of unsaid) {
    void it(`leaves out ${what}`, async () => {
      assert.deepEqual(subjectLines(await issueRoot({ subject: subject as DistinguishedName })), ["CN = CA"]);
    });
  }
});
