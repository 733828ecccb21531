import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import promises from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import { createFile, makePrivateDirectory, removeTemporaries, replaceFile, rewriteFile } from "../provider/files";
import { temporaryDirectory } from "./fixtures/temporaryDirectory";

const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

const usual = process.umask(0o022);
process.umask(usual);
const UMASKS = [0o000, 0o022, 0o077] as const;

afterEach(() => {
  process.umask(usual);
});

void describe("A new file", () => {
  for (const umask of UMASKS) {
    void it(`is complete and private, with nothing left beside it, under umask ${umask.toString(8)}`, async () => {
      const directory = temporaryDirectory();
      process.umask(umask);
      await createFile(join(directory, "key.pem"), "content");
      assert.equal(readFileSync(join(directory, "key.pem"), "utf8"), "content");
      assert.equal(mode(join(directory, "key.pem")), "600");
      assert.deepEqual(readdirSync(directory), ["key.pem"]);
    });
  }

  const taken: readonly { what: string; take: (path: string) => void }[] = [
    {
      what: "a file",
      take: (path) => {
        writeFileSync(path, "old");
      },
    },
    {
      what: "an empty file",
      take: (path) => {
        writeFileSync(path, "");
      },
    },
    {
      what: "a folder",
      take: (path) => {
        mkdirSync(path);
      },
    },
    {
      what: "a dangling symbolic link",
      take: (path) => {
        symlinkSync("nowhere", path);
      },
    },
  ];
  for (const { what, take } of taken) {
    void it(`never overwrites ${what}, and leaves nothing beside it`, async () => {
      const directory = temporaryDirectory();
      const path = join(directory, "key.pem");
      take(path);
      await assert.rejects(createFile(path, "new"), { code: "EEXIST" });
      assert.deepEqual(readdirSync(directory), ["key.pem"]);
      if (what === "a file") {
        assert.equal(readFileSync(path, "utf8"), "old");
      }
    });
  }

  void it("is made by one of several simultaneous calls, and the others are refused", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "key.pem");
    const contents = Array.from({ length: 8 }, (_, index) => String(index).repeat(10_000));
    const results = await Promise.allSettled(contents.map((content) => createFile(path, content)));
    const winners = contents.filter((_, index) => results[index]?.status === "fulfilled");
    assert.deepEqual(winners, [readFileSync(path, "utf8")]);
    assert.deepEqual(readdirSync(directory), ["key.pem"]);
  });

  void it("is refused in a folder that does not exist", async () => {
    await assert.rejects(createFile(join(temporaryDirectory(), "absent", "key.pem"), "x"), { code: "ENOENT" });
  });
});

void describe("A replaced file", () => {
  for (const umask of UMASKS) {
    void it(`has the given mode, or 0600 by default, under umask ${umask.toString(8)}`, async () => {
      const path = join(temporaryDirectory(), "ca.json");
      process.umask(umask);
      await replaceFile(path, "first");
      assert.equal(mode(path), "600");
      await replaceFile(path, "second", { mode: 0o644 });
      assert.equal(mode(path), "644");
      assert.equal(readFileSync(path, "utf8"), "second");
      await replaceFile(path, "third", { mode: 0o640, owner: { uid: statSync(path).uid, gid: statSync(path).gid } });
      assert.equal(mode(path), "640");
    });
  }

  void it("is a new file: a process that has the old one open can read it to the end", async () => {
    const path = join(temporaryDirectory(), "ca.json");
    await replaceFile(path, "old");
    const before = statSync(path).ino;
    await replaceFile(path, "new");
    assert.notEqual(statSync(path).ino, before);
  });

  void it("keeps the old file when it cannot be replaced, and leaves nothing beside it", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "ca.json");
    mkdirSync(path);
    writeFileSync(join(path, "inside"), "old");
    await assert.rejects(replaceFile(path, "new"), { code: /^(?:EISDIR|ENOTEMPTY|EEXIST)$/ });
    assert.deepEqual(readdirSync(directory), ["ca.json"]);
    assert.equal(readFileSync(join(path, "inside"), "utf8"), "old");
  });

  void it("keeps the old content when the new cannot be written, and leaves nothing beside it", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "ca.json");
    writeFileSync(path, "old");
    await assert.rejects(replaceFile(path, "new", { mode: -1 }), { code: "ERR_OUT_OF_RANGE" });
    assert.equal(readFileSync(path, "utf8"), "old");
    assert.deepEqual(readdirSync(directory), ["ca.json"]);
  });
});

void describe("A file written in place", () => {
  for (const content of ["longer than it was", "short", ""]) {
    void it(`stays the same file with the content ${JSON.stringify(content)}, and nothing is left beside it`, async () => {
      const directory = temporaryDirectory();
      const path = join(directory, "ca.json");
      writeFileSync(path, "as it was", { mode: 0o644 });
      const before = statSync(path);
      await rewriteFile(path, content);
      assert.equal(readFileSync(path, "utf8"), content);
      assert.deepEqual([statSync(path).ino, mode(path)], [before.ino, "644"]);
      assert.deepEqual(readdirSync(directory), ["ca.json"]);
    });
  }

  void it("never follows a link", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "other"), "old");
    symlinkSync("other", join(directory, "ca.json"));
    await assert.rejects(rewriteFile(join(directory, "ca.json"), "new"), { code: "ELOOP" });
    assert.deepEqual(readdirSync(directory).sort(), ["ca.json", "other"]);
    assert.equal(readFileSync(join(directory, "other"), "utf8"), "old");
  });

  void it("leaves the complete new content beside it when the write does not finish", async ({ mock }) => {
    const directory = temporaryDirectory();
    const path = join(directory, "ca.json");
    writeFileSync(path, "as it was");
    const handle = await promises.open(path);
    const prototype = Object.getPrototypeOf(handle) as { truncate: unknown };
    await handle.close();
    mock.method(prototype, "truncate" as never, () => Promise.reject(new Error("killed")) as never);
    await assert.rejects(rewriteFile(path, "new"), { message: "killed" });
    mock.restoreAll();
    const [spare = ""] = readdirSync(directory).filter((name) => name !== "ca.json");
    assert.equal(readFileSync(join(directory, spare), "utf8"), "new");
    await removeTemporaries(path);
    assert.deepEqual(readdirSync(directory), ["ca.json"]);
  });
});

void describe("A leftover of a killed write", () => {
  void it("is removed, and no other file is", async () => {
    const directory = temporaryDirectory();
    const others = ["key.pem", ".key.pem", "key.pem.tmp-1", ".key-2.pem.tmp-1", ".other.pem.tmp-1"].sort();
    for (const name of [...others, ".key.pem.tmp-0123456789ab", ".key.pem.tmp-1"]) {
      writeFileSync(join(directory, name), "");
    }
    await removeTemporaries(join(directory, "key.pem"));
    assert.deepEqual(readdirSync(directory).sort(), others);
  });

  void it("has a name that identifies it, and was private from the start", async ({ mock }) => {
    const directory = temporaryDirectory();
    const path = join(directory, "key.pem");
    const killed = new Error("killed");
    mock.method(promises, "link", () => Promise.reject(killed));
    mock.method(promises, "rm", () => Promise.reject(killed));
    process.umask(0);
    await assert.rejects(createFile(path, "half"), killed);
    mock.restoreAll();
    const [name = ""] = readdirSync(directory);
    assert.equal(mode(join(directory, name)), "600");
    await removeTemporaries(path);
    assert.deepEqual(readdirSync(directory), []);
  });
});

void describe("A private folder", () => {
  for (const umask of [...UMASKS, 0o277]) {
    void it(`has mode 0700 under umask ${umask.toString(8)}`, async () => {
      const path = join(temporaryDirectory(), "keys");
      process.umask(umask);
      await makePrivateDirectory(path);
      assert.equal(mode(path), "700");
    });
  }

  void it("makes its missing parent folders private too", async () => {
    const root = temporaryDirectory();
    process.umask(0o022);
    await makePrivateDirectory(join(root, "a", "b"));
    assert.equal(mode(join(root, "a")), "700");
  });

  void it("is left unchanged when it already exists", async () => {
    const path = join(temporaryDirectory(), "keys");
    mkdirSync(path);
    chmodSync(path, 0o750);
    await makePrivateDirectory(path);
    assert.equal(mode(path), "750");
  });

  void it("is refused when a file has its name", async () => {
    const path = join(temporaryDirectory(), "keys");
    writeFileSync(path, "");
    await assert.rejects(makePrivateDirectory(path), { code: "EEXIST" });
  });
});
