import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openssl } from "../../../fixtures/openssl";
import { PASSPHRASE, Project } from "../../../fixtures/lifecycleContext";
import { withCode } from "../../../fixtures/withCode";
import { missing, runTool } from "../../../tools";
import { files, INPUTS, Run } from "./softKeyRun";

const EC = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
const UNDER_PASSPHRASE = ["-aes256", "-passout", `pass:${PASSPHRASE}`];

/** The same key in each format of other tools. */
const FORMATS: Readonly<Record<string, (pem: string, file: string) => string>> = {
  "PKCS#8": (pem) => pem,
  "encrypted PKCS#8": (pem) =>
    openssl(["pkcs8", "-topk8", "-v2", "aes-256-cbc", "-passout", `pass:${PASSPHRASE}`], pem),
  SEC1: (pem) => openssl(["ec"], pem),
  "PEM encrypted before PKCS#8": (pem) => openssl(["ec", ...UNDER_PASSPHRASE], pem),
  "OpenSSH's format": (pem, file) => {
    writeFileSync(file, pem, { mode: 0o600 });
    runTool("ssh-keygen", ["-p", "-f", file, "-N", PASSPHRASE, "-P", ""]);
    return readFileSync(file, "utf8");
  },
};

const ADOPTING = { ...INPUTS, adopt: "outside" } as const;

/** A project with a key that somebody else made in the file `outside`. */
function withKey(pem: string): { project: Project; file: string } {
  const project = new Project();
  const file = join(project.directory, "outside");
  writeFileSync(file, pem, { mode: 0o600 });
  return { project, file };
}

void describe("A SoftKey over a file that exists", { skip: missing("openssl", "ssh-keygen") }, () => {
  const ecPem = openssl(["genpkey", ...EC]);
  const publicKey = createPublicKey(ecPem);

  for (const [format, write] of Object.entries(FORMATS)) {
    void it(`takes a key in ${format}, and leaves the file alone, even when it is destroyed`, async () => {
      const { project, file } = withKey("");
      const content = write(ecPem, join(project.directory, "draft"));
      writeFileSync(file, content);
      chmodSync(file, 0o400);
      const state = await new Run(project).create(ADOPTING);
      assert.equal(state.uri, "softkms:path=outside");
      assert.ok(createPublicKey(state.publicKeyPem).equals(publicKey));
      assert.ok(!existsSync(join(project.directory, "keys")), "no folder is made");
      assert.equal((await new Run(project).lifecycle.read(state)).status, "present");
      await new Run(project).lifecycle.delete(state);
      await new Run(project).lifecycle.delete({ ...state, deleteKey: false });
      assert.equal(readFileSync(file, "utf8"), content);
    });
  }

  void it("stays when adopt is removed, and also when it stays", async () => {
    const { project } = withKey(ecPem);
    const state = await new Run(project).create(ADOPTING);
    assert.deepEqual(await new Run(project).diff(state), { changes: false, replaces: [] });
    assert.deepEqual(await new Run(project).diff(state, { adopt: "outside" }), { changes: false, replaces: [] });
    assert.deepEqual(await new Run(project).diff(state, { adopt: "softkms:path=outside" }), {
      ...{ changes: false, replaces: [] },
    });
  });

  void it("is replaced by a key of the stack's own in the folder of keys", async () => {
    const { project, file } = withKey(ecPem);
    const state = await new Run(project).create(ADOPTING);
    for (const news of [{ ...INPUTS, algorithm: "ED25519" } as const, { ...ADOPTING, algorithm: "ED25519" } as const]) {
      const { uri, isForeign } = await new Run(project).replace(state, news);
      assert.equal(uri, "softkms:path=keys/root.pem");
      assert.equal(isForeign, undefined);
    }
    await new Run(project).lifecycle.delete(state);
    assert.equal(readFileSync(file, "utf8"), ecPem);
    assert.deepEqual(files(project), ["root.pem"]);
  });

  void it("is not put in the place of a key that the resource has", async () => {
    const { project } = withKey(ecPem);
    const state = await new Run(project).create();
    await assert.rejects(
      async () => new Run(project).diff(state, { adopt: "outside" }),
      withCode(
        "INPUT_INVALID",
        /adopt names outside, but the resource already has the key softkms:path=keys\/root\.pem/,
      ),
    );
  });

  void it("is refused when the file is missing, for another algorithm, or another owner's", async () => {
    const { project, file } = withKey(ecPem);
    const { problems } = await new Run(project).check({}, { ...INPUTS, adopt: "inside" });
    assert.deepEqual(
      problems.map(({ code, property }) => `${property}: ${code}`),
      ["adopt: KEY_NOT_FOUND"],
    );
    await assert.rejects(
      new Run(project).create({ ...ADOPTING, algorithm: "ED25519" }),
      withCode("ALGORITHM_UNSUPPORTED"),
    );
    writeFileSync(file, `pulumi-kms-pki key of urn:pulumi:prod::acme::other\n${ecPem}`);
    await assert.rejects(new Run(project).create(ADOPTING), withCode("KEY_OWNED", /acme::other/));
    assert.ok(!existsSync(join(project.directory, "keys")));
  });
});
