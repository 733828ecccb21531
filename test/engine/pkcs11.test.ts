import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setEnvironment } from "../fixtures/environment";
import { missingSoftHsm, PIN } from "../pkcs11/token";
import { runTool } from "../tools";
import { equalsReferenceTable } from "./equalsReferenceTable";
import { Pkcs11Stack } from "./pkcs11Stack";

const REFRESH = ["refresh", "--yes", "--skip-preview"];

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

    void it("finds everything unchanged in a refresh, and opens no session in a second up", async () => {
      stack.module.clear();
      await stack.project.succeed(REFRESH);
      assert.equal(stack.module.count("C_Sign"), 0);
      stack.module.clear();
      assert.match((await stack.project.up()).output, /10 unchanged/);
      assert.deepEqual(stack.module.calls, []);
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
  },
);
