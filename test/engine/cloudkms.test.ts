import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { CloudStack } from "../cloudkms/cloudStack";
import { keyNames, RING, ROLES, versionNames } from "../cloudkms/stackKeys";
import { missing } from "../tools";
import { equalsReferenceTable } from "./equalsReferenceTable";
import { UP, UP_WITHOUT_PREVIEW } from "./project";

const REFRESH = ["refresh", "--yes", "--skip-preview"];
const CALLS_OF_A_FIRST_UP = [...Array<string>(2).fill("AsymmetricSign"), ...Array<string>(4).fill("GetPublicKey")];
const MEMBER = "serviceAccount:step-ca@example.iam.gserviceaccount.com";
const TOOLS = missing("pulumi", "openssl");

void describe("The root stack on Cloud KMS", { skip: TOOLS }, () => {
  let stack: CloudStack;
  before(async () => {
    stack = await CloudStack.rootStack({ "kms-pki:stepCaMember": MEMBER });
  });
  after(() => stack.stop());

  void it("calls no KMS in a preview", async () => {
    const { output } = await stack.project.succeed(["preview"]);
    assert.match(output, /\+ 25 to create/);
    assert.deepEqual(stack.calls, []);
    assert.deepEqual(stack.versions(), []);
  });

  void it("reads four public keys and signs twice in a first up", async () => {
    await stack.project.succeed(UP_WITHOUT_PREVIEW);
    assert.deepEqual([...stack.calls].sort(), CALLS_OF_A_FIRST_UP);
    assert.deepEqual(await keyNames(stack), versionNames(1));
  });

  equalsReferenceTable(() => stack.project);

  void it("writes a ca.json with the names of the versions and its kms block", async () => {
    const config = (await stack.project.outputs())["caConfig"] as Record<string, unknown>;
    const names = versionNames(1);
    assert.equal(config["key"], names["intermediateKey"]);
    assert.deepEqual(config["ssh"], { hostKey: names["sshHostKey"], userKey: names["sshUserKey"] });
    assert.deepEqual(config["kms"], { type: "cloudkms" });
  });

  void it("allows step-ca's account to use its own keys, and never the root", () => {
    for (const role of Object.values(ROLES)) {
      const { bindings = [] } = stack.server.state.getIamPolicy({ resource: `${RING}/cryptoKeys/${role}` });
      const roles = bindings.filter(({ members = [] }) => members.includes(MEMBER)).map((binding) => binding.role);
      assert.deepEqual(
        roles.sort(),
        role === "root" ? [] : ["roles/cloudkms.publicKeyViewer", "roles/cloudkms.signer"],
        role,
      );
    }
  });

  void it("calls no KMS and changes nothing in a second up and its preview; a refresh only looks", async () => {
    const outputs = await stack.project.outputs();
    stack.clear();
    assert.match((await stack.project.up()).output, /25 unchanged[^]*25 unchanged/);
    assert.deepEqual(stack.calls, []);
    assert.match((await stack.project.succeed(REFRESH)).output, /25 unchanged/);
    assert.deepEqual(stack.calls, Array<string>(4).fill("GetCryptoKeyVersion"));
    assert.deepEqual(await stack.project.outputs(), outputs);
  });

  void it("keeps the private key of its account out of the state and of a -v=9 log", async () => {
    await stack.project.setConfig("kms-pki:credentialsFile", stack.credentialsFile);
    const { output } = await stack.project.succeed([...UP, "--logtostderr", "--logflow", "-v=9"]);
    assert.ok(output.length > 100_000, "the log is not verbose");
    for (const text of [output, await stack.project.exportedState()]) {
      assert.equal(text.includes("PRIVATE KEY"), false);
    }
    const { kms } = (await stack.project.outputs())["caConfig"] as Record<string, unknown>;
    assert.deepEqual(kms, { type: "cloudkms", credentialsFile: stack.credentialsFile });
  });
});
