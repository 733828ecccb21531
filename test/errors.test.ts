import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { messageOf, PkiError, systemCode } from "../provider/errors";

void describe("An error of this package", () => {
  const cause = new Error("the disk is full");
  const error = new PkiError("KEY_EXISTS", "the file of softkms:path=root.pem is taken", "Choose another name", {
    cause,
  });

  void it("states its code, what was wrong and what to do in one message", () => {
    assert.equal(error.message, "KEY_EXISTS: the file of softkms:path=root.pem is taken. Choose another name.");
  });

  void it("keeps its parts and its cause", () => {
    assert.ok(error instanceof Error);
    assert.deepEqual(
      [error.name, error.code, error.reason, error.remedy, error.cause],
      ["PkiError", "KEY_EXISTS", "the file of softkms:path=root.pem is taken", "Choose another name", cause],
    );
  });

  void it("is printed without repeating its parts", () => {
    assert.equal(inspect(error).split("Choose another name").length, 2);
  });
});

void describe("A thrown value", () => {
  const thrown: readonly { what: string; value: unknown; message: string; code: string | undefined }[] = [
    { what: "an error", value: new Error("no"), message: "no", code: undefined },
    { what: "a string", value: "no", message: "no", code: undefined },
    { what: "nothing", value: undefined, message: "undefined", code: undefined },
    { what: "an object with a code", value: { code: "ENOENT" }, message: "[object Object]", code: undefined },
    {
      what: "an error with a numeric code",
      value: Object.assign(new Error("no"), { code: 7 }),
      message: "no",
      code: undefined,
    },
    {
      what: "one of ours",
      value: new PkiError("CSR_INVALID", "a", "b"),
      message: "CSR_INVALID: a. b.",
      code: "CSR_INVALID",
    },
  ];
  for (const { what, value, message, code } of thrown) {
    void it(`yields a message and possibly a code: ${what}`, () => {
      assert.equal(messageOf(value), message);
      assert.equal(systemCode(value), code);
    });
  }

  void it("yields the code of a failed system call", () => {
    assert.throws(
      () => readFileSync("/nonexistent/file"),
      (error) => systemCode(error) === "ENOENT",
    );
  });
});
