import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parse } from "yaml";
import { yamlText } from "../../provider/cli/yamlText";

void describe("A value as YAML", () => {
  void it("is what a reader of YAML reads, whatever the value, by the rules of 1.1 and 1.2", () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.array(fc.string(), { minLength: 2 }).map((lines) => lines.join("\n")),
      fc.constantFrom(
        "no",
        "1.0",
        "2026-01-01",
        "0x1f",
        "~",
        "- a\nb",
        "a: b\nc",
        "# a\n b",
        "---\n...",
        "a\n\nb\n",
        "a\n\n",
      ),
    );
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        ...[text, fc.integer(), fc.boolean(), fc.constant(null)],
        fc.array(tie("value")),
        fc.dictionary(
          text.filter((name) => name !== "__proto__"),
          tie("value"),
          { noNullPrototype: true },
        ),
      ),
    })).value;
    fc.assert(
      fc.property(value, (given) => {
        for (const version of ["1.1", "1.2"] as const) {
          assert.deepEqual(parse(yamlText(given), { version, merge: false }), given);
        }
      }),
    );
  });

  void it("escapes what a reader may take for the end of a line, or cannot print", () => {
    const text = "a\u0085b\u2028c\u2029d\ufeffe\x7f";
    const escaped = String.raw`"a\u0085b\u2028c\u2029d\ufeffe\u007f"`;
    assert.equal(yamlText({ [text]: text }), `${escaped}: ${escaped}\n`);
  });

  void it("shows a certificate as a block", () => {
    const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert.equal(
      yamlText({ files: [{ "root_ca.crt": pem }], empty: {}, none: [] }),
      [
        "files:",
        "  - root_ca.crt: |",
        "      -----BEGIN CERTIFICATE-----",
        "      AAAA",
        "      -----END CERTIFICATE-----",
        "empty: {}",
        "none: []",
        "",
      ].join("\n"),
    );
  });
});
