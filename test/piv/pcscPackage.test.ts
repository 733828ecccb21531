import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadPackage } from "../../provider/piv/pcscPackage";
import { withCode } from "../fixtures/withCode";

/** An error of Node's loader. */
function loadError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

const failing = (error: Error) => (): never => {
  throw error;
};

void describe("The package for PC/SC", () => {
  void it("is loaded by its name", () => {
    const names: string[] = [];
    const load = (name: string): unknown => {
      names.push(name);
      return "the package";
    };
    assert.equal(loadPackage(load), "the package");
    assert.deepEqual(names, ["pcsclite"]);
  });

  void it("is reported with how to install it when it is missing", () => {
    assert.throws(
      () =>
        loadPackage(failing(loadError("MODULE_NOT_FOUND", "Cannot find module 'pcsclite'\nRequire stack:\n- /a/b.js"))),
      withCode(
        "BACKEND_NOT_INSTALLED",
        /the package pcsclite, which is not installed\. Install .+, then npm install pcsclite\.$/,
      ),
    );
  });

  for (const { what, error } of [
    {
      what: "for another version of Node",
      error: loadError(
        "ERR_DLOPEN_FAILED",
        "The module 'pcsclite.node' was compiled against a different Node.js version.",
      ),
    },
    {
      what: "without the library of PC/SC",
      error: loadError(
        "ERR_DLOPEN_FAILED",
        "libpcsclite.so.1: cannot open shared object file: No such file or directory",
      ),
    },
    { what: "not at all", error: new Error("Could not locate the bindings file. Tried:\n → /a/build/pcsclite.node") },
    { what: "without its own dependencies", error: loadError("MODULE_NOT_FOUND", "Cannot find module 'bindings'") },
  ]) {
    void it(`is reported with how to compile it again when it was compiled ${what}`, () => {
      assert.throws(
        () => loadPackage(failing(error)),
        withCode("BACKEND_NOT_INSTALLED", /does not load in Node v\d.+: .+, then npm rebuild pcsclite\.$/),
      );
    });
  }
});
