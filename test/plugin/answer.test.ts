import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answering } from "../../provider/plugin/answer";
import { PkiError } from "../../provider/errors";

/** The message with which a method ends that throws. */
function messageOfThrown(thrown: unknown): Promise<string> {
  const method = answering(() => Promise.reject(thrown as Error));
  return new Promise((resolve) => {
    method({ request: {} } as never, (error) => {
      resolve(error !== null && "details" in error ? (error.details ?? "") : "");
    });
  });
}

void describe("A method of the plugin that fails", () => {
  void it("tells an error of this package as it is", async () => {
    const error = new PkiError("KEY_DISABLED", "the key is disabled for this test", "Enable it");
    assert.equal(await messageOfThrown(error), error.message);
  });

  void it("tells a message that is too long for the protocol shortened, with its code and its remedy", async () => {
    for (const path of ["x".repeat(100_000), "\u{1f4a5}".repeat(20_000)]) {
      const error = new PkiError("KEY_NOT_FOUND", `there is no key file ${path}`, "Correct its path");
      const message = await messageOfThrown(error);
      assert.match(message, /^KEY_NOT_FOUND: there is no key file .* Correct its path\.$/u);
      assert.ok(encodeURIComponent(message).length < 20_000);
    }
  });

  void it("tells any other as unforeseen, with its cause, in one line and without what a parser quotes", async () => {
    const defect = await messageOfThrown(new TypeError("Cannot read properties of undefined (reading 'uri')"));
    assert.match(defect, /^INTERNAL: .*: Cannot read properties of undefined \(reading 'uri'\)\. Look at/);
    let unreadable: unknown;
    try {
      JSON.parse('hunter2\n"739281"');
    } catch (error) {
      unreadable = error;
    }
    const message = await messageOfThrown(unreadable);
    assert.match(message, /^INTERNAL: /);
    assert.doesNotMatch(message, /hunter2|739281|\n/);
  });
});
