import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type ErrorCode, messageOf } from "../../../provider/errors";
import { SoftKms, type SoftKeyRequest } from "../../../provider/kms/softkms/softkms";
import { withoutHeader } from "../../../provider/kms/softkms/softKeyFiles";
import { softKeyUri } from "../../../provider/kms/softkms/softKeyUri";
import { watchDirectory } from "../../fixtures/directoryWatch";
import { openssl } from "../../fixtures/openssl";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { withCode } from "../../fixtures/withCode";

const PASSPHRASE = "correct horse";
const KILLED_CREATION = join(__dirname, "..", "..", "fixtures", "killedKeyCreation.js");

/** A backend in its own folder, with its messages to the user. */
class Keys {
  readonly directory = temporaryDirectory();
  readonly notices: string[] = [];
  readonly softkms = this.open();

  open(): SoftKms {
    return new SoftKms({
      rootDirectory: this.directory,
      passphrase: () => PASSPHRASE,
      notice: (message) => this.notices.push(message),
    });
  }

  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  mode(...names: string[]): string {
    return (statSync(this.path(...names)).mode & 0o7777).toString(8);
  }
}

function request(changes: Partial<SoftKeyRequest> = {}): SoftKeyRequest {
  return {
    uri: softKeyUri("keys/root.pem"),
    algorithm: "ECDSA_P256",
    encrypted: false,
    owner: "acme/prod/root",
    ...changes,
  };
}

void describe("A key file", () => {
  for (const umask of [0o000, 0o022, 0o077]) {
    void it(`has mode 0600 in folders of mode 0700 under umask ${umask.toString(8)}`, async () => {
      const keys = new Keys();
      const before = process.umask(umask);
      try {
        await keys.softkms.createKey(request({ uri: softKeyUri("a/b/root.pem") }));
        await keys.softkms.createKey(request({ uri: softKeyUri("a/b/other.pem"), encrypted: true }));
      } finally {
        process.umask(before);
      }
      assert.equal(keys.mode("a"), "700");
      assert.equal(keys.mode("a", "b"), "700");
      assert.equal(keys.mode("a", "b", "root.pem"), "600");
      assert.equal(keys.mode("a", "b", "other.pem"), "600");
    });
  }

  void it("keeps the mode of an existing folder", async () => {
    const keys = new Keys();
    mkdirSync(keys.path("keys"));
    chmodSync(keys.path("keys"), 0o750);
    await keys.softkms.createKey(request());
    assert.equal(keys.mode("keys"), "750");
  });

  void it("is never visible half written or readable by others", async () => {
    const keys = new Keys();
    mkdirSync(keys.path("keys"));
    const before = process.umask(0);
    const watch = await watchDirectory(keys.path("keys"));
    try {
      for (let key = 0; key < 50; key += 1) {
        const uri = softKeyUri(`keys/${String(key)}.pem`);
        await keys.softkms.createKey(request({ uri, encrypted: key % 5 === 0 }));
      }
    } finally {
      process.umask(before);
    }
    assert.deepEqual(await watch.stop(), []);
    assert.equal(readdirSync(keys.path("keys")).length, 50);
  });

  for (const moment of ["before", "after"]) {
    void it(`whose writer was killed right ${moment} it appeared is made once, and nothing is left behind`, async () => {
      const keys = new Keys();
      const { uri, owner } = request();
      const { signal } = spawnSync(process.execPath, [KILLED_CREATION, keys.directory, uri, owner, moment]);
      assert.equal(signal, "SIGKILL");
      const left = readdirSync(keys.path("keys"));
      assert.equal(left.length, moment === "before" ? 1 : 2);
      assert.equal(left.includes("root.pem"), moment === "after");
      const found = moment === "after" ? readFileSync(keys.path("keys", "root.pem"), "utf8") : undefined;
      await keys.softkms.createKey(request());
      assert.deepEqual(readdirSync(keys.path("keys")), ["root.pem"]);
      if (found !== undefined) {
        assert.equal(withoutHeader(readFileSync(keys.path("keys", "root.pem"), "utf8")), withoutHeader(found));
      }
      assert.equal(keys.notices.length, moment === "after" ? 1 : 0);
    });
  }

  void it("that an earlier call of the same owner made is used, and the user is told", async () => {
    for (const encrypted of [false, true]) {
      const keys = new Keys();
      const made = await keys.softkms.createKey(request({ encrypted }));
      const content = readFileSync(keys.path("keys", "root.pem"), "utf8");
      assert.deepEqual(keys.notices, []);
      const found = await keys.open().createKey(request({ encrypted }));
      assert.ok(found.publicKey.equals(made.publicKey));
      const taken = readFileSync(keys.path("keys", "root.pem"), "utf8");
      assert.equal(withoutHeader(taken), withoutHeader(content));
      assert.match(
        taken,
        /^pulumi-kms-pki key of acme\/prod\/root\nalgorithm ECDSA_P256\ntaken [0-9a-f]{16}\n-----BEGIN/,
      );
      assert.equal(keys.notices.length, 1);
      assert.match(
        keys.notices.join("\n"),
        /using softkms:path=keys\/root\.pem, which an interrupted run of acme\/prod\/root made/,
      );
    }
  });

  const [id, otherId] = ["0".repeat(32), "f".repeat(32)];

  void it("that an earlier call made is used when it has a former mark of the resource", async () => {
    for (const former of [`acme/prod/old#${id}`, "acme/prod/root"]) {
      const keys = new Keys();
      const made = await keys.softkms.createKey(request({ owner: former }));
      const asked = request({ owner: `acme/prod/root#${id}`, formerOwners: [former] });
      assert.ok((await keys.open().createKey(asked)).publicKey.equals(made.publicKey));
      const content = readFileSync(keys.path("keys", "root.pem"), "utf8");
      assert.match(content, new RegExp(`^pulumi-kms-pki key of acme/prod/root#${id}\\n`));
    }
  });

  void it("of another authority is left alone, and the message does not suggest moving it", async () => {
    const keys = new Keys();
    await keys.softkms.createKey(request({ owner: `acme/prod/root#${otherId}` }));
    const before = readFileSync(keys.path("keys", "root.pem"));
    for (const owner of [`acme/prod/root#${id}`, "acme/prod/root"]) {
      await assert.rejects(
        keys.open().createKey(request({ owner, formerOwners: ["acme/prod/root"] })),
        (error: Error) => {
          assert.doesNotMatch(error.message, /move/);
          return withCode("KEY_EXISTS", /belongs to another authority/)(error);
        },
      );
    }
    assert.deepEqual(readFileSync(keys.path("keys", "root.pem")), before);
  });

  const own = request();
  const taken: readonly {
    what: string;
    content: (own: string) => string;
    asked?: Partial<SoftKeyRequest>;
    code: ErrorCode;
  }[] = [
    {
      what: "a key of another resource",
      content: (pem) => pem,
      asked: { owner: "acme/prod/root2" },
      code: "KEY_EXISTS",
    },
    { what: "a key of another stack", content: (pem) => pem, asked: { owner: "acme/dev/root" }, code: "KEY_EXISTS" },
    { what: "a key for another curve", content: (pem) => pem, asked: { algorithm: "ECDSA_P384" }, code: "KEY_EXISTS" },
    { what: "a key of another type", content: (pem) => pem, asked: { algorithm: "ED25519" }, code: "KEY_EXISTS" },
    { what: "an unencrypted key", content: (pem) => pem, asked: { encrypted: true }, code: "KEY_EXISTS" },
    {
      what: "a key without an owner",
      content: () => openssl(["genpkey", "-algorithm", "ed25519"]),
      code: "KEY_EXISTS",
    },
    { what: "a truncated foreign key", content: (pem) => pem.slice(30, 150), code: "KEY_EXISTS" },
    { what: "a truncated key of its own", content: (pem) => pem.slice(0, 150), code: "KEY_DAMAGED" },
    { what: "an empty file", content: () => "", code: "KEY_EXISTS" },
    { what: "a certificate", content: () => "-----BEGIN CERTIFICATE-----\n", code: "KEY_EXISTS" },
  ];
  for (const { what, content, asked, code } of taken) {
    void it(`never overwrites ${what}`, async () => {
      const keys = new Keys();
      await keys.softkms.createKey(own);
      const path = keys.path("keys", "root.pem");
      writeFileSync(path, content(readFileSync(path, "utf8")));
      const before = readFileSync(path);
      const { mtimeMs, ino } = statSync(path);
      await assert.rejects(async () => keys.open().createKey(request(asked)), withCode(code));
      assert.deepEqual(readFileSync(path), before);
      assert.deepEqual([statSync(path).mtimeMs, statSync(path).ino], [mtimeMs, ino]);
      assert.deepEqual(readdirSync(keys.path("keys")), ["root.pem"]);
      assert.deepEqual(keys.notices, []);
    });
  }

  void it("is made once when two processes try at the same time", async () => {
    const keys = new Keys();
    const outcomes = await Promise.allSettled(
      ["one", "two", "three", "four"].map((owner) => keys.open().createKey(request({ owner }))),
    );
    assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
    for (const outcome of outcomes) {
      // A process whose temporary file another one removed cannot know the reason.
      assert.ok(outcome.status === "fulfilled" || /^KEY_(EXISTS|DIRECTORY_UNUSABLE): /.test(messageOf(outcome.reason)));
    }
    assert.deepEqual(readdirSync(keys.path("keys")), ["root.pem"]);
  });

  const occupy = (keys: Keys): void => {
    writeFileSync(keys.path("keys"), "");
  };
  const unusable: readonly { what: string; prepare: (keys: Keys) => void; uri?: string }[] = [
    { what: "is a folder", prepare: (keys) => mkdirSync(keys.path("keys", "root.pem"), { recursive: true }) },
    { what: "is in a file", prepare: occupy },
    { what: "is below a file", prepare: occupy, uri: "keys/deep/root.pem" },
  ];
  for (const { what, prepare, uri = "keys/root.pem" } of unusable) {
    void it(`whose path ${what} is refused`, async () => {
      const keys = new Keys();
      prepare(keys);
      const code = withCode(
        "KEY_DIRECTORY_UNUSABLE",
        /Make it a folder that this user can read and write|names a folder/,
      );
      await assert.rejects(async () => keys.softkms.createKey(request({ uri: softKeyUri(uri) })), code);
    });
  }

  void it("is found at an absolute path, and at one relative to the root directory", async () => {
    const keys = new Keys();
    const { publicKey } = await keys.softkms.createKey(request());
    for (const uri of [softKeyUri(keys.path("keys", "root.pem")), "softkms:keys/root.pem"]) {
      assert.ok((await keys.open().describeKey(uri)).publicKey.equals(publicKey), uri);
    }
  });
});
