import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setEnvironment } from "../fixtures/environment";
import { missingSoftHsm, PIN } from "../pkcs11/token";
import { runTool } from "../tools";
import { equalsReferenceTable } from "./equalsReferenceTable";
import { Pkcs11Stack } from "./pkcs11Stack";
import { UP_WITHOUT_PREVIEW } from "./project";

const REFRESH = ["refresh", "--yes", "--skip-preview"];
const DESTROY = ["destroy", "--yes", "--skip-preview"];

void describe(
  "The root stack in a PKCS#11 token",
  { skip: missingSoftHsm("pulumi", "openssl", "cc", "p11tool") },
  () => {
    let stack: Pkcs11Stack;
    before(async () => {
      stack = await Pkcs11Stack.rootStack();
    });
    after(() => stack.stop());

    void it("opens no session in a preview", async () => {
      const { output } = await stack.project.succeed(["preview"]);
      assert.match(output, /\d+ to create/);
      assert.deepEqual(stack.module.calls, []);
    });

    void it("makes four keys, and signs twice", async () => {
      await stack.project.up();
      assert.deepEqual([stack.module.count("C_GenerateKeyPair"), stack.module.count("C_Sign")], [4, 2]);
      // Once in the program, which checks the token, and once in the provider.
      assert.deepEqual([stack.module.count("C_Login"), stack.module.count("C_OpenSession")], [2, 2]);
    });

    equalsReferenceTable(() => stack.project);

    void it("opens no session when nothing changes", async () => {
      stack.module.clear();
      assert.match((await stack.project.up()).output, /10 unchanged/);
      assert.deepEqual(stack.module.calls, []);
    });

    void it("finds everything unchanged in a refresh", async () => {
      await stack.project.succeed(REFRESH);
      assert.equal(stack.module.count("C_Sign"), 0);
      assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /10 unchanged/);
    });

    void it("keeps the PIN out of the state and the output", async () => {
      const state = await stack.project.exportedState();
      const { output } = await stack.project.succeed([...REFRESH, "-v=9", "--logtostderr"]);
      for (const text of [state, output]) {
        assert.ok(!text.includes(PIN));
      }
    });

    void it("makes keys that GnuTLS's p11tool finds by RFC 7512 URIs", async () => {
      const [, id = ""] = /id=([0-9a-f]+)/.exec(await stack.project.output("rootKey")) ?? [];
      const encoded = id.replace(/../g, (octet) => `%${octet.toUpperCase()}`);
      setEnvironment(stack.real.environment);
      const provider = `--provider=${stack.real.modulePath}`;
      const listed = runTool("p11tool", [
        provider,
        "--login",
        `--set-pin=${PIN}`,
        "--list-privkeys",
        "pkcs11:token=ca",
      ]);
      assert.ok(listed.includes(`id=${encoded};object=ca-root;type=private`), listed);
      assert.match(listed, /CKA_NEVER_EXTRACTABLE; CKA_SENSITIVE/);
    });

    void it("reissues the intermediate with the same keys", async () => {
      const first = new X509Certificate(await stack.project.output("intermediateCertificate"));
      await stack.project.setConfig("kms-pki:intermediateCommonName", "Renamed Intermediate");
      stack.module.clear();
      await stack.project.up();
      assert.deepEqual([stack.module.count("C_GenerateKeyPair"), stack.module.count("C_Sign")], [0, 1]);
      const intermediate = new X509Certificate(await stack.project.output("intermediateCertificate"));
      assert.equal(intermediate.subject, "CN=Renamed Intermediate");
      assert.ok(intermediate.publicKey.equals(first.publicKey));
    });

    void it("loads the module from another path without a new key or signature", async () => {
      const copy = join(stack.project.scratch, "moved.so");
      copyFileSync(stack.module.modulePath, copy);
      await stack.project.setConfig("kms-pki:modulePath", copy);
      stack.module.clear();
      await stack.project.up();
      assert.deepEqual([stack.module.count("C_GenerateKeyPair"), stack.module.count("C_Sign")], [0, 0]);
      assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /10 unchanged/);
    });

    void it("replaces the keys for another algorithm, and deletes the old ones when told to", async () => {
      await stack.project.setConfig("kms-pki:deletionProtection", "false");
      await stack.project.setConfig("kms-pki:deleteKeys", "true");
      await stack.project.up();
      await stack.project.setConfig("kms-pki:algorithm", "RSA_2048_PKCS1");
      await stack.project.up();
      assert.deepEqual(stack.labels, [...["ca-intermediate-2", "ca-root-2", "ca-ssh-host-key-2", "ca-ssh-user-key-2"]]);
      assert.match((await stack.project.succeed(UP_WITHOUT_PREVIEW)).output, /10 unchanged/);
    });

    void it("deletes only its keys when it is destroyed", async () => {
      stack.tool("--keypairgen", "--key-type", "EC:prime256v1", "--label", "somebody", "--id", "4711");
      await stack.project.succeed(DESTROY);
      assert.deepEqual(stack.labels, ["somebody"]);
    });
  },
);

void describe("A root stack with its token's PIN as a value", { skip: missingSoftHsm("pulumi", "cc") }, () => {
  void it("passes it to step-ca as a secret of the stack", async () => {
    const stack = await Pkcs11Stack.rootStack();
    try {
      stack.project.setEnvironment({ KMS_PKI_TOKEN_PIN_FILE: "", KMS_PKI_TOKEN_PIN: "" });
      await stack.project.succeed(["config", "set", "--secret", "kms-pki:tokenPin", PIN]);
      await stack.project.up();
      assert.ok(!(await stack.project.exportedState()).includes(PIN));
      const run = await stack.project.kmsPki(["export", "--dir", "ca"]);
      assert.equal(run.code, 0, run.output);
      const { kms } = JSON.parse(stack.project.read("ca/ca.json")) as { kms: unknown };
      assert.deepEqual(kms, {
        type: "pkcs11",
        uri: `pkcs11:module-path=${stack.module.modulePath};token=ca`,
        pin: PIN,
      });
    } finally {
      await stack.stop();
    }
  });
});
