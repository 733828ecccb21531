import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { checkKeyDirectory } from "../../../provider/kms/softkms/keyDirectory";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { found } from "../../inputs/found";

void describe("A key directory", () => {
  const root = temporaryDirectory();
  mkdirSync(join(root, "keys"));
  writeFileSync(join(root, "file"), "");
  symlinkSync("keys", join(root, "link"));
  symlinkSync("loop", join(root, "loop"));

  const checks: readonly { what: string; path: string; reason?: RegExp }[] = [
    { what: "a folder", path: "keys" },
    { what: "a link to a folder", path: "link" },
    { what: "a folder that does not exist yet", path: "new" },
    { what: "a folder whose parents do not exist yet", path: "new/a/b/c" },
    { what: "a file", path: "file", reason: /\/file" cannot be used: ".*\/file" is not a folder$/ },
    { what: "a folder below a file", path: "file/keys", reason: /cannot be used: ENOTDIR/ },
    { what: "a new folder deep below a file", path: "file/a/b", reason: /cannot be used: ENOTDIR/ },
    { what: "a link to itself", path: "loop", reason: /cannot be used: ELOOP/ },
    { what: "a name that is too long", path: "x".repeat(300), reason: /cannot be used: ENAMETOOLONG/ },
  ];
  for (const { what, path, reason } of checks) {
    void it(`${reason === undefined ? "may" : "must not"} be ${what}`, () => {
      const problems = checkKeyDirectory(join(root, path), "directory");
      assert.deepEqual(found(problems), reason === undefined ? [] : ["KEY_DIRECTORY_UNUSABLE directory"]);
      if (reason !== undefined) {
        assert.match(problems[0]?.reason ?? "", reason);
      }
    });
  }

  void it("is not created by the check", () => {
    const before = readdirSync(root);
    checkKeyDirectory(join(root, "new/a/b/c"), "directory");
    assert.deepEqual(readdirSync(root), before);
    assert.deepEqual(readdirSync(join(root, "keys")), []);
  });

  // The superuser may write everywhere.
  if (process.getuid?.() !== 0) {
    for (const path of ["closed", "closed/new"]) {
      void it(`must be writable: ${path}`, () => {
        mkdirSync(join(root, "closed"), { recursive: true });
        chmodSync(join(root, "closed"), 0o555);
        const problems = checkKeyDirectory(join(root, path), "directory");
        assert.deepEqual(found(problems), ["KEY_DIRECTORY_UNUSABLE directory"]);
      });
    }
  }
});
