import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { JsonDocument } from "../../provider/cli/jsonDocument";
import { PkiError } from "../../provider/errors";

void describe("A JSON document", () => {
  const changes: readonly { what: string; text: string; path: string[]; value: unknown; expected: string }[] = [
    {
      what: "a value among unusual spaces and numbers too long for JavaScript",
      text: '{"n":12345678901234567890 ,\t"root" :  "a"  , "f": 1.0e+2,"e":"\\u00e9\\/"}\n\n',
      path: ["root"],
      value: "b",
      expected: '{"n":12345678901234567890 ,\t"root" :  "b"  , "f": 1.0e+2,"e":"\\u00e9\\/"}\n\n',
    },
    {
      what: "no nested field of the same name, before or after",
      text: '{"a":{"root":"x","key":"root"},"root":"a","root_":1,"z":[{"root":"y"}],"s":"\\"root\\": \\"a\\""}',
      path: ["root"],
      value: "b",
      expected: '{"a":{"root":"x","key":"root"},"root":"b","root_":1,"z":[{"root":"y"}],"s":"\\"root\\": \\"a\\""}',
    },
    {
      what: "nothing when the value is already there, however it is written",
      text: '{ "kms": { "uri":"\\u0061:b\\/c" , "type" : "t" } }',
      path: ["kms"],
      value: { type: "t", uri: "a:b/c" },
      expected: '{ "kms": { "uri":"\\u0061:b\\/c" , "type" : "t" } }',
    },
    {
      what: "a new last field in the style of the one before it",
      text: '{\r\n\t"a" : 1,\r\n\t"b" : [ 2 ]\r\n}\r\n',
      path: ["ssh", "hostKey"],
      value: "h",
      expected: '{\r\n\t"a" : 1,\r\n\t"b" : [ 2 ],\r\n\t"ssh" : {\r\n\t\t"hostKey": "h"\r\n\t}\r\n}\r\n',
    },
    {
      what: "a new field on the same line in a single-line text",
      text: '{"a":1,"b":2}',
      path: ["kms"],
      value: { type: "t" },
      expected: '{"a":1,"b":2,"kms":{"type":"t"}}',
    },
    {
      what: "a new field of an inner object, indented as its sibling is",
      text: '{\n   "ssh": {\n        "hostKey": "h" }\n}',
      path: ["ssh", "userKey"],
      value: "u",
      expected: '{\n   "ssh": {\n        "hostKey": "h",\n        "userKey": "u" }\n}',
    },
    { what: "a first field", text: "{ }", path: ["a", "b"], value: 1, expected: '{"a": {"b":1} }' },
    {
      what: "an object in place of null",
      text: '{"ssh": null}',
      path: ["ssh", "a"],
      value: 1,
      expected: '{"ssh": {"a":1}}',
    },
    {
      what: "a whole object, on its own lines",
      text: '{\n    "kms": {"type": "old"},\n    "z": 1\n}',
      path: ["kms"],
      value: { type: "new", region: "eu" },
      expected: '{\n    "kms": {\n        "type": "new",\n        "region": "eu"\n    },\n    "z": 1\n}',
    },
    {
      what: "a field in another case, as Go matches it",
      text: '{"Root":"a"}',
      path: ["root"],
      value: "b",
      expected: '{"Root":"b"}',
    },
  ];
  for (const { what, text, path, value, expected } of changes) {
    void it(`changes ${what}`, () => {
      const document = new JsonDocument(text, "ca.json");
      document.set(path, value);
      assert.equal(document.text, expected);
      assert.deepEqual(document.get(path), value);
      document.set(path, value);
      assert.equal(document.text, expected, "a second time it changes nothing");
    });
  }

  const removals: readonly { what: string; text: string; path: string[]; expected: string }[] = [
    {
      what: "the first of several",
      text: '{ "kms": {\n\t"pin" : 1 ,\n\t"b": 2 } }',
      path: ["kms", "pin"],
      expected: '{ "kms": {\n\t"b": 2 } }',
    },
    {
      what: "one in the middle",
      text: '{"a": 1,\r\n "PIN": 1,\r\n "b": 2}',
      path: ["pin"],
      expected: '{"a": 1,\r\n "b": 2}',
    },
    {
      what: "the last",
      text: '{"kms": {"b": 2 , "pin": {"x": 1} } }',
      path: ["kms", "pin"],
      expected: '{"kms": {"b": 2 } }',
    },
    { what: "the only one", text: '{"kms": { "pin": 1 } }', path: ["kms", "pin"], expected: '{"kms": {  } }' },
    { what: "nothing when there is none", text: '{"kms": "x"}', path: ["kms", "pin"], expected: '{"kms": "x"}' },
  ];
  for (const { what, text, path, expected } of removals) {
    void it(`removes a field: ${what}`, () => {
      const document = new JsonDocument(text, "ca.json");
      document.remove(path);
      assert.equal(document.text, expected);
    });
  }

  void it("returns the value at a path, or undefined if there is none", () => {
    const document = new JsonDocument('{"a": {"b": [1]}}', "ca.json");
    assert.deepEqual(document.get(["a", "b"]), [1]);
    assert.equal(document.get(["a", "c"]), undefined);
    assert.equal(document.get(["a", "b", "c"]), undefined);
  });

  const refusals: readonly { what: string; text: string; path?: string[]; message: RegExp }[] = [
    { what: "an empty text", text: "", message: /is not JSON/ },
    { what: "a comment", text: '{\n  // "pin": "s3cr3t"\n  "a": 1}', message: /is not JSON at line 2, column 3/ },
    { what: "a trailing comma", text: '{"pin": "s3cr3t",}', message: /is not JSON at line 1/ },
    { what: "a byte order mark", text: '\ufeff{"a": 1}', message: /is not JSON/ },
    { what: "a second value", text: '{"a": 1} {}', message: /is not JSON at line 1, column 10/ },
    { what: "a raw newline in a string", text: '{"a": "s3cr3t\n"}', message: /is not JSON/ },
    { what: "a list", text: "[1]", message: /is not a JSON object/ },
    { what: "a field that occurs twice", text: '{"root": 1, "root": 2}', path: ["root"], message: /"root" twice/ },
    { what: "a field twice in two cases", text: '{"root": 1, "ROOT": 2}', path: ["root"], message: /"root" twice/ },
    {
      what: "a string in place of an object",
      text: '{"ssh": "x"}',
      path: ["ssh", "a"],
      message: /"ssh" that is not an object/,
    },
  ];
  for (const { what, text, path = ["x"], message } of refusals) {
    void it(`refuses ${what}, without quoting it`, () => {
      assert.throws(
        () => {
          new JsonDocument(text, "ca.json").set(path, "y");
        },
        (error) => {
          assert.ok(error instanceof PkiError);
          assert.equal(error.code, "CONFIG_INVALID");
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /s3cr3t/);
          return true;
        },
      );
    });
  }
});
