import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Pkcs11Stack } from "../engine/pkcs11Stack";
import { UP } from "../engine/project";
import { initializeToken, missingSoftHsm, PIN } from "../pkcs11/token";
import { WorldProject } from "./worldProject";

const skip = missingSoftHsm("cc", "openssl");
const REFRESH = ["refresh", "--yes", "--skip-preview"];
const DESTROY = ["destroy", "--yes", "--skip-preview"];

/** The root stack in this process, with its keys in a token. */
async function pkcs11World(config: Readonly<Record<string, string>> = {}): Promise<Pkcs11Stack<WorldProject>> {
  const project = await WorldProject.rootStack({ "kms-pki:kms": "pkcs11", ...config });
  return Pkcs11Stack.overRootStack(project);
}

const withStack = async (
  config: Readonly<Record<string, string>>,
  test: (stack: Pkcs11Stack<WorldProject>) => Promise<void>,
): Promise<void> => {
  const stack = await pkcs11World(config);
  try {
    await test(stack);
  } finally {
    await stack.stop();
  }
};

void describe("A root stack in a PKCS#11 token", { skip }, () => {
  let stack: Pkcs11Stack<WorldProject>;
  before(async () => {
    stack = await pkcs11World();
  });
  after(() => stack.stop());

  void it("does not access the token in a preview", async () => {
    const { output } = await stack.project.succeed(["preview"]);
    assert.match(output, /to create/);
    assert.deepEqual(stack.module.calls, []);
  });

  void it("makes four keys, and signs twice", async () => {
    await stack.project.up();
    assert.equal(stack.module.count("C_GenerateKeyPair"), 4);
    assert.equal(stack.module.count("C_Sign"), 2);
    assert.deepEqual(stack.labels, ["ca-intermediate", "ca-root", "ca-ssh-host-key", "ca-ssh-user-key"]);
    assert.match(await stack.project.output("rootKey"), /^pkcs11:id=[0-9a-f]{32};object=ca-root$/);
  });

  void it("opens no session when nothing changes", async () => {
    stack.module.clear();
    assert.match((await stack.project.up()).output, /unchanged/);
    assert.deepEqual(stack.module.calls, []);
  });

  void it("finds everything unchanged in a refresh", async () => {
    await stack.project.succeed(REFRESH);
    stack.module.clear();
    await stack.project.up();
    assert.deepEqual(stack.module.calls, []);
  });

  void it("reissues the root with the same key", async () => {
    const first = new X509Certificate(await stack.project.output("rootCertificate"));
    await stack.project.setConfig("kms-pki:rootCommonName", "Renamed Root");
    stack.module.clear();
    await stack.project.up();
    assert.equal(stack.module.count("C_GenerateKeyPair"), 0);
    const root = new X509Certificate(await stack.project.output("rootCertificate"));
    assert.equal(root.subject, "CN=Renamed Root");
    assert.ok(root.publicKey.equals(first.publicKey));
  });

  void it("writes the kms block of ca.json with the PIN file", async () => {
    const run = await stack.project.kmsPki(["export", "--dir", "ca"]);
    assert.equal(run.code, 0, run.output);
    const { kms, key } = JSON.parse(stack.project.read("ca/ca.json")) as { kms: unknown; key: string };
    const uri = `pkcs11:module-path=${stack.module.modulePath};token=ca?pin-source=${stack.pinFile}`;
    assert.deepEqual(kms, { type: "pkcs11", uri });
    assert.match(key, /^pkcs11:id=[0-9a-f]{32};object=ca-intermediate$/);
  });

  void it("names the module of another host in ca.json when told to, and changes nothing else", async () => {
    await stack.project.setConfig("kms-pki:stepCaModulePath", "/opt/vendor/module.so");
    stack.module.clear();
    await stack.project.up();
    assert.deepEqual(stack.module.calls, []);
    assert.match(
      JSON.stringify((await stack.project.outputs())["caConfig"]),
      /pkcs11:module-path=\/opt\/vendor\/module\.so;token=ca/,
    );
  });

  void it("stores the certificates beside the keys when told to, where OpenSC's tool reads them", async () => {
    await stack.project.setConfig("kms-pki:storeCertificates", "true");
    await stack.project.up();
    const label = "ca-root";
    const read = stack.tool(
      "--read-object",
      "--type",
      "cert",
      "--label",
      label,
      "--output-file",
      join(stack.project.scratch, "c"),
    );
    assert.doesNotMatch(read, /error/);
    assert.equal(stack.tool("--list-objects", "--type", "cert").match(/Certificate Object/g)?.length, 2);
    await stack.project.setConfig("kms-pki:rootCommonName", "Renamed Again");
    await stack.project.up();
    assert.equal(stack.tool("--list-objects", "--type", "cert").match(/Certificate Object/g)?.length, 2);
  });

  void it("keeps the keys when destroyed, and adopts them again only when told to", async () => {
    const keys = {
      root: await stack.project.output("rootKey"),
      intermediate: await stack.project.output("intermediateKey"),
      "ssh-user-key": (await stack.project.resource("ca-ssh-user-key")).outputs?.["uri"],
      "ssh-host-key": (await stack.project.resource("ca-ssh-host-key")).outputs?.["uri"],
    };
    const { publicKey } = new X509Certificate(await stack.project.output("rootCertificate"));
    await stack.project.unprotect();
    await stack.project.succeed(DESTROY);
    assert.equal(stack.labels.length, 4);

    const refused = await stack.pulumi(UP);
    assert.notEqual(refused.code, 0);
    assert.match(refused.output, /KEY_EXISTS: .*object=ca-root/);

    await stack.project.setConfigObject("kms-pki:adopt", keys);
    stack.module.clear();
    await stack.project.up();
    assert.equal(stack.module.count("C_GenerateKeyPair"), 0);
    assert.ok(new X509Certificate(await stack.project.output("rootCertificate")).publicKey.equals(publicKey));
  });
});

void describe("A root stack with a problem in its PKCS#11 token", { skip }, () => {
  void it("tries a wrong PIN once, makes nothing, and continues with the right one", () =>
    withStack({}, async (stack) => {
      stack.setPin("wrong-pin-4711");
      const run = await stack.pulumi(UP);
      assert.notEqual(run.code, 0);
      assert.match(run.output, /PIN_REJECTED/);
      assert.doesNotMatch(run.output, /wrong-pin-4711/);
      assert.equal(stack.module.count("C_Login"), 1);
      assert.equal(stack.module.count("C_GenerateKeyPair"), 0);
      stack.setPin(PIN);
      await stack.project.up();
    }));

  void it("uses the last try only when told to", () =>
    withStack({}, async (stack) => {
      const lastTry = Array.from({ length: 99 }, (_, index) => `C_GetTokenInfo ${String(index + 1)} flags:0x20000`);
      stack.module.inject(...lastTry);
      const run = await stack.pulumi(UP);
      assert.match(run.output, /PIN_LAST_TRY: the PIN of the token "ca" has one try left, which was not used/);
      assert.equal(stack.module.count("C_Login"), 0);
      stack.module.inject(...lastTry);
      await stack.project.up({ KMS_PKI_ALLOW_LAST_PIN_TRY: "true" });
    }));

  void it("refuses a label in use before a key is made", () =>
    withStack({}, async (stack) => {
      stack.tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "ca-ssh-host-key", "--id", "4711");
      const run = await stack.pulumi(UP);
      assert.match(run.output, /KEY_EXISTS: the token "ca" holds the key pkcs11:id=4711;object=ca-ssh-host-key/);
      assert.equal(stack.module.count("C_GenerateKeyPair"), 0);
    }));

  void it("fails a refresh when the token is missing, and continues when it is back", () =>
    withStack({}, async (stack) => {
      await stack.project.up();
      const [folder, away] = [join(stack.real.directory, "tokens"), join(stack.real.directory, "away")];
      renameSync(folder, away);
      const run = await stack.pulumi(REFRESH);
      assert.notEqual(run.code, 0);
      assert.match(run.output, /CARD_NOT_FOUND|KMS_FAILED/);
      renameSync(away, folder);
      await stack.project.succeed(REFRESH);
      stack.module.clear();
      await stack.project.up();
      assert.deepEqual(stack.module.calls, []);
    }));

  void it("records a missing key, and makes no new one", () =>
    withStack({}, async (stack) => {
      await stack.project.up();
      const [, id = ""] = /id=([0-9a-f]+)/.exec(await stack.project.output("intermediateKey")) ?? [];
      stack.tool("--delete-object", "--type", "privkey", "--id", id);
      await stack.project.succeed(REFRESH);
      stack.module.clear();
      const run = await stack.pulumi(UP);
      assert.match(run.output, /KEY_NOT_FOUND: the token "ca" .* holds no key as pkcs11:id=/);
      assert.equal(stack.module.count("C_GenerateKeyPair"), 0);
    }));

  void it("makes each key once, even if the module crashes after it made the second", () =>
    withStack({}, async (stack) => {
      stack.module.inject("C_GenerateKeyPair 2 after:crash");
      const run = await stack.pulumi(UP);
      assert.notEqual(run.code, 0);
      assert.match(
        run.output,
        /KMS_FAILED: the PKCS#11 module ".*faultyModule\.so" did not answer: it crashed \(SIGSEGV\)/,
      );
      await stack.project.up();
      assert.equal(stack.module.count("C_GenerateKeyPair"), 4);
      assert.deepEqual(stack.labels, ["ca-intermediate", "ca-root", "ca-ssh-host-key", "ca-ssh-user-key"]);
    }));

  void it("accepts no damaged signature", () =>
    withStack({}, async (stack) => {
      stack.module.inject("C_Sign 1 flip");
      assert.match((await stack.pulumi(UP)).output, /SIGNATURE_INVALID/);
      await stack.project.up();
    }));

  void it("does not mistake another token with the same label for its own", () =>
    withStack({}, async (stack) => {
      await stack.project.up();
      renameSync(join(stack.real.directory, "tokens"), join(stack.real.directory, "away"));
      mkdirSync(join(stack.real.directory, "tokens"));
      initializeToken(stack.real, "ca");
      await stack.project.succeed(REFRESH);
      stack.module.clear();
      const run = await stack.pulumi(UP);
      assert.match(
        run.output,
        /KEY_NOT_FOUND: the token "ca" \(when the key was made its serial number was [0-9a-f]{16}\) holds no key/,
      );
      assert.equal(stack.module.count("C_GenerateKeyPair"), 0);
    }));

  void it("says what to install when its module is missing", () =>
    withStack({}, async (stack) => {
      await stack.project.setConfig("kms-pki:modulePath", "/nowhere/p11.so");
      assert.match(
        (await stack.pulumi(UP)).output,
        /BACKEND_NOT_INSTALLED: the PKCS#11 module "\/nowhere\/p11\.so" cannot be loaded/,
      );
    }));
});
