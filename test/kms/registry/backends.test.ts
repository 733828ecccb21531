import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { AwsKms } from "../../../provider/kms/awskms/awskms";
import { CloudKms } from "../../../provider/kms/cloudkms/cloudkms";
import { Backends } from "../../../provider/kms/registry/backends";
import { softkms } from "../../../provider/kms/softkms/descriptor";
import { SoftKms } from "../../../provider/kms/softkms/softkms";
import { yubikey } from "../../../provider/kms/yubikey/descriptor";
import { YubiKeyPiv } from "../../../provider/kms/yubikey/yubikey";
import { YubiKeyCards } from "../../../provider/kms/yubikey/yubikeyCards";
import { CHECKOUT } from "../../engine/project";
import { temporaryDirectory } from "../../fixtures/temporaryDirectory";
import { withCode } from "../../fixtures/withCode";

function backends(): Backends {
  const secrets = { environment: {}, config: () => undefined, rootDirectory: "/nonexistent" };
  return new Backends({ secrets, notice: () => undefined });
}

void describe("The backends", () => {
  void it("are found by a key's URI", async () => {
    assert.ok((await backends().keyManager("softkms:path=keys/root.pem")) instanceof SoftKms);
  });

  void it("have one instance each", async () => {
    const all = backends();
    const one = await all.keyManager("softkms:path=keys/root.pem");
    assert.equal(await all.keyManager("SOFTKMS:keys/other.pem"), one);
    assert.equal(await all.open(softkms), one);
    assert.notEqual(await backends().open(softkms), one);
  });

  void it("of AWS have one instance for each connection, whatever the key is named by", async () => {
    const all = backends();
    const id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    const one = await all.keyManager(`awskms:key-id=${id}`);
    assert.ok(one instanceof AwsKms);
    for (const uri of [id, "alias/root", `aws:key-id=${id}`, `arn:aws:kms:eu-west-1:111122223333:key/${id}`]) {
      assert.equal(await all.keyManager(uri), one);
      assert.equal(await all.keyManager(uri, "awskms:"), one);
    }
    const elsewhere = await all.keyManager(id, "awskms:region=eu-west-1");
    assert.notEqual(elsewhere, one);
    assert.equal(await all.keyManager("alias/root", "awskms:region=eu-west-1"), elsewhere);
  });

  void it("of Google have one instance for each connection, whatever the key is named by", async () => {
    const all = backends();
    const version = "projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1";
    const one = await all.keyManager(version);
    assert.ok(one instanceof CloudKms);
    for (const uri of [version, `cloudkms:${version}`, `cloudkms:resource=${version}`]) {
      assert.equal(await all.keyManager(uri), one);
      assert.equal(await all.keyManager(uri, "cloudkms:"), one);
    }
    const other = await all.keyManager(version, "cloudkms:credentials-file=ca.json");
    assert.notEqual(other, one);
    assert.equal(await all.keyManager(`cloudkms:${version}`, "cloudkms:credentials-file=ca.json"), other);
  });

  void it("of YubiKeys are found by a key's URI, and by the serial number in the connection", async () => {
    const all = backends();
    assert.ok((await all.keyManager("yubikey:slot-id=9a")) instanceof YubiKeyPiv);
    assert.ok(
      (await all.keyManager("YubiKey:slot-id=9a", "yubikey:serial=12345678?pin-source=pin")) instanceof YubiKeyPiv,
    );
    for (const kms of ["yubikey:serial=x", "awskms:region=eu-west-1"]) {
      await assert.rejects(async () => all.keyManager("yubikey:slot-id=9a", kms), withCode("KEY_URI_INVALID"));
    }
  });

  void it("of YubiKeys share their turns, even when requested at the same time", async (context) => {
    const turn = context.mock.method(YubiKeyCards.prototype, "turn", () => Promise.reject(new Error("no turn")));
    const shared = backends();
    const [one, other] = await Promise.all([
      shared.open(yubikey, "yubikey:serial=11"),
      shared.open(yubikey, "yubikey:serial=22"),
    ]);
    for (const device of [
      one,
      other,
      await shared.open(yubikey),
      await backends().open(yubikey, "yubikey:serial=11"),
    ]) {
      await assert.rejects(device.describeKey("yubikey:slot-id=9a"), /no turn/);
    }
    const calls = turn.mock.calls.map(({ arguments: [serial], this: cards }) => ({ serial, cards }));
    assert.deepEqual(
      calls.map(({ serial }) => serial),
      [11, 22, undefined, 11],
    );
    const [first, second, third, last] = calls.map(({ cards }) => cards);
    assert.ok(first === second && second === third);
    assert.notEqual(last, first, "another process has its own");
  });

  void it("of YubiKeys say what to install when a YubiKey is first used, and not before", () => {
    const elsewhere = temporaryDirectory();
    cpSync(join(CHECKOUT, "dist", "provider"), elsewhere, { recursive: true });
    const program =
      'const { Backends } = require("./kms/registry/backends.js");' +
      'new Backends({ secrets: { rootDirectory: "/" } }).keyManager("yubikey:slot-id=9a")' +
      '.then((piv) => (console.log("loaded"), piv.describeKey("yubikey:slot-id=9a")))' +
      ".catch((error) => console.log(error.message));";
    const output = execFileSync(process.execPath, ["-e", program], { cwd: elsewhere, encoding: "utf8" });
    assert.match(output, /^loaded\nBACKEND_NOT_INSTALLED: .*pcsclite.* npm install pcsclite/);
  });

  for (const { cloud, key, name } of [
    { cloud: "AWS KMS", key: "alias/root", name: "@aws-sdk/client-kms" },
    { cloud: "Cloud KMS", key: "projects/p", name: "@google-cloud/kms" },
  ]) {
    void it(`say what to install for keys in ${cloud}`, () => {
      const elsewhere = temporaryDirectory();
      cpSync(join(CHECKOUT, "dist", "provider"), elsewhere, { recursive: true });
      const program =
        'const { Backends } = require("./kms/registry/backends.js");' +
        `new Backends({ secrets: { rootDirectory: "/" } }).keyManager("${key}").catch((error) => console.log(error.message));`;
      const output = execFileSync(process.execPath, ["-e", program], { cwd: elsewhere, encoding: "utf8" });
      assert.match(output, new RegExp(`^BACKEND_NOT_INSTALLED: .* npm install ${name}\\.$`, "m"));
    });
  }

  for (const uri of [
    "nokms:key=1",
    "pkcs11:slot-id=9a",
    "toString:key=1",
    "__proto__:key=1",
    "constructor:x",
    "keys/root.pem",
    "",
  ]) {
    void it(`do not include "${uri}"`, async () => {
      await assert.rejects(async () => backends().keyManager(uri), withCode("KEY_URI_INVALID"));
    });
  }

  void it("keep a PIN out of the message", async () => {
    await assert.rejects(
      async () => backends().keyManager("nokms:slot-id=9c?pin-value=123456"),
      (error) => !String(error).includes("123456") && withCode("KEY_URI_INVALID", /softkms/)(error),
    );
  });
});
