import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { UP } from "../engine/project";
import { PIN, YubiKeyStack } from "../engine/yubiKeyStack";
import { missing, runTool } from "../tools";
import { WorldProject } from "./worldProject";

const skip = missing("pcscd", "piv-card", "yubico-piv-tool", "opensc-tool", "openssl");
const CA = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"];
const REFRESH = ["refresh", "--yes", "--skip-preview"];

/** The root stack in this process, with its keys in a software card. */
async function yubiKeyWorld(config: Readonly<Record<string, string>> = {}): Promise<YubiKeyStack<WorldProject>> {
  return YubiKeyStack.over(await WorldProject.rootStack({ "kms-pki:kms": "yubikey", ...config }));
}

void describe("A root stack with a problem in its YubiKey", { skip }, () => {
  const withStack = async (
    config: Readonly<Record<string, string>>,
    test: (stack: YubiKeyStack<WorldProject>) => Promise<void>,
  ): Promise<void> => {
    const stack = await yubiKeyWorld(config);
    try {
      await test(stack);
    } finally {
      await stack.stop();
    }
  };

  void it("tries a wrong PIN once, makes nothing, and continues with the right one", () =>
    withStack({}, async (stack) => {
      stack.setPin("654321");
      const run = await stack.pulumi(UP);
      assert.notEqual(run.code, 0);
      assert.match(run.output, /PIN_REJECTED: .*2 /);
      assert.doesNotMatch(run.output, /654321/);
      assert.equal(await stack.triesLeft(), 2);
      assert.equal(stack.seen("GENERATE") + stack.seen("PUT DATA"), 0);

      await stack.pulumi(UP);
      assert.equal(await stack.triesLeft(), 1);
      const last = await stack.pulumi(UP);
      assert.match(last.output, /PIN_LAST_TRY/);
      assert.equal(await stack.triesLeft(), 1);

      stack.setPin(PIN);
      assert.match((await stack.pulumi(UP)).output, /PIN_LAST_TRY/);
      await stack.project.up({ KMS_PKI_ALLOW_LAST_PIN_TRY: "true" });
      assert.equal(await stack.triesLeft(), 3);
    }));

  void it("says how to unblock a blocked PIN", () =>
    withStack({}, async (stack) => {
      for (let tries = 0; tries < 3; tries += 1) {
        await assert.rejects(stack.pivTool(["-a", "verify-pin", "-P", "000000"]));
      }
      const run = await stack.pulumi(UP);
      assert.match(run.output, /PIN_BLOCKED.*unblock-pin/);
      assert.equal(stack.seen("GENERATE"), 0);
    }));

  void it("refuses an invalid PIN before it accesses the card", () =>
    withStack({}, async (stack) => {
      stack.setPin("12345");
      const run = await stack.pulumi(UP);
      assert.match(run.output, /INPUT_INVALID/);
      assert.doesNotMatch(run.output, /12345\b(?!678)/);
      assert.deepEqual(stack.card.calls, []);
    }));

  void it("refuses a wrong management key before a key is made", () =>
    withStack({}, async (stack) => {
      const key = "ff".repeat(24);
      stack.project.setEnvironment({ KMS_PKI_MANAGEMENT_KEY: key });
      const run = await stack.pulumi(UP);
      assert.match(run.output, /MANAGEMENT_KEY_REJECTED/);
      assert.ok(!run.output.includes(key));
      assert.equal(stack.seen("GENERATE"), 0);
    }));

  void it("refuses an occupied slot 9c before it touches the free 9a, without trying the PIN", () =>
    withStack({}, async (stack) => {
      const theirs = await stack.occupy("9c");
      stack.card.clear();
      const run = await stack.pulumi(UP);
      assert.notEqual(run.code, 0);
      assert.match(run.output, /KEY_EXISTS: on the YubiKey 12345678, slot 9c holds the certificate of "CN=Somebody"/);
      assert.equal(stack.seen("GENERATE") + stack.seen("PUT DATA") + stack.seen("VERIFY"), 0);
      assert.equal(await stack.certificate("9c"), theirs);
      await assert.rejects(stack.certificate("9a"));
    }));

  void it("refuses a slot with a key but no certificate, which this firmware shows only by a signature", () =>
    withStack({}, async (stack) => {
      await stack.pivTool(["-a", "generate", "-s", "9c", "-A", "ECCP256"]);
      stack.card.clear();
      const run = await stack.pulumi(UP);
      assert.match(run.output, /KEY_EXISTS: .*slot 9c holds a key without a certificate/);
      assert.equal(stack.seen("GENERATE"), 0);
    }));

  void it("refuses SSH keys until their slots are named, and then makes them", () =>
    withStack({ "kms-pki:ssh": "true" }, async (stack) => {
      const run = await stack.pulumi(UP);
      assert.match(run.output, /ssh: INPUT_INVALID: SSH keys have no slots by default/);
      assert.deepEqual(stack.card.calls, []);
      await stack.project.setConfig("kms-pki:sshUserSlot", "82");
      await stack.project.setConfig("kms-pki:sshHostSlot", "83");
      await stack.project.up();
      assert.equal(await stack.project.output("sshUserKey"), "yubikey:slot-id=82");
      assert.match(await stack.project.output("sshHostPublicKey"), /^ecdsa-sha2-nistp256 /);
    }));

  void it("fails a refresh when the card is pulled, and recognizes it when it is back", () =>
    withStack({}, async (stack) => {
      await stack.project.up();
      await stack.readers.remove(stack.card);
      const run = await stack.pulumi(REFRESH);
      assert.notEqual(run.code, 0);
      assert.match(run.output, /CARD_NOT_FOUND: the YubiKey 12345678 is not plugged in/);
      assert.match((await stack.project.up()).output, /11 unchanged/);
      await stack.readers.insert({ serial: 87_654_321, version: "5.2.4" });
      assert.match((await stack.pulumi(REFRESH)).output, /CARD_NOT_FOUND: .* only 87654321/);
      await stack.readers.reinsert(stack.card);
      await stack.project.succeed(REFRESH);
      assert.match((await stack.project.up()).output, /11 unchanged/);
    }));

  void it("reports another key in a slot, and neither uses nor overwrites it", () =>
    withStack({}, async (stack) => {
      await stack.project.up();
      const theirs = await stack.occupy("9a");
      assert.match(
        (await stack.project.succeed(["refresh", "--preview-only", "--diff"])).output,
        /"present" => "changed"/,
      );
      await stack.project.succeed(REFRESH);
      const run = await stack.pulumi(UP);
      assert.match(run.output, /KEY_CHANGED/);
      assert.equal(await stack.certificate("9a"), theirs);
    }));

  void it("stores a missing certificate again, and refuses to overwrite another", () =>
    withStack({}, async (stack) => {
      await stack.project.up();
      const own = await stack.certificate("9c");
      await stack.pivTool(["-a", "delete-certificate", "-s", "9c"]);
      await stack.project.succeed(REFRESH);
      await stack.project.up();
      assert.equal(await stack.certificate("9c"), own);

      const [key, certificate] = [join(stack.project.scratch, "other.key"), join(stack.project.scratch, "other.crt")];
      openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key]);
      openssl(["req", "-x509", "-new", "-key", key, "-subj", "/CN=Somebody", "-out", certificate]);
      const theirs = readFileSync(certificate, "utf8");
      await stack.pivTool(["-a", "import-certificate", "-s", "9c"], stack.card, theirs);
      await stack.project.succeed(REFRESH);
      assert.match((await stack.pulumi(UP)).output, /KEY_CHANGED|CERTIFICATE_EXISTS/);
      assert.equal(await stack.certificate("9c"), theirs.trim());
    }));

  void it("refuses to choose between two cards, and takes the one whose serial number is given", () =>
    withStack({}, async (stack) => {
      const other = await stack.readers.insert({ serial: 87_654_321, version: "5.2.4" });
      const run = await stack.pulumi(UP);
      assert.match(run.output, /CARD_AMBIGUOUS: 2 YubiKeys are plugged in: (?:12345678, 87654321|87654321, 12345678)/);
      await stack.project.setConfig("kms-pki:serial", "87654321");
      stack.card.clear();
      await stack.project.up();
      assert.equal(stack.seen("GENERATE"), 0);
      assert.equal(stack.seen("GENERATE", other), 2);
      assert.match(JSON.stringify((await stack.project.outputs())["caConfig"]), /yubikey:serial=87654321\?pin-source=/);
    }));
});

void describe("A root stack with its keys in two places", { skip }, () => {
  void it("has only the root in the YubiKey with rootOnly, and writes nothing to 9c", async () => {
    const stack = await yubiKeyWorld({ "kms-pki:rootOnly": "true" });
    try {
      await stack.project.up();
      assert.equal(await stack.project.output("rootKey"), "yubikey:slot-id=9a");
      assert.equal(await stack.project.output("intermediateKey"), "softkms:path=keys/intermediate.pem");
      await assert.rejects(stack.certificate("9c"));
      const root = new X509Certificate(await stack.certificate("9a"));
      assert.ok(new X509Certificate(await stack.project.output("intermediateCertificate")).verify(root.publicKey));
    } finally {
      await stack.stop();
    }
  });

  void it("has an intermediate in the YubiKey under a root from files, and leaves slot 9a alone", async () => {
    const stack = await yubiKeyWorld();
    try {
      const { project } = stack;
      const [key, certificate] = [join(project.directory, "root.key"), join(project.directory, "root.crt")];
      openssl(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key]);
      openssl([
        "req",
        "-x509",
        "-new",
        "-key",
        key,
        "-subj",
        "/CN=Old Root",
        "-days",
        "3650",
        ...CA,
        "-out",
        certificate,
      ]);
      await project.setConfig("kms-pki:rootCertificate", "root.crt");
      await project.setConfig("kms-pki:rootKey", "root.key");
      await project.up();
      assert.equal(stack.seen("GENERATE"), 1);
      await assert.rejects(stack.certificate("9a"));
      assert.equal((await project.output("rootCertificate")).trim(), readFileSync(certificate, "utf8").trim());
      const intermediate = new X509Certificate(await stack.certificate("9c"));
      assert.equal(intermediate.issuer, "CN=Old Root");
      assert.ok(intermediate.verify(new X509Certificate(readFileSync(certificate)).publicKey));
      assert.match((await project.up()).output, /\d+ unchanged/);
    } finally {
      await stack.stop();
    }
  });

  void it("refuses a root whose key does not match its certificate, before a key is made", async () => {
    const stack = await yubiKeyWorld();
    try {
      const { project } = stack;
      for (const name of ["root", "other"]) {
        openssl([
          "ecparam",
          "-name",
          "prime256v1",
          "-genkey",
          "-noout",
          "-out",
          join(project.directory, `${name}.key`),
        ]);
      }
      const certificate = join(project.directory, "root.crt");
      openssl([
        "req",
        "-x509",
        "-new",
        "-key",
        join(project.directory, "root.key"),
        "-subj",
        "/CN=Old Root",
        ...CA,
        "-out",
        certificate,
      ]);
      await project.setConfig("kms-pki:rootCertificate", "root.crt");
      await project.setConfig("kms-pki:rootKey", "other.key");
      const run = await stack.pulumi(UP);
      assert.match(run.output, /ISSUER_KEY_MISMATCH/);
      assert.deepEqual(stack.card.calls, []);
    } finally {
      await stack.stop();
    }
  });
});

function openssl(args: readonly string[]): void {
  runTool("openssl", args);
}
