import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkCustomExtensions, checkOtherNames, checkTlsFeatures } from "../../provider/inputs/customExtensions";
import { UNKNOWN } from "../../provider/words/unknown";
import { EXTENSION_ARGUMENTS } from "../../provider/x509/customExtension";
import { found } from "./found";

const OID = "1.3.6.1.4.1.99999.1";
const ALLOWED = { allowedExtensions: [OID] };

void describe("Extensions by object identifier", () => {
  const cases: readonly {
    what: string;
    inputs: Record<string, unknown>;
    ca?: boolean;
    expected?: readonly string[];
  }[] = [
    { what: "nothing", inputs: {} },
    { what: "an allowed one in hex", inputs: { ...ALLOWED, extensions: [{ oid: OID, valueHex: "0500" }] } },
    { what: "an allowed one in base64", inputs: { ...ALLOWED, extensions: [{ oid: OID, valueDer: "BQA=" }] } },
    {
      what: "a critical one of a leaf",
      inputs: { ...ALLOWED, extensions: [{ oid: OID, critical: true, valueHex: "0500" }] },
    },
    { what: "unknown", inputs: { extensions: UNKNOWN, allowedExtensions: UNKNOWN } },
    {
      what: "unknown in parts",
      inputs: { ...ALLOWED, extensions: [UNKNOWN, { oid: UNKNOWN, critical: UNKNOWN, valueHex: UNKNOWN }] },
    },
    {
      what: "one that may be allowed",
      inputs: { extensions: [{ oid: OID, valueHex: "0500" }], allowedExtensions: [UNKNOWN] },
    },
    {
      what: "one that nothing allows",
      inputs: { extensions: [{ oid: OID, valueHex: "0500" }] },
      expected: ["EXTENSION_INVALID extensions[0].oid"],
    },
    {
      what: "one that is not allowed",
      inputs: { ...ALLOWED, extensions: [{ oid: "1.2.3", valueHex: "0500" }] },
      expected: ["EXTENSION_INVALID extensions[0].oid"],
    },
    {
      what: "the same twice",
      inputs: {
        ...ALLOWED,
        extensions: [
          { oid: OID, valueHex: "0500" },
          { oid: OID, valueHex: "0101ff" },
        ],
      },
      expected: ["EXTENSION_INVALID extensions[1].oid"],
    },
    {
      what: "a critical one of a CA",
      inputs: { ...ALLOWED, extensions: [{ oid: OID, critical: true, valueHex: "0500" }] },
      ca: true,
      expected: ["EXTENSION_INVALID extensions[0].critical"],
    },
    {
      what: "critical in another way",
      inputs: { ...ALLOWED, extensions: [{ oid: OID, critical: "yes", valueHex: "0500" }] },
      expected: ["EXTENSION_INVALID extensions[0].critical"],
    },
    {
      what: "two values",
      inputs: { ...ALLOWED, extensions: [{ oid: OID, valueDer: "BQA=", valueHex: "0500" }] },
      expected: ["EXTENSION_INVALID extensions[0]"],
    },
    {
      what: "no value",
      inputs: { ...ALLOWED, extensions: [{ oid: OID }] },
      expected: ["EXTENSION_INVALID extensions[0]"],
    },
    {
      what: "another field",
      inputs: { ...ALLOWED, extensions: [{ oid: OID, valueHex: "0500", value: "a" }] },
      expected: ["EXTENSION_INVALID extensions[0].value"],
    },
    {
      what: "a UUID",
      inputs: { allowedExtensions: ["2.25.12345678901"], extensions: [{ oid: "2.25.12345678901", valueHex: "0500" }] },
      expected: ["EXTENSION_INVALID extensions[0].oid"],
    },
    { what: "a text", inputs: { extensions: OID }, expected: ["EXTENSION_INVALID extensions"] },
    { what: "null", inputs: { extensions: [null] }, expected: ["EXTENSION_INVALID extensions[0]"] },
    {
      what: "a name that is allowed",
      inputs: { allowedExtensions: ["a"] },
      expected: ["EXTENSION_INVALID allowedExtensions[0]"],
    },
    {
      what: "a text that is allowed",
      inputs: { allowedExtensions: OID },
      expected: ["EXTENSION_INVALID allowedExtensions"],
    },
  ];
  for (const { what, inputs, ca = false, expected = [] } of cases) {
    void it(`${expected.length === 0 ? "may" : "must not"} be ${what}`, () => {
      assert.deepEqual(found(checkCustomExtensions(inputs, ca)), expected);
    });
  }

  for (const [name, refused] of Object.entries({
    valueHex: ["", "5", "05", "0500 ", "050000", "05000500", "3080", "zz", 1, {}],
    valueDer: ["", "BQ==", "BQA", "BQAA", "0500", "BQA=\n", 1],
  })) {
    for (const value of refused) {
      void it(`are not ${JSON.stringify(value)} in ${name}`, () => {
        const problems = found(checkCustomExtensions({ ...ALLOWED, extensions: [{ oid: OID, [name]: value }] }, false));
        assert.deepEqual(problems, [`EXTENSION_INVALID extensions[0].${name}`]);
      });
    }
  }

  for (const [oid, argument] of Object.entries(EXTENSION_ARGUMENTS)) {
    void it(`are not ${oid}, which an argument makes: ${argument}`, () => {
      const problems = checkCustomExtensions(
        { allowedExtensions: [oid], extensions: [{ oid, valueHex: "0500" }] },
        false,
      );
      assert.deepEqual(found(problems), ["EXTENSION_INVALID extensions[0].oid"]);
      assert.equal(problems[0]?.remedy, `Use ${argument}`);
    });
  }
});

void describe("Names of other kinds", () => {
  const cases: readonly { value: unknown; expected?: readonly string[] }[] = [
    { value: undefined },
    { value: [] },
    { value: UNKNOWN },
    {
      value: [
        { oid: OID, utf8String: "a" },
        { oid: OID, valueHex: "0500" },
      ],
    },
    { value: [{ oid: UNKNOWN, utf8String: UNKNOWN }] },
    { value: {}, expected: ["SAN_INVALID otherNames"] },
    { value: ["a"], expected: ["SAN_INVALID otherNames[0]"] },
    { value: [{ oid: OID }], expected: ["SAN_INVALID otherNames[0]"] },
    { value: [{ oid: "upn", utf8String: "a" }], expected: ["SAN_INVALID otherNames[0].oid"] },
    { value: [{ oid: OID, utf8String: "" }], expected: ["SAN_INVALID otherNames[0].utf8String"] },
    { value: [{ oid: OID, valueHex: "05" }], expected: ["SAN_INVALID otherNames[0].valueHex"] },
    { value: [{ oid: OID, utf8String: "a", valueHex: "0500" }], expected: ["SAN_INVALID otherNames[0]"] },
    { value: [{ oid: OID, utf8String: "a", value: "b" }], expected: ["SAN_INVALID otherNames[0].value"] },
  ];
  for (const { value, expected = [] } of cases) {
    void it(`${expected.length === 0 ? "may" : "must not"} be ${JSON.stringify(value)}`, () => {
      assert.deepEqual(found(checkOtherNames({ otherNames: value })), expected);
    });
  }
});

void describe("Features of TLS", () => {
  for (const value of [undefined, [], UNKNOWN, [UNKNOWN], ["status_request", "status_request_v2", 5, 0, 65_535]]) {
    void it(`may be ${JSON.stringify(value)}`, () => {
      assert.deepEqual(checkTlsFeatures(value, "tlsFeatures"), []);
    });
  }
  for (const value of [5, "status_request", ["staple"], [-1], [65_536], [1.5], [null], ["constructor"]]) {
    void it(`must not be ${JSON.stringify(value)}`, () => {
      assert.deepEqual(found(checkTlsFeatures(value, "tlsFeatures")), ["EXTENSION_INVALID tlsFeatures"]);
    });
  }
});
